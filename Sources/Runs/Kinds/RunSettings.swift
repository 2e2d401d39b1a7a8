public import GLUE
public import Training

/// What the settings of every kind of run say.
public protocol RunSettings: Codable, Sendable, Equatable {
  /// The kind of run that they are settings of.
  associatedtype Kind: RunKind where Kind.Settings == Self
  /// The run folder.
  var output: String { get set }
  /// Whether a run that is in the folder already is removed first.
  var overwrite: Bool { get set }
  /// The optimizer, the batches, the length.
  var training: TrainingSettings { get set }
  /// The folder of the model that is learnt from, if any.
  var teacher: String? { get set }
  /// What the run reads, beside the rows of a task: models, vocabularies, texts.
  var sources: [String] { get }
  /// Names the model of a run wherever the run's folder is given for it.
  mutating func resolveModels()
  /// The settings without what no result depends on: places, threads, caches.
  var comparable: Self { get }
}

/// What the settings of a run on a task say.
public protocol TaskRunSettings: RunSettings {
  /// The task, by its GLUE name such as `SST-2`.
  var task: String { get set }
  /// The folder that holds a folder for each task.
  var data: String { get set }
  /// Whether lines whose columns do not fit are left out, instead of refused.
  var skipMalformed: Bool? { get set }
  /// Which columns of a task of one's own hold what, where their names do not say so.
  var columns: TaskColumns? { get set }
  /// The share of the training rows that are dev rows, in a task of one's own without a file of those.
  var devShare: Double? { get set }
  /// How many training rows are used, from the first; all if left out.
  var limit: Int? { get set }
  /// Files of texts without labels that are learnt from too.
  var unlabelled: [String]? { get }
  /// Files of a teacher's answers to the rows.
  var teacherAnswers: [String]? { get }
  /// The tasks that a run of several is made of; itself where it has one.
  var members: [TaskMember] { get }
  /// Takes out where teachers lie: what a teacher is says its hash, not the path to it.
  mutating func forgetTeachers()
}

/// One task of a run, as its record names what was read of it.
public struct TaskMember {
  /// What its rows are called after, in the record of a run.
  let rows: String
  /// What its teacher's files are called after.
  let teacher: String
  /// The task with its teacher.
  let settings: any TaskRunSettings
}

extension TaskRunSettings {
  /// None, in runs without a teacher.
  public var teacherAnswers: [String]? { nil }
  /// The run itself.
  public var members: [TaskMember] { [TaskMember(rows: "", teacher: "", settings: self)] }
  /// Takes out the one teacher's.
  public mutating func forgetTeachers() { teacher = nil }
}

extension TaskData {
  /// Reads what the settings of a run name.
  init(_ settings: some TaskRunSettings, among tasks: TaskTable = .standard) throws {
    try self.init(
      settings.namedTask(among: tasks), data: settings.data, limit: settings.limit,
      skipsMalformed: settings.skipMalformed ?? false, unlabelled: settings.unlabelled ?? [])
  }
}

extension TaskRunSettings {
  /// The task that the settings name; throws where there is none.
  public func namedTask(among tasks: TaskTable = .standard) throws -> GLUETask {
    try GLUETask.named(
      task, in: data, columns: columns ?? TaskColumns(), devShare: devShare, among: tasks)
  }
}
