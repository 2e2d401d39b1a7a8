import Tensors

/// What goes where when a stored model becomes one in memory: decided and checked before anything is allocated.
struct LoadPlan {
  /// Where a parameter's values come from.
  enum Source {
    /// A tensor of the files.
    case stored(SafetensorsFile.Tensor)
    /// The rows of a tensor in another order.
    case reordered(SafetensorsFile.Tensor, rows: [Int])
    /// Nowhere: they are drawn anew, as for a new model.
    case new
    /// Nowhere: they are 0, so that they change nothing.
    case zeros
    /// A tensor in a smaller format, with those beside it.
    case formatted(any WeightFormat, SafetensorsFile.Tensor, beside: [SafetensorsFile.Tensor?])
  }

  /// The configuration of the model, with the labels that were asked for.
  private(set) var config: BertConfig
  private(set) var head: Head
  private(set) var layout: ParameterLayout
  /// One source for each entry of the layout, in its order.
  private(set) var sources: [Source] = []
  /// What a user should know.
  private(set) var notes: [String] = []
  /// What new values are drawn from.
  private(set) var seed: UInt64 = 0
  /// The new order of the classifier's rows, if it changes.
  private var rows: [Int]?
  private var keepsHead = true
  /// Tensors that stand beside others in a smaller format.
  private var companions: Set<String> = []

  /// Decides for one head; throws `ModelError` where the files do not make a model of it.
  init(
    _ stored: StoredModel, request: HeadRequest
  ) throws {
    config = stored.config
    head = .none
    layout = ParameterLayout()
    switch request {
    case .none: config.pairEncoding = .cross
    case .maskedLM(let seed):
      head = .maskedLM
      self.seed = seed
      config.pairEncoding = .cross
    case .asStored: head = try Self.storedHead(stored)
    case .sequenceClassification(let labels, let reinitialize, let seed, _, let scale, let pairs):
      self.seed = seed
      if let pairs { config.read(pairs: pairs) }
      try classify(labels, stored, reinitialize: reinitialize)
      if try !keepsHead || stored.classifierLabels() == nil { config.scoreScale = scale }
    }
    if case .sequenceClassification(let count) = head {
      config.labels = config.labels ?? (0..<count).map { "LABEL_\($0)" }
      var own = count == 1 ? "regression" : "single_label_classification"
      if case .sequenceClassification(_, _, _, let wanted?, _, _) = request { own = wanted }
      if case .asStored = request {
        config.problemType = config.problemType ?? own
      } else {
        config.problemType = own
      }
    }
    layout = BertModel.layout(config: config, head: head)
    if case .asStored = request, head != .none { try refuseHalfAHead(stored) }
    try assign(stored)
    if head == .maskedLM { try checkTie(stored) }
  }

  /// The head that the files hold; throws `ModelError` where it is none of ours.
  private static func storedHead(_ stored: StoredModel) throws -> Head {
    if let labels = try stored.classifierLabels() { return .sequenceClassification(labels: labels.count) }
    if stored.isOtherHead || stored.tensors["pre_classifier.weight"] != nil {
      throw ModelError(
        path: stored.directory + "/config.json", subject: "architectures",
        expected: "BertModel, BertForSequenceClassification, BertForMaskedLM or BertForPreTraining",
        found: stored.architecture ?? "another head")
    }
    let hasLanguageHead = stored.tensors.keys.contains { $0.hasPrefix("cls.predictions.") }
    return hasLanguageHead ? .maskedLM : .none
  }

  /// Refuses files that have a part of the head and lack another: answers through random weights are none.
  private func refuseHalfAHead(_ stored: StoredModel) throws {
    for entry in layout.entries where stored.tensors[entry.name] == nil {
      let parts = ["bert.pooler.", "classifier.", "cls.predictions."]
      guard parts.contains(where: { entry.name.hasPrefix($0) }) else { continue }
      throw ModelError(
        path: stored.weightsPath, subject: "tensor '\(entry.name)'",
        expected: "shape \(entry.shape), as the head beside it needs", found: "no such tensor")
    }
  }

  /// Decides whether the stored classifier serves the labels that are asked for.
  private mutating func classify(_ wanted: [String], _ stored: StoredModel, reinitialize: Bool) throws {
    let labels = wanted.isEmpty ? ["LABEL_0"] : wanted
    head = .sequenceClassification(labels: labels.count)
    config.labels = labels
    let unnamed = labels.indices.map { "LABEL_\($0)" }
    if config.pairEncoding != stored.config.pairEncoding, stored.tensors["classifier.weight"] != nil {
      let (own, its) = (config.pairEncoding.rawValue, stored.config.pairEncoding.rawValue)
      if !reinitialize {
        throw ModelError(
          path: stored.directory, subject: "classifier", expected: "that of a \(own)-encoder",
          found: "that of a \(its)-encoder; a new head has to be asked for")
      }
      keepsHead = false
      notes.append(
        "the stored classifier, of a \(its)-encoder, was replaced by a new one of a \(own)-encoder")
      return
    }
    let found = try stored.classifierLabels()
    if found == labels { return }
    if let found, found.count == labels.count {
      let places = labels.compactMap { found.firstIndex(of: $0) }
      if Set(places).count == labels.count {
        rows = places
        notes.append(
          "the classifier's rows were put in the order " + labels.joined(separator: ", ") + " (stored: "
            + found.joined(separator: ", ") + ")")
        return
      }
      if found == unnamed {
        if labels.count > 1 {
          notes.append("the stored labels have no names: taken as " + labels.joined(separator: ", "))
        }
        return
      }
    }
    let hasOther = stored.tensors["classifier.weight"] != nil
    if hasOther && !reinitialize {
      throw ModelError(
        path: stored.directory, subject: "classifier", expected: "labels " + labels.joined(separator: ", "),
        found: (found?.joined(separator: ", ") ?? "a head of another kind (\(stored.architecture ?? "?"))")
          + "; a new head has to be asked for")
    }
    keepsHead = false
    if hasOther {
      notes.append(
        "the stored classifier (\(found?.joined(separator: ", ") ?? stored.architecture ?? "another kind")) was "
          + "replaced by a new one for " + labels.joined(separator: ", "))
    }
  }

  /// Finds the values of each parameter and refuses what is missing, too much or of another shape.
  private mutating func assign(_ stored: StoredModel) throws {
    var new: [String] = []
    for entry in layout.entries {
      let isHead = entry.name.hasPrefix("classifier.")
      if let tensor = stored.tensors[entry.name], keepsHead || !isHead {
        if tensor.shape != entry.shape { throw tensor.refuse("shape \(entry.shape)", "\(tensor.shape)") }
        if let source = try formatted(tensor, entry, stored) {
          sources.append(source)
          continue
        }
        if ![.float32, .float16, .bfloat16].contains(tensor.dtype) {
          throw tensor.refuse("elements of F32, F16 or BF16", tensor.dtype.rawValue)
        }
        sources.append(
          isHead ? rows.map { .reordered(tensor, rows: $0) } ?? .stored(tensor) : .stored(tensor))
      } else if isHead || entry.name.hasPrefix("bert.pooler.") || entry.name.hasPrefix("cls.predictions.") {
        sources.append(.new)
        new.append(entry.name)
      } else if entry.name == "bert.embeddings.token_type_embeddings.weight", stored.isDistilBERT {
        sources.append(.zeros)
        notes.append("DistilBERT has no segments: their embeddings are 0")
      } else {
        throw ModelError(
          path: stored.weightsPath, subject: "tensor '\(entry.name)'", expected: "shape \(entry.shape)",
          found: "no such tensor")
      }
    }
    if !new.isEmpty {
      notes.append("not in the files, newly initialised: " + new.joined(separator: ", "))
    }
    try refuseExtra(stored)
    try refuseMixture(stored)
  }

  /// The source of a tensor in a smaller format, which the configuration has to speak of; nil for floats.
  private mutating func formatted(
    _ tensor: SafetensorsFile.Tensor, _ entry: ParameterLayout.Entry, _ stored: StoredModel
  ) throws -> Source? {
    guard let format = WeightFormats.all.first(where: { $0.reads(tensor.dtype) }) else { return nil }
    let method = "anneal-\(format.name)"
    if stored.config.quantization?.quantMethod != method || BertModel.module(of: entry) == nil {
      throw tensor.refuse(
        "elements of F32, F16 or BF16"
          + (BertModel.module(of: entry) == nil ? "" : ", or quant_method \(method) in config.json"),
        tensor.dtype.rawValue)
    }
    try format.check(entry)
    let names = format.companions(of: entry.name)
    companions.formUnion(names)
    return .formatted(format, tensor, beside: names.map { stored.tensors[$0] })
  }

  /// Weights of one module are read as one, so they have one format.
  private func refuseMixture(_ stored: StoredModel) throws {
    var types: [String: SafetensorsType] = [:]
    for entry in layout.entries {
      guard let module = BertModel.module(of: entry), let tensor = stored.tensors[entry.name] else {
        continue
      }
      let isFormatted = WeightFormats.all.contains { $0.reads(tensor.dtype) }
      if let other = types[module], other != tensor.dtype,
        isFormatted || WeightFormats.all.contains(where: { $0.reads(other) })
      {
        throw tensor.refuse(
          "elements of \(other.rawValue), as those that it is read with", tensor.dtype.rawValue)
      }
      types[module] = tensor.dtype
    }
  }

  /// Heads that are not wanted are left out and said; any other tensor that has no place is an error.
  private mutating func refuseExtra(_ stored: StoredModel) throws {
    var leftOut: Set<String> = []
    for (name, tensor) in stored.tensors.sorted(by: { $0.key < $1.key }) {
      if layout.entry(name) != nil || name == "cls.predictions.decoder.weight" || companions.contains(name) {
        continue
      }
      let heads = [
        "cls.predictions", "cls.seq_relationship", "classifier", "pre_classifier", "qa_outputs",
        "bert.pooler",
      ]
      guard let part = heads.first(where: { name.hasPrefix($0 + ".") }) else {
        throw tensor.refuse("no such tensor in \(config.shape)", "it, of shape \(tensor.shape)")
      }
      leftOut.insert(part)
    }
    if !leftOut.isEmpty {
      notes.append("in the files, not used: " + leftOut.sorted().joined(separator: ", "))
    }
  }

  /// An output embedding of its own is another model: here it is the word embeddings.
  private func checkTie(_ stored: StoredModel) throws {
    guard let decoder = stored.tensors["cls.predictions.decoder.weight"],
      let words = stored.tensors["bert.embeddings.word_embeddings.weight"]
    else { return }
    let equal =
      decoder.dtype == words.dtype
      ? decoder.bytes.elementsEqual(words.bytes) : try decoder.floats() == words.floats()
    if decoder.shape != words.shape || !equal {
      throw decoder.refuse("the word embeddings, which it is tied to", "other values")
    }
  }

  /// The model with its values in place, those of large matrices where the file has them if it `isMapped`; throws
  /// `ModelError` where one is not finite.
  func makeModel(isMapped: Bool) throws -> BertModel {
    var formatted: [Int: any FormattedWeight] = [:]
    for (index, source) in sources.enumerated() {
      guard case .formatted(let format, let tensor, let companions) = source else { continue }
      formatted[index] = try format.weight(
        tensor, beside: companions, use: BertModel.use(of: layout.entries[index].name, head: head))
    }
    var config = config
    if formatted.isEmpty { config.quantization = nil }
    if isMapped { try map(into: &formatted) }
    let model = try BertModel(
      config: config, head: head, parameters: ParameterStore(layout: layout, formatted: formatted))
    let base = model.parameters.values.base
    for (index, source) in sources.enumerated() {
      let entry = model.parameters.layout.entries[index]
      if !entry.isInBuffer { continue }
      let values = UnsafeMutableBufferPointer(start: base + entry.offset, count: entry.count)
      switch source {
      case .stored(let tensor): try tensor.copy(into: values)
      case .reordered(let tensor, let rows):
        let floats = try tensor.floats()
        let width = entry.count / rows.count
        for (row, place) in rows.enumerated() {
          for column in 0..<width { values[row * width + column] = floats[place * width + column] }
        }
      case .new: model.initialize(entry: index, seed: seed)
      case .zeros: values.update(repeating: 0)
      case .formatted: break
      }
    }
    return model
  }

  /// Adds the matrices that can be read in place: of a module, which is read as one, all or none.
  private func map(into formatted: inout [Int: any FormattedWeight]) throws {
    var mapped: [Int: MappedWeight] = [:]
    var copied: Set<String> = []
    for (index, source) in sources.enumerated() {
      guard formatted[index] == nil, let module = BertModel.module(of: layout.entries[index]) else {
        continue
      }
      if case .stored(let tensor) = source, let weight = try MappedWeight(tensor) {
        mapped[index] = weight
      } else {
        copied.insert(module)
      }
    }
    for (index, weight) in mapped {
      if let module = BertModel.module(of: layout.entries[index]), !copied.contains(module) {
        formatted[index] = weight
      }
    }
  }
}
