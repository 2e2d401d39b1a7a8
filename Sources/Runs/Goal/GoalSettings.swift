import Distillation
public import GLUE
public import Training

/// Everything that decides a run that reaches for a goal: the settings of a distillation, with the goal among them.
public struct GoalSettings: TaskRunSettings {
  /// What stays as it is while settings are tried.
  public var distill: DistillSettings

  /// Settings that name a goal.
  public init(_ distill: DistillSettings) { self.distill = distill }

  /// The goal.
  public var goal: Goal { distill.goal ?? Goal() }

  /// Reads the settings of a distillation.
  public init(from decoder: any Decoder) throws { distill = try DistillSettings(from: decoder) }

  /// Writes the settings of a distillation.
  public func encode(to encoder: any Encoder) throws { try distill.encode(to: encoder) }

  /// The task, by its name.
  public var task: String {
    get { distill.task }
    set { distill.task = newValue }
  }
  /// The folder that holds a folder for each task.
  public var data: String {
    get { distill.data }
    set { distill.data = newValue }
  }
  /// The run folder.
  public var output: String {
    get { distill.output }
    set { distill.output = newValue }
  }
  /// Whether a run that is in the folder already is removed first.
  public var overwrite: Bool {
    get { distill.overwrite }
    set { distill.overwrite = newValue }
  }
  /// The optimizer, the batches, the length.
  public var training: TrainingSettings {
    get { distill.training }
    set { distill.training = newValue }
  }
  /// The folder of the teacher.
  public var teacher: String? {
    get { distill.teacher }
    set { distill.teacher = newValue }
  }
  /// Whether lines whose columns do not fit are left out.
  public var skipMalformed: Bool? {
    get { distill.skipMalformed }
    set { distill.skipMalformed = newValue }
  }
  /// Which columns of a task of one's own hold what.
  public var columns: TaskColumns? {
    get { distill.columns }
    set { distill.columns = newValue }
  }
  /// The share of the training rows that are dev rows.
  public var devShare: Double? {
    get { distill.devShare }
    set { distill.devShare = newValue }
  }
  /// How many training rows are used.
  public var limit: Int? {
    get { distill.limit }
    set { distill.limit = newValue }
  }
  /// Files of texts without labels.
  public var unlabelled: [String]? { distill.unlabelled }
  /// What is read beside the rows.
  public var sources: [String] { distill.sources }
  /// Without places, threads and caches.
  public var comparable: GoalSettings {
    var settings = distill.comparable
    settings.goal?.methods = goal.methods ?? Goal.usualMethods
    return GoalSettings(settings)
  }
  /// Names the model of a run wherever the run's folder is given for it; any shape is no folder.
  public mutating func resolveModels() {
    if distill.student != Goal.anyShape { return distill.resolveModels() }
    distill.student = nil
    distill.resolveModels()
    distill.student = Goal.anyShape
  }

  /// A file that reaches for the same goal again.
  public func text() throws -> String {
    var settings = distill
    settings.overwrite = false
    return try SettingsFile.text(
      settings,
      heading: [
        "Settings of a run of anneal distill that reaches for a goal.",
        "Again: anneal distill --settings FILE --output DIR",
      ])
  }

  /// The share of the training rows that settings are judged on.
  var heldOutShare: Double { distill.heldOutShare ?? Goal.usualShare }

  /// The run of a setting on all rows, without its folder.
  ///
  /// Weights are measured after the last epoch alone, so that no epoch is chosen by what is measured.
  func settings(of candidate: GoalCandidate, _ shape: ShapePrice?) -> DistillSettings {
    var settings = settings(of: shape)
    if settings.recipe == nil { settings.method = candidate.method }
    settings.augment = candidate.madeText ? distill.augment ?? .auto : nil
    settings.training.learningRate = candidate.learningRate
    settings.training.epochs = candidate.epochs
    settings.training.evalSteps = TrainingSettings.largestCount
    settings.heldOutShare = nil
    return settings
  }

  /// The run with a shape that was chosen, and nothing else changed.
  func settings(of shape: ShapePrice?) -> DistillSettings {
    var settings = distill
    settings.goal = nil
    if let shape { (settings.student, settings.studentLayers) = (shape.shape, shape.layers) }
    return settings
  }
}
