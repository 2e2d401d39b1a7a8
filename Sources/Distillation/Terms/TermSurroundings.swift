import BERT

/// What the maker of a term asks for: its name in the stage, and the models that it stands between.
public struct TermSurroundings: Sendable {
  /// The name under which events show the term, unique in its stage.
  public let name: String
  /// The models and the task.
  public let setting: TermTable.Setting
  private let entry: TermEntry

  init(name: String, entry: TermEntry, setting: TermTable.Setting) {
    (self.name, self.entry, self.setting) = (name, entry, setting)
  }

  /// Whether the task asks for a score.
  public var isRegression: Bool { setting.isRegression }
  /// Whether any number of labels may hold, each by itself.
  public var isMultiLabel: Bool { setting.isMultiLabel }
  /// The layers of student and teacher; 0 without a teacher.
  public var layers: (student: Int, teacher: Int) {
    (setting.student.numHiddenLayers, setting.teacher?.numHiddenLayers ?? 0)
  }
  /// The hidden sizes of student and teacher; 0 without a teacher.
  public var widths: (student: Int, teacher: Int) {
    (setting.student.hiddenSize, setting.teacher?.hiddenSize ?? 0)
  }

  /// The pairs of layers of some options, checked; those that the term compares if it is not told where they have none.
  ///
  /// Throws `DistillationError` for a layer that is not there.
  public func pairs(_ options: some LayerOptions) throws -> [LayerPair] {
    try entry.pairs(options, student: layers.student, teacher: layers.teacher) ?? []
  }
}
