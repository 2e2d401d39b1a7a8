import BERT
public import Distillation
import Files
import GLUE
import Tensors
import Tokenization
import Training

/// Everything of a run on text that is read and checked before its first step.
struct PretrainPreparation {
  private let settings: PretrainSettings
  private let method: PretrainMethod
  private let recorded: TrainingSettings?
  private let teacher: (model: BertModel, tokenizer: Tokenizer)?
  private let student: StudentBuilder.Student
  private let maxLength: Int
  /// How the teacher reads lines, where it has another vocabulary.
  private let other: OtherReader?
  private var inputs: [String: String] = [:]
  private var notes: [String] = []
  private let tables: MethodTables

  /// The most rows that are measured on.
  static let mostHeldOut = 4096
  private static let usualShare = 0.01
  private static let usualLength = 128

  /// Reads the models; throws where what is said of them does not fit together.
  ///
  /// `recorded` is the training of a run that goes on.
  init(_ settings: PretrainSettings, with tables: MethodTables, recorded: TrainingSettings? = nil) throws {
    (self.settings, self.recorded, self.tables) = (settings, recorded, tables)
    try settings.check(with: tables)
    Parallel.configure(threads: settings.training.threads ?? 0)
    method = try PretrainMethod(settings, with: tables)
    teacher = try settings.teacher.map { directory in
      let isBi = try BertConfig(file: directory + "/config.json").pairEncoding == .bi
      var loaded = try BertModel.load(directory: directory, head: isBi ? .none : .asStored).model
      if let precision = settings.training.precision, loaded.precision == "float32" {
        loaded = try loaded.widened().multiplying(answering: precision)
      }
      return (loaded, try Tokenizer(directory: directory).readingPairs(apart: false))
    }
    if let directory = settings.teacher {
      inputs.merge(try ModelSource.hashes(directory, as: "teacher")) { first, _ in first }
      if method.readsVocabulary && teacher?.model.head != .maskedLM {
        throw DistillationError.mismatch(
          "\(directory) has no masked-language head, and \(method.recipe.name) learns from the teacher's vocabulary: give "
            + "a BertForMaskedLM, as anneal pretrain makes them, or a method of layers such as minilm")
      }
      if !method.needsTeacher {
        notes.append(
          "the method \(method.recipe.name) asks no teacher: only its layers and vocabulary are used")
      }
    }
    var source = StudentBuilder.Source(head: method.head, training: settings.training, teacher: teacher)
    (source.student, source.layers) = (settings.model ?? settings.shape, settings.studentLayers)
    (source.from, source.vocabulary) = (settings.studentFrom, settings.vocabulary)
    var made = try StudentBuilder.make(source)
    let rounded = try ModelSource.applyingRounding(made.model, settings.training)
    (made.model, made.notes) = (rounded.model, made.notes + rounded.notes)
    student = made
    inputs.merge(student.inputs) { first, _ in first }
    inputs["vocabulary"] = student.tokenizer.vocabulary.hash
    notes += student.notes
    try Evaluator.checkVocabulary(student.model, student.tokenizer)
    if method.masks, let mask = student.tokenizer.maskID, Int(mask) >= student.model.config.vocabSize {
      throw TrainingError.mismatch(
        "the model's vocabulary has no \(student.tokenizer.settings.maskToken): text cannot be masked for it")
    }
    let wanted = settings.training.maxLength ?? recorded?.maxLength ?? Self.usualLength
    let own = MaximumLength.of(student.model.config, student.tokenizer, wanted: wanted)
    if let teacher, try method.comparesSentencesAlone(),
      !teacher.tokenizer.givesSameIDs(as: student.tokenizer)
    {
      other = try OtherReader(
        teacher.tokenizer,
        maxLength: MaximumLength.of(teacher.model.config, teacher.tokenizer, wanted: wanted))
      maxLength = own
      notes.append(
        "the teacher reads the same lines by its own vocabulary: whole sentences are compared, and no layers")
    } else {
      other = nil
      maxLength = min(own, teacher?.model.config.maxPositionEmbeddings ?? own)
    }
    notes += try projectionNotes()
  }

  /// What is to be said of a projection; throws where one is spoken of and there is none.
  private func projectionNotes() throws -> [String] {
    let term = method.recipe.stages.last?.terms.first { $0.kind == "sentence_vector" }
    guard let teacher, let term else { return [] }
    let (own, its) = (student.model.config.hiddenSize, teacher.model.config.hiddenSize)
    let always = (try tables.terms.options(of: term) as? SentenceVectorOptions)?.project ?? false
    if own == its && !always {
      if settings.projection == nil { return [] }
      throw DistillationError.settings(
        "teacher and student have vectors of \(own) numbers, which are compared as they are: there is no projection to keep "
          + "or to drop")
    }
    return [
      settings.projection == .keep
        ? "the projection is kept with the last weights as 2_Dense: vectors will have \(its) numbers, as the teacher's"
        : "the projection to the teacher's \(its) numbers is left behind: vectors will have the student's \(own) "
          + "(--projection keep writes it)"
    ]
  }

  /// The matrix of a stage that is kept; nil where none is.
  private func kept(of objective: DistillationObjective) -> Matrix? {
    guard settings.projection == .keep, let parameters = objective.parameters,
      let entry = parameters.layout.entries.first(where: {
        $0.name.hasPrefix("sentence_vector") && $0.name.hasSuffix(".projection")
      })
    else { return nil }
    return parameters.matrix(entry.name)
  }

  /// The run, with its text read through; `progress` hears how far that is.
  func prepared(progress: (PreparationRecord) throws -> Void = { _ in }) throws -> PreparedRun {
    var inputs = inputs
    let packer = try TextPacker(student.tokenizer, form: method.form, maxLength: maxLength, other: other)
    var corpus = try read(settings.text, weights: settings.textWeights, packer, "the text", progress)
    for (number, hash) in corpus.hashes.enumerated() { inputs["text \(number + 1)"] = hash }
    let heldOut: [[Int32]]
    var others: [[Int32]]?
    if let files = settings.devText {
      let other = try read(files, weights: nil, packer, "the text to measure on", progress)
      for (number, hash) in other.hashes.enumerated() { inputs["text to measure on \(number + 1)"] = hash }
      heldOut = try other.firstRows(Self.mostHeldOut)
      if self.other != nil { others = try other.firstRows(Self.mostHeldOut, byOther: true) }
    } else {
      heldOut = try corpus.holdOut(share: settings.devShare ?? Self.usualShare, limit: Self.mostHeldOut)
      others = try corpus.heldOutByOther()
    }
    let training = resolved(corpus)
    let masking =
      method.masks
      ? try Masking(
        student.tokenizer, share: settings.maskShare ?? Masking.usualShare, wholeWords: settings.wholeWord)
      : nil
    let learner = ModelLearner(student.model)
    let pairs = try settings.devSTS.map(Self.pairs)
    if let pairs { inputs["pairs to measure on"] = try SHA256.hexadecimal(ofFile: pairs.path) }
    let stages = try stages(learner, corpus, (heldOut, others), masking, pairs, training)
    let last = (stages.last?.lesson as? ObjectiveLesson)?.objective as? DistillationObjective
    let data = TextData(
      corpus: corpus, heldOut: heldOut.count, measure: stages[stages.count - 1].measure, learner: learner,
      sentences: try method.pooling().map { ($0, maxLength, Self.normalizes(settings.teacher)) },
      projection: last.flatMap(kept))
    return PreparedRun(
      kind: Pretrain.name, method: method.recipe.name, data: data, model: student.model,
      tokenizer: student.tokenizer, stages: stages, training: training,
      train: TaskRows(inputIDs: [], tokenTypeIDs: [], targets: []),
      teacher: settings.teacher.flatMap { directory in teacher.map { (directory, $0.model.config.shape) } },
      inputs: inputs, notes: notes, settings: try text(training))
  }

  private func read(
    _ files: [String], weights: [Double]?, _ packer: TextPacker, _ what: String,
    _ progress: (PreparationRecord) throws -> Void
  ) throws -> TextCorpus {
    let start = Clock.now()
    let megabytes = try files.reduce(0) { try $0 + MappedFile($1).bytes.count } >> 20
    return try TextCorpus(files, weights: weights, packer: packer) { done in
      try progress(
        PreparationRecord(
          what: "reading \(what)", done: min(done >> 20, megabytes), count: megabytes, unit: "MB",
          seconds: Clock.now() - start))
    }
  }

  /// The training with a number for everything that depends on text and model.
  private func resolved(_ corpus: TextCorpus) -> TrainingSettings {
    var training = settings.training
    let isPretrained = settings.model != nil || settings.studentLayers != nil
    training.learningRate = training.learningRate ?? recorded?.learningRate ?? (isPretrained ? 1e-4 : 5e-4)
    if settings.maxSteps == nil { training.epochs = training.epochs ?? recorded?.epochs ?? 1 }
    training.maxLength = training.maxLength ?? recorded?.maxLength ?? Self.usualLength
    let steps = method.lengths(training).map {
      TextRows.stepCounts($0, rowsOfEpoch: corpus.rowsOfEpoch, settings: training).reduce(0, +)
    }
    training.evalSteps = training.evalSteps ?? recorded?.evalSteps ?? max(1, (steps.max() ?? 10) / 10)
    return training
  }

  private func stages(
    _ learner: ModelLearner, _ corpus: TextCorpus, _ heldOut: (rows: [[Int32]], others: [[Int32]]?),
    _ masking: Masking?,
    _ pairs: DataSet?, _ training: TrainingSettings
  ) throws -> [Stage] {
    let source = try teacher.map {
      try TextTeacher(
        $0.model, tokenizer: $0.tokenizer, student: student.model, studentTokenizer: student.tokenizer,
        readsLines: other != nil)
    }
    let setting = setting(training)
    let lengths = method.lengths(training)
    return try method.recipe.stages.enumerated().map { number, stage in
      let objective = try tables.terms.objective(of: stage.terms, teacher: source, in: setting)
      objective.sampler = try sampler()
      let loss = HeldOutMeasure(
        heldOut.rows, objective: objective, masking: masking, seed: training.seed, others: heldOut.others)
      return Stage(
        name: stage.name, lesson: ObjectiveLesson(learner, objective),
        rows: try TextRows(
          corpus, masking: masking, length: lengths[number], stage: number, settings: training),
        measure: try pairs.map {
          try SentenceMeasure(
            $0, pooling: method.pooling() ?? .mean, tokenizer: student.tokenizer, maxLength: maxLength,
            heldOut: loss, projection: kept(of: objective))
        } ?? loss,
        learningRate: stage.learningRate ?? training.learningRate ?? 5e-4,
        keep: stage.keep == .best && settings.projection != .keep ? .best : .last)
    }
  }

  /// What chooses the words of a step, where not all are compared.
  private func sampler() throws -> VocabularySampler? {
    guard let draws = settings.vocabularySample else { return nil }
    let words = student.model.config.vocabSize
    if draws >= words {
      throw TrainingError.settings(
        "vocabulary_sample \(draws) is no less than the \(words) words of the vocabulary: leave it out")
    }
    return VocabularySampler(draws: draws, vocabulary: words)
  }

  private func setting(_ training: TrainingSettings) -> TermTable.Setting {
    TermTable.Setting(
      student: student.model.config, teacher: teacher?.model.config, isRegression: false, seed: training.seed)
  }

  /// Each term that compares layers, with its pairs of student and teacher layer.
  func layerMaps() throws -> [String] {
    guard let teacher else { return [] }
    return try method.recipe.stages.flatMap(\.terms).compactMap { term in
      try tables.terms.pairs(
        term, student: student.model.config.numHiddenLayers, teacher: teacher.model.config.numHiddenLayers
      ).map {
        "\(term.kind): " + $0.map { "\($0.student) from \($0.teacher)" }.joined(separator: ", ")
      }
    }
  }

  /// The settings as a file that runs the same run again.
  private func text(_ training: TrainingSettings) throws -> String {
    var settings = settings
    settings.training = training
    settings.recipe = try method.completed(in: setting(training))
    settings.method = method.recipe.name
    (settings.temperature, settings.layerMap, settings.weights) = (nil, nil, [:])
    return try settings.file()
  }

  /// Pairs with scores: a file of a task's folder, that folder, or one that holds STS-B's.
  private static func pairs(_ path: String) throws -> DataSet {
    var folder = Files.isDirectory(path) ? path : Files.directory(of: path)
    if Files.exists(folder + "/STS-B/dev.tsv") { folder += "/STS-B" }
    while folder.hasSuffix("/") { folder.removeLast() }
    let name = String(folder.split(separator: "/").last ?? "")
    let parent = folder.contains("/") ? Files.directory(of: folder) : "."
    let task = try GLUETask.named(name, in: parent)
    guard let split = task.devSplits.first else {
      throw TrainingError.mismatch("\(path): there are no dev rows to measure sentence vectors on")
    }
    return try task.load(split, from: parent)
  }

  /// Whether a teacher's folder says that its vectors have length 1, as sentence-transformers keeps that.
  private static func normalizes(_ teacher: String?) -> Bool {
    guard let teacher, let bytes = try? Files.read(teacher + "/modules.json") else { return false }
    return String(decoding: bytes, as: UTF8.self).contains("Normalize")
  }
}

extension PretrainSettings {
  /// The settings as a file to copy and change.
  func file() throws -> String {
    var settings = self
    settings.overwrite = false
    return try SettingsFile.text(
      settings,
      heading: [
        "Settings of a run of anneal pretrain.", "Again: anneal pretrain --settings FILE --output DIR",
      ])
  }

  /// The settings as a file to copy and change, with the method written out.
  public func text(with tables: MethodTables = .standard) throws -> String {
    var settings = self
    settings.recipe = try PretrainMethod(self, with: tables).recipe
    settings.method = settings.recipe?.name ?? method
    (settings.temperature, settings.layerMap, settings.weights) = (nil, nil, [:])
    return try settings.file()
  }
}
