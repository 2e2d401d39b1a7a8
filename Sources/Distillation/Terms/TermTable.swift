public import BERT
import Training

/// Kinds of terms by name: what recipes may write under `kind`.
///
/// A value that is passed in: `.standard + [mine]` has a term of one's own too.
public struct TermTable: Sendable {
  /// What a term needs to know to be made.
  public struct Setting: Sendable {
    /// The student.
    public var student: BertConfig
    /// The teacher; nil where there is none.
    public var teacher: BertConfig?
    /// Whether the task asks for a score.
    public var isRegression: Bool
    /// Whether any number of labels may hold, each by itself.
    public var isMultiLabel = false
    /// What part of a label goes to all classes alike.
    public var labelSmoothing: Double
    /// What each class counts in losses on labels, in the student's order; all alike if nil.
    public var classWeights: [Double]?
    /// Where random draws start.
    public var seed: UInt64
    /// The rows of the teacher's classifier in the student's label order.  // [labels][teacher width]
    public var classVectors: [[Float]]?

    /// The surroundings of a term.
    public init(
      student: BertConfig, teacher: BertConfig?, isRegression: Bool, labelSmoothing: Double = 0,
      classWeights: [Double]? = nil, seed: UInt64 = 1
    ) {
      self.student = student
      self.teacher = teacher
      self.isRegression = isRegression
      self.labelSmoothing = labelSmoothing
      self.classWeights = classWeights
      self.seed = seed
    }
  }

  /// All kinds, in the order in which they are listed.
  public let entries: [TermEntry]

  /// A table of kinds of different names.
  public init(_ entries: [TermEntry]) {
    precondition(Set(entries.map(\.kind)).count == entries.count, "two kinds of terms of one name")
    self.entries = entries
  }

  /// The kinds of this package.
  public static let standard = TermTable(
    [.labels, .kl, .logitsMSE, .annealedMSE, .continuation, .hiddenMSE, .hiddenCosine, .patient]
      + [
        .attentionMSE, .attentionKL, .attentionScoresMSE, .relations, .valueRelations, .attentive,
        .randomLayers,
      ]
      + [.combinedLayers, .contextual, .contextualAngles, .contextualLayers, .contextualLayerAngles]
      + [.goldKL, .topKL, .similarityKL, .virtualTeacher, .lipschitz]
      + [.logitsL1, .sentenceVector, .sentenceSimilarity, .maskedLM, .vocabularyKL, .uncertainMSE])

  /// A table with more kinds, of other names.
  public static func + (table: TermTable, more: [TermEntry]) -> TermTable {
    TermTable(table.entries + more)
  }

  /// The kind of that name; throws `DistillationError.settings`, with the nearest, where there is none.
  public func entry(_ kind: String) throws -> TermEntry {
    guard let entry = find(kind) else {
      throw DistillationError.settings(
        "there is no term '\(kind)'"
          + (NearestName.of(kind, in: entries.map(\.kind)).map { "; did you mean \($0)?" }
            ?? "; there are " + entries.map(\.kind).joined(separator: ", ")))
    }
    return entry
  }

  func find(_ kind: String) -> TermEntry? { entries.first { $0.kind == kind } }

  /// Makes a term under a name; throws `DistillationError` where settings, models and term do not fit together.
  public func make(_ term: TermSettings, name: String, in setting: Setting) throws -> any DistillationTerm {
    let entry = try entry(term.kind)
    if setting.teacher == nil && entry.needsTeacher {
      throw DistillationError.settings("the term \(term.kind) needs a teacher: give --teacher DIR")
    }
    if setting.isMultiLabel && entry.needsOneLabel {
      throw DistillationError.settings(
        "the term \(term.kind) compares classes of which one holds, and rows with several labels have none: choose "
          + "another method, such as kd or annealing")
    }
    return try entry.make(
      completed(term, in: setting), in: TermSurroundings(name: name, entry: entry, setting: setting))
  }

  /// The options of a term, of the type that its kind has.
  public func options(of term: TermSettings) throws -> any TermOptions {
    try term.options(as: entry(term.kind))
  }

  /// The options of a term, checked, with what depends on the models filled in.
  public func completed(_ term: TermSettings, in setting: Setting) throws -> any TermOptions {
    let entry = try entry(term.kind)
    let options = try options(of: term)
    do {
      if !term.weight.values.allSatisfy({ $0 >= 0 && $0.isFinite }) {
        throw DistillationError.settings("weights must be 0 or more")
      }
      try options.validate()
    } catch DistillationError.settings(let rule) {
      throw DistillationError.settings("the term \(term.kind): \(rule)")
    }
    if setting.teacher == nil && entry.needsTeacher { return options }
    return try options.completed(in: TermSurroundings(name: term.kind, entry: entry, setting: setting))
  }

  /// The sum of some terms, each under its kind, with a number where a kind is there twice.
  public func objective(
    of terms: [TermSettings], teacher: (any TeacherSource)?, in setting: Setting
  ) throws -> DistillationObjective {
    var names: Set<String> = []
    let made = try terms.map { term in
      var name = term.kind
      var number = 2
      while !names.insert(name).inserted {
        name = "\(term.kind)_\(number)"
        number += 1
      }
      return (term: try make(term, name: name, in: setting), weight: term.weight)
    }
    return DistillationObjective(terms: made, teacher: teacher, seed: setting.seed)
  }

  /// The layers that a term compares; nil where it takes no layer map.
  public func pairs(_ term: TermSettings, student: Int, teacher: Int) throws -> [LayerPair]? {
    try entry(term.kind).pairs(options(of: term), student: student, teacher: teacher)
  }
}
