public import GLUE
public import Training

/// Everything that decides a run over a sequence of tasks: what `anneal distill --sequence` reads.
public struct SequenceSettings: TaskRunSettings {
  /// One task of the sequence.
  public struct Task: Codable, Sendable, Equatable {
    /// The task, by its GLUE name such as `SST-2`.
    public var task: String
    /// The folder of its teacher or of its run; not needed by the method `labels`.
    public var teacher: String?
    /// Its epochs; the run's number if left out.
    public var epochs: Int?
    /// Its learning rate; the run's if left out.
    public var learningRate: Double?
    /// Which columns hold what, in a task of one's own.
    public var columns: TaskColumns?
    /// The share of its training rows that are dev rows, in a task of one's own without a file of those.
    public var devShare: Double?

    /// A task with its teacher.
    public init(_ task: String, teacher: String? = nil) { (self.task, self.teacher) = (task, teacher) }

    enum CodingKeys: String, CodingKey, CaseIterable {
      case task, teacher, columns
      case epochs = "num_train_epochs"
      case learningRate = "learning_rate"
      case devShare = "dev_share"
    }

    /// Reads a task; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.settings(CodingKeys.self)
      task = try values.decode(String.self, forKey: .task)
      teacher = try values.decodeIfPresent(String.self, forKey: .teacher)
      epochs = try values.decodeIfPresent(Int.self, forKey: .epochs)
      learningRate = try values.decodeIfPresent(Double.self, forKey: .learningRate)
      columns = try values.decodeIfPresent(TaskColumns.self, forKey: .columns)
      devShare = try values.decodeIfPresent(Double.self, forKey: .devShare)
    }
  }

  /// The tasks in the order in which they are learnt.
  public var tasks: [Task] = []
  /// The folder that holds a folder for each task.
  public var data = "tasks"
  /// The run folder.
  public var output = ""
  /// The student: a shape `LxHxA[xI]` from scratch, or a checkpoint directory.
  public var student: String?
  /// Or a student made of these layers of `student_from`.
  public var studentLayers: [Int]?
  /// The checkpoint whose layers they are.
  public var studentFrom: String?
  /// The student's vocabulary, for a shape from scratch.
  public var vocabulary: String?
  /// The method by name, one that learns from logits alone: `kd`, or `labels` for no distillation.
  public var method = "kd"
  /// Replaces the temperature of every term that has one.
  public var temperature: Double?
  /// The share of the rows of each task before that are replayed; none if left out.
  public var replayShare: Double?
  /// Or how many rows of each task before are replayed.
  public var replayRows: Int?
  /// A folder for the teachers' logits, shared between runs; in memory if left out.
  public var teacherCache: String?
  /// Whether a run that is in the folder already is removed first.
  public var overwrite = false
  /// Whether lines whose columns do not fit are left out, instead of refused.
  public var skipMalformed: Bool?
  /// How many training rows of each task are used, from the first; all if left out.
  public var limit: Int?
  /// The optimizer, the batches, the length.
  public var training = TrainingSettings()

  /// A sequence of tasks; give a student.
  public init(_ tasks: [Task], output: String) { (self.tasks, self.output) = (tasks, output) }

  /// The last task, which is the one that the run ends with.
  public var task: String {
    get { tasks.last?.task ?? "" }
    set {}
  }
  /// The last task's.
  public var columns: TaskColumns? {
    get { tasks.last?.columns }
    set {}
  }
  /// The last task's.
  public var devShare: Double? {
    get { tasks.last?.devShare }
    set {}
  }
  /// No texts without labels.
  public var unlabelled: [String]? { nil }
  /// The last task's.
  public var teacher: String? {
    get { tasks.last?.teacher }
    set {}
  }

  /// Teachers, checkpoints of the student, the vocabulary.
  public var sources: [String] {
    tasks.compactMap(\.teacher) + [student, studentFrom, vocabulary].compactMap { $0 }
  }

  /// Without places, threads and caches.
  public var comparable: SequenceSettings {
    var settings = self
    (settings.output, settings.overwrite, settings.training.threads) = ("", false, nil)
    settings.training.overlapComm = nil
    settings.teacherCache = nil
    return settings
  }

  /// Names the model of a run wherever the run's folder is given for it.
  public mutating func resolveModels() {
    for index in tasks.indices { tasks[index].teacher = tasks[index].teacher.map(RunFolder.model(at:)) }
    (student, studentFrom) = (student.map(RunFolder.model(at:)), studentFrom.map(RunFolder.model(at:)))
  }

  /// Each task with its teacher; the last one's rows go by their usual names.
  public var members: [TaskMember] {
    tasks.enumerated().map { index, task in
      var one = DistillSettings(task: task.task, output: output)
      (one.teacher, one.data, one.limit) = (task.teacher, data, limit)
      (one.columns, one.devShare, one.skipMalformed) = (task.columns, task.devShare, skipMalformed)
      let name = (try? one.namedTask().name) ?? task.task
      return TaskMember(
        rows: index == tasks.count - 1 ? "" : "\(name)'s ", teacher: "\(task.task) ", settings: one)
    }
  }

  /// Takes out every task's.
  public mutating func forgetTeachers() {
    for index in tasks.indices { tasks[index].teacher = nil }
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case tasks, data, output, student, method, temperature, overwrite, limit, training
    case studentLayers = "student_layers"
    case studentFrom = "student_from"
    case vocabulary = "vocab"
    case replayShare = "replay_share"
    case replayRows = "replay_rows"
    case teacherCache = "teacher_cache"
    case skipMalformed = "skip_malformed"
  }

  /// Reads settings; keys that are left out keep their defaults, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    try values.read(.tasks, into: &tasks)
    try values.read(.data, into: &data)
    try values.read(.output, into: &output)
    student = try values.decodeIfPresent(String.self, forKey: .student)
    studentLayers = try values.decodeIfPresent([Int].self, forKey: .studentLayers)
    studentFrom = try values.decodeIfPresent(String.self, forKey: .studentFrom)
    vocabulary = try values.decodeIfPresent(String.self, forKey: .vocabulary)
    try values.read(.method, into: &method)
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature)
    replayShare = try values.decodeIfPresent(Double.self, forKey: .replayShare)
    replayRows = try values.decodeIfPresent(Int.self, forKey: .replayRows)
    teacherCache = try values.decodeIfPresent(String.self, forKey: .teacherCache)
    try values.read(.overwrite, into: &overwrite)
    skipMalformed = try values.decodeIfPresent(Bool.self, forKey: .skipMalformed)
    limit = try values.decodeIfPresent(Int.self, forKey: .limit)
    try values.read(.training, into: &training)
  }

  /// The settings as a file that runs the same run again, with what `resolved` says of the training.
  public func text(resolved training: TrainingSettings? = nil) throws -> String {
    var settings = self
    if let training { settings.training = training }
    settings.overwrite = false
    return try SettingsFile.text(
      settings,
      heading: [
        "A sequence of tasks, learnt one after the other by one student.",
        "Again: anneal distill --sequence FILE --output DIR",
      ])
  }
}
