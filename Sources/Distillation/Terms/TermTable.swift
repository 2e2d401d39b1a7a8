public import BERT
import Training

/// Every term by name: what recipes may write under `kind`.
public struct TermTable: Sendable {
  /// What a term needs to know to be made.
  public struct Setting: Sendable {
    /// The student.
    public var student: BertConfig
    /// The teacher; nil where there is none.
    public var teacher: BertConfig?
    /// Whether the task asks for a score.
    public var isRegression: Bool
    /// What part of a label goes to all classes alike.
    public var labelSmoothing: Double
    /// Where random draws start.
    public var seed: UInt64

    /// The surroundings of a term.
    public init(
      student: BertConfig, teacher: BertConfig?, isRegression: Bool, labelSmoothing: Double = 0,
      seed: UInt64 = 1
    ) {
      self.student = student
      self.teacher = teacher
      self.isRegression = isRegression
      self.labelSmoothing = labelSmoothing
      self.seed = seed
    }
  }

  /// One kind of term.
  public struct Entry: Sendable {
    /// The name in recipes.
    public let kind: String
    /// One line for people.
    public let summary: String
    /// Whether it reads more of the teacher than its logits.
    public let needsIntermediates: Bool
    /// The layers that it compares if it is not told; nil where it takes no layer map.
    var layers: DefaultLayers?
    /// Whether a layer map by name gives it the embeddings too.
    var mapsEmbeddings = false
    /// Whether it scales the teacher's logits by `Annealing`.
    var anneals = false
    let make: @Sendable (TermSettings, Surroundings) throws -> any DistillationTerm
  }

  /// All kinds.
  public static let entries: [Entry] = [
    Entry(
      kind: "labels", summary: "gold labels: cross entropy, or squared error of scores",
      needsIntermediates: false
    ) { _, s in LabelsTerm(name: s.name, labelSmoothing: s.labelSmoothing) },
    Entry(kind: "kl", summary: "T² KL(teacher || student) at a temperature", needsIntermediates: false) {
      t, s in
      KLTerm(name: s.name, temperature: t.temperature ?? 1, isRegression: s.isRegression)
    },
    Entry(kind: "logits_mse", summary: "squared error of logits", needsIntermediates: false) { _, s in
      LogitsMSETerm(name: s.name, maxTemperature: nil)
    },
    Entry(
      kind: "annealed_mse", summary: "squared error to the annealed logits", needsIntermediates: false,
      anneals: true
    ) { t, s in
      LogitsMSETerm(
        name: s.name, maxTemperature: t.maxTemperature ?? 7, annealBy: t.annealBy ?? .epoch)
    },
    Entry(
      kind: "continuation", summary: "annealed margin loss passing into labels", needsIntermediates: false,
      anneals: true
    ) { t, s in
      ContinuationTerm(
        name: s.name, maxTemperature: t.maxTemperature ?? 10, annealBy: t.annealBy ?? .epoch,
        margin: t.margin ?? 1)
    },
    Entry(
      kind: "hidden_mse", summary: "squared error of hidden states", needsIntermediates: true,
      layers: .uniform, mapsEmbeddings: true
    ) { t, s in
      HiddenTerm(
        name: s.name, pairs: try s.pairs(t), measure: .squaredError, widths: s.widths,
        project: t.project ?? false)
    },
    Entry(
      kind: "hidden_cosine", summary: "cosine distance of hidden states", needsIntermediates: true,
      layers: .lastAlone, mapsEmbeddings: true
    ) { t, s in
      HiddenTerm(
        name: s.name, pairs: try s.pairs(t), measure: .cosine, widths: s.widths, project: t.project ?? false)
    },
    Entry(kind: "pkd", summary: "normalised [CLS] states", needsIntermediates: true, layers: .skip) { t, s in
      PatientTerm(
        name: s.name, pairs: try s.pairs(t), normalize: t.normalize ?? true, widths: s.widths,
        project: t.project ?? false)
    },
    Entry(
      kind: "attention_mse", summary: "squared error of attention probabilities", needsIntermediates: true,
      layers: .uniform
    ) { t, s in
      AttentionTerm(name: s.name, pairs: try s.pairs(t), measure: .probabilitiesMSE)
    },
    Entry(
      kind: "attention_kl", summary: "KL of attention probabilities", needsIntermediates: true,
      layers: .uniform
    ) { t, s in
      AttentionTerm(name: s.name, pairs: try s.pairs(t), measure: .probabilitiesKL)
    },
    Entry(
      kind: "attention_scores_mse", summary: "squared error of attention scores", needsIntermediates: true,
      layers: .uniform
    ) { t, s in
      AttentionTerm(name: s.name, pairs: try s.pairs(t), measure: .scoresMSE)
    },
    Entry(
      kind: "relations", summary: "query, key and value relations (MiniLMv2)", needsIntermediates: true,
      layers: .lastAlone
    ) { t, s in
      RelationsTerm(name: s.name, pairs: try s.pairs(t), heads: try s.relationHeads(t))
    },
    Entry(
      kind: "value_relations", summary: "value relations (MiniLM)", needsIntermediates: true,
      layers: .lastAlone
    ) { t, s in
      RelationsTerm(name: s.name, pairs: try s.pairs(t), heads: try s.relationHeads(t), parts: [.value])
    },
    Entry(kind: "alp", summary: "an attention-weighted mix of all teacher layers", needsIntermediates: true) {
      _, s in
      AttentiveTerm(name: s.name, layers: s.layers, widths: s.widths)
    },
    Entry(kind: "rail", summary: "random teacher layers, redrawn every epoch", needsIntermediates: true) {
      t, s in
      RandomLayersTerm(
        name: s.name, layers: s.layers, widths: s.widths, size: t.projectionSize ?? 128, seed: s.seed)
    },
    Entry(kind: "ckd", summary: "concatenated buckets of teacher layers", needsIntermediates: true) { _, s in
      CombinedLayersTerm(name: s.name, layers: s.layers, widths: s.widths)
    },
    Entry(
      kind: "contextual", summary: "cosines between the words of a sentence", needsIntermediates: true,
      layers: .uniform
    ) { t, s in
      ContextualTerm(name: s.name, layers: try s.pairs(t), among: .words, part: .pairs)
    },
    Entry(
      kind: "contextual_angles", summary: "angles between three words of a sentence",
      needsIntermediates: true, layers: .uniform
    ) { t, s in
      ContextualTerm(name: s.name, layers: try s.pairs(t), among: .words, part: .angles)
    },
    Entry(
      kind: "contextual_layers", summary: "cosines between a word's layers", needsIntermediates: true,
      layers: .uniform, mapsEmbeddings: true
    ) { t, s in
      ContextualTerm(name: s.name, layers: try s.threeLayers(t), among: .layers, part: .pairs)
    },
    Entry(
      kind: "contextual_layer_angles", summary: "angles between three of a word's layers",
      needsIntermediates: true, layers: .uniform, mapsEmbeddings: true
    ) { t, s in
      ContextualTerm(name: s.name, layers: try s.threeLayers(t), among: .layers, part: .angles)
    },
  ]

  /// The kind of that name.
  public static func entry(_ kind: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.kind == kind }) else {
      throw DistillationError.settings(
        "there is no term '\(kind)'; there are " + entries.map(\.kind).joined(separator: ", "))
    }
    return entry
  }

  /// Makes a term under a name, checking layers, heads and what it needs of a teacher.
  public static func make(_ term: TermSettings, name: String, in setting: Setting) throws
    -> any DistillationTerm
  {
    let entry = try entry(term.kind)
    try check(term)
    if setting.teacher == nil && term.kind != "labels" {
      throw DistillationError.settings("the term \(term.kind) needs a teacher: give --teacher DIR")
    }
    return try entry.make(term, Surroundings(name: name, entry: entry, setting: setting))
  }

  /// The layers that a term compares; nil where it takes no layer map.
  static func pairs(_ term: TermSettings, student: Int, teacher: Int) throws -> [LayerPair]? {
    let entry = try entry(term.kind)
    guard let layers = entry.layers else { return nil }
    return try (term.layers ?? layers.map(student: student, teacher: teacher))
      .resolved(student: student, teacher: teacher, embeddings: entry.mapsEmbeddings)
  }

  private static func check(_ term: TermSettings) throws {
    func require(_ condition: Bool, _ rule: String) throws {
      if !condition { throw DistillationError.settings("the term \(term.kind): \(rule)") }
    }
    try require(term.weight.values.allSatisfy { $0 >= 0 && $0.isFinite }, "weights must be 0 or more")
    let temperatures = term.temperature?.values ?? []
    try require(temperatures.allSatisfy { $0 > 0 && $0.isFinite }, "temperatures must be above 0")
    try require(
      (1...TrainingSettings.mostEpochs).contains(term.maxTemperature ?? 1),
      "max_temperature must be at least 1 and at most \(TrainingSettings.mostEpochs)")
    try require((term.margin ?? 0) >= 0, "the margin must be 0 or more")
    try require(
      (1...1 << 16).contains(term.projectionSize ?? 1),
      "projection_size must be at least 1 and at most \(1 << 16)")
  }
}

/// The layers that a term compares if it is not told.
enum DefaultLayers {
  /// All of the student's, evenly.
  case uniform
  /// The last of each.
  case lastAlone
  /// As uniform without the last; a student of one layer has no other.
  case skip

  func map(student: Int, teacher: Int) -> LayerMap {
    switch self {
    case .uniform: .uniform
    case .lastAlone: .pairs([LayerPair(student: student, teacher: teacher)])
    case .skip: student > 1 ? .skip : .uniform
    }
  }
}

/// What the makers of terms ask for.
struct Surroundings {
  let name: String
  let entry: TermTable.Entry
  let setting: TermTable.Setting

  var isRegression: Bool { setting.isRegression }
  var labelSmoothing: Double { setting.labelSmoothing }
  var seed: UInt64 { setting.seed }
  var student: (layers: Int, width: Int) { (setting.student.numHiddenLayers, setting.student.hiddenSize) }
  var teacher: (layers: Int, width: Int) {
    (setting.teacher?.numHiddenLayers ?? 0, setting.teacher?.hiddenSize ?? 0)
  }
  var layers: (student: Int, teacher: Int) { (student.layers, teacher.layers) }
  var widths: (student: Int, teacher: Int) { (student.width, teacher.width) }

  func pairs(_ term: TermSettings) throws -> [LayerPair] {
    try TermTable.pairs(term, student: student.layers, teacher: teacher.layers) ?? []
  }

  /// At least three pairs: fewer layers have nothing to relate.
  func threeLayers(_ term: TermSettings) throws -> [LayerPair] {
    let pairs = try pairs(term)
    if pairs.count < 3 {
      throw DistillationError.settings(
        "the term \(term.kind) relates at least three layers: its layer map has \(pairs.count); give pairs such as "
          + "0:0,1:3,2:6")
    }
    return pairs
  }

  func relationHeads(_ term: TermSettings) throws -> Int {
    let heads = term.relationHeads ?? setting.student.numAttentionHeads
    for (model, width) in [("student", student.width), ("teacher", teacher.width)]
    where heads < 1 || width % heads != 0 {
      let fitting = (1...min(student.width, teacher.width)).filter {
        student.width % $0 == 0 && teacher.width % $0 == 0
      }
      throw DistillationError.settings(
        "relation_heads \(heads) does not divide the \(model)'s hidden size \(width); these fit both: "
          + fitting.map(String.init).joined(separator: ", "))
    }
    return heads
  }
}
