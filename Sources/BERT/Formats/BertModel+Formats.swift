import Tensors

extension BertModel {
  /// The number format of the weights: `float32`, or that of ``quantized(to:keeping:)``.
  public var precision: String {
    config.quantization.map { String($0.quantMethod.dropFirst("anneal-".count)) } ?? "float32"
  }

  /// The number formats that ``quantized(to:keeping:)`` knows.
  public static var formats: [String] { WeightFormats.all.map(\.name) }

  /// The modules whose weights may be in another format, in the order of the layout, such as
  /// `bert.encoder.layer.0.attention.self`, whose three weights are read as one.
  ///
  /// The classifier is not among them: its few numbers stay in float32.
  public var modules: [String] {
    var names: [String] = []
    for entry in parameters.layout.entries {
      if let name = Self.module(of: entry), names.last != name { names.append(name) }
    }
    return names
  }

  /// The module of a parameter that may be in another format; nil where there is none.
  static func module(of entry: ParameterLayout.Entry) -> String? {
    guard entry.shape.count == 2, entry.name.hasSuffix(".weight"), !entry.name.hasPrefix("classifier.") else {
      return nil
    }
    let name = String(entry.name.dropLast(".weight".count))
    for part in [".query", ".key", ".value"] where name.hasSuffix(".attention.self" + part) {
      return String(name.dropLast(part.count))
    }
    return name
  }

  /// What the model does with a parameter.
  static func use(of name: String, head: Head) -> WeightUse {
    if !name.hasPrefix("bert.embeddings.") { return .products }
    return name == wordEmbeddings && head == .maskedLM ? [.rows, .products] : .rows
  }

  /// The same model with its weights in a smaller format, but those of the modules in `kept`, which are copied.
  ///
  /// Throws `ModelError` for a format or a module that there is not, and where the model is not in float32.
  public func quantized(to format: String, keeping kept: Set<String> = []) throws -> BertModel {
    let (format, modules) = (try WeightFormats.named(format), modules)
    try requireFloat32(for: "quantizing")
    try requireModules(kept)
    var formatted: [Int: any FormattedWeight] = [:]
    for (place, entry) in parameters.layout.entries.enumerated() {
      guard let module = Self.module(of: entry), !kept.contains(module) else { continue }
      try format.check(entry)
      formatted[place] = format.weight(
        of: parameters.matrix(entry.name), use: Self.use(of: entry.name, head: head))
    }
    var config = config
    let stays = modules.filter(kept.contains)
    config.quantization = formatted.isEmpty ? nil : QuantizationConfig(format: format.name, kept: stays)
    return try copy(config, ParameterStore(layout: parameters.layout, formatted: formatted))
  }

  /// Throws `ModelError` where one of the names is that of no module.
  func requireModules(_ names: Set<String>) throws {
    guard let unknown = names.subtracting(modules).min() else { return }
    throw ModelError(
      subject: "a module to keep", expected: "one such as \(modules.suffix(1).joined())",
      found: "'\(unknown)'")
  }

  /// The same model in float32: weights of other formats as the floats that they stand for, or this very model.
  public func widened() throws -> BertModel {
    if parameters.formatted.isEmpty { return self }
    var config = config
    config.quantization = nil
    let layout = Self.layout(config: config, head: head)
    let store = ParameterStore(layout: layout)
    for (place, weight) in parameters.formatted {
      let matrix = store.matrix(layout.entries[place].name)
      for row in 0..<matrix.rows { weight.copyRow(row, into: matrix.base + row * matrix.stride) }
    }
    return try copy(config, store)
  }

  /// Throws `ModelError`, saying what to do, where the weights are not in float32 and something needs that.
  public func requireFloat32(for use: String, path: String? = nil) throws {
    if parameters.formatted.isEmpty { return }
    let isMapped = precision == "float32"
    throw ModelError(
      path: path, subject: use,
      expected: isMapped
        ? "a model with floats of its own, as widened() makes of this one"
        : "a model in float32, as 'anneal quantize --undo' makes of this one",
      found: isMapped ? "weights that are read where their file lies" : "weights in \(precision)")
  }

  /// A model of a store whose floats are filled from this one's where both have them.
  private func copy(_ config: BertConfig, _ store: ParameterStore) throws -> BertModel {
    for (from, to) in zip(parameters.layout.entries, store.layout.entries)
    where from.isInBuffer && to.isInBuffer {
      (store.values.base + to.offset).update(from: parameters.values.base + from.offset, count: to.count)
    }
    return try BertModel(config: config, head: head, parameters: store)
  }
}
