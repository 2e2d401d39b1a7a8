import BERT
public import Distillation
import Training

/// A method of text with what settings change of it: what it reads, what it needs, and its stages.
struct PretrainMethod {
  let settings: PretrainSettings
  let recipe: Recipe
  let tables: MethodTables
  /// Whether a term asks the teacher.
  let needsTeacher: Bool
  /// Whether tokens are masked and given back, for which a model has a head.
  let predictsTokens: Bool
  /// Whether the teacher's own head is asked.
  let readsVocabulary: Bool
  /// The first term that compares sentences.
  private let sentenceTerm: TermSettings?

  init(_ settings: PretrainSettings, with tables: MethodTables) throws {
    (self.settings, self.tables) = (settings, tables)
    recipe = try RecipeChanges(Self.changes(settings), tables.terms).applied(
      to: settings.recipe?.readBack() ?? Recipe.pretraining(named: settings.method))
    let terms = recipe.stages.flatMap(\.terms)
    let entries = try terms.map { try tables.terms.entry($0.kind) }
    for (term, entry) in zip(terms, entries) where !entry.predictsTokens && !entry.needsIntermediates {
      throw DistillationError.settings(
        "the term \(term.kind) learns from the answers of a task, and text has none: give it to anneal distill"
      )
    }
    if let stage = recipe.stages.first(where: { $0.lesson != nil || $0.rows != nil }) {
      throw DistillationError.settings(
        "the stage \(stage.name) has a lesson or rows of its own, which are for tasks: text has terms alone")
    }
    needsTeacher = entries.contains(where: \.needsTeacher)
    predictsTokens = entries.contains(where: \.predictsTokens)
    readsVocabulary = entries.contains { $0.predictsTokens && $0.needsTeacher }
    sentenceTerm =
      zip(terms, entries).first { ["sentence_vector", "sentence_similarity"].contains($1.kind) }?.0
  }

  /// What of the settings changes a recipe.
  private static func changes(_ settings: PretrainSettings) -> DistillSettings {
    var changes = DistillSettings(task: "", output: "")
    (changes.temperature, changes.layerMap) = (settings.temperature, settings.layerMap)
    changes.weights = settings.weights
    return changes
  }

  /// The student's head.
  var head: Head { predictsTokens ? .maskedLM : .none }
  /// How lines become rows: a row each where sentences are compared.
  var form: TextForm { settings.rows ?? (sentenceTerm != nil && !predictsTokens ? .lines : .packed) }
  /// Whether tokens are masked.
  var masks: Bool { predictsTokens || settings.maskShare != nil }
  /// How a sentence's vector is made; nil where the method makes none.
  func pooling() throws -> SentencePooling? {
    guard let sentenceTerm else { return nil }
    switch try tables.terms.options(of: sentenceTerm) {
    case let options as SentenceVectorOptions: return options.pooling ?? .mean
    case let options as SentenceSimilarityOptions: return options.pooling ?? .mean
    default: return .mean
    }
  }

  /// Whether all that is asked of the teacher is whole sentences, which it may read by a vocabulary of its own.
  func comparesSentencesAlone() throws -> Bool {
    try form == .lines
      && recipe.stages.flatMap(\.terms).allSatisfy {
        try ["sentence_vector", "sentence_similarity"].contains($0.kind)
          || !tables.terms.entry($0.kind).needsTeacher
      }
  }

  /// How long each stage is: its share of the steps where these are given, else its epochs.
  func lengths(_ training: TrainingSettings) -> [TextRows.Length] {
    let count = recipe.stages.count
    guard let steps = settings.maxSteps else {
      return recipe.stages.map { .epochs($0.epochs ?? training.epochs ?? 1) }
    }
    return (0..<count).map { .steps(max(1, (steps * ($0 + 1)) / count - steps * $0 / count)) }
  }

  /// Each term's options with what depends on the models filled in.
  func completed(in setting: TermTable.Setting) throws -> Recipe {
    try recipe.completed(in: setting, with: tables.terms)
  }
}

extension PretrainSettings {
  /// Throws for settings that cannot be, whatever files they name hold.
  public func check(with tables: MethodTables = .standard) throws {
    try training.validate()
    let method = try PretrainMethod(self, with: tables)
    let title = "the method \(method.recipe.name)"
    if text.isEmpty { throw TrainingError.settings("text is missing: give --text FILE") }
    if let weights = textWeights, weights.count != text.count {
      throw TrainingError.settings(
        "text_weights needs a number for each file of text: there are \(weights.count) for \(text.count)")
    }
    if method.needsTeacher && teacher == nil {
      throw DistillationError.settings("\(title) needs a teacher: give --teacher DIR")
    }
    if model != nil && (shape != nil || studentLayers != nil) {
      throw TrainingError.settings("give one of a model directory (--model), a shape (--shape) or layers")
    }
    if model == nil && shape == nil && studentLayers == nil {
      throw TrainingError.settings(
        "give what to train: a model directory (--model), a shape (--shape), or layers of the teacher (--student-layers)"
      )
    }
    if model != nil && vocabulary != nil {
      throw TrainingError.settings("\(model ?? "") brings its own vocabulary: leave vocab out")
    }
    if maxSteps != nil && training.epochs != nil {
      throw TrainingError.settings("max_steps takes the place of num_train_epochs: give one of them")
    }
    if let maxSteps, !(1...TrainingSettings.largestCount).contains(maxSteps) {
      throw TrainingError.settings("max_steps must be at least 1")
    }
    if let devShare, !(devShare > 0 && devShare < 1) {
      throw TrainingError.settings("dev_share must be between 0 and 1, not \(devShare)")
    }
    if devText != nil && devShare != nil {
      throw TrainingError.settings("dev_text takes the place of dev_share: give one of them")
    }
    if let maskShare, !(maskShare > 0 && maskShare < 1) {
      throw TrainingError.settings("mask_share must be between 0 and 1, not \(maskShare)")
    }
    if wholeWord && !method.masks {
      throw TrainingError.settings("\(title) masks no tokens: whole_word would change nothing")
    }
    if vocabularySample != nil && !method.readsVocabulary {
      throw TrainingError.settings(
        "\(title) does not ask the teacher's vocabulary, by which words are drawn: vocabulary_sample is for mlm-kd and "
          + "distilbert")
    }
    if let vocabularySample, vocabularySample < 1 {
      throw TrainingError.settings("vocabulary_sample must be at least 1, not \(vocabularySample)")
    }
    if projection != nil
      && method.recipe.stages.last?.terms.contains(where: { $0.kind == "sentence_vector" }) != true
    {
      throw TrainingError.settings(
        "\(title) ends without the term sentence_vector: there is no projection to keep or to drop")
    }
    if projection == .keep && training.patience != nil {
      throw TrainingError.settings(
        "a projection is kept with the last weights, and patience ends a run by the best: give one of them")
    }
    if devSTS != nil, try method.pooling() == nil {
      throw TrainingError.settings("\(title) makes no sentence vectors: dev_sts would measure nothing of it")
    }
    for (name, isGiven) in [
      ("batch_tokens", training.batchTokens != nil), ("length_window", training.lengthWindow != 1),
      ("label_smoothing", training.labelSmoothing != 0), ("class_weights", training.classWeights != nil),
      ("windows", training.windows != nil), ("window_pooling", training.windowPooling != nil),
      ("quantization_aware", training.quantizationAware == true),
      ("pooling of training", training.pooling != nil), ("pair_encoding", training.pairEncoding != nil),
      ("selection_metric", training.selectionMetric != nil),
    ] where isGiven {
      throw TrainingError.settings("\(name) is for the rows of a task, and text has none: leave it out")
    }
  }
}
