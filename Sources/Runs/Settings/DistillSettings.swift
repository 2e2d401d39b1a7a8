import BERT
public import Distillation
public import Files
public import GLUE
import Tokenization
public import Training

/// Everything that decides a distillation run.
public struct DistillSettings: TaskRunSettings {
  /// The task, by its GLUE name such as `SST-2`.
  public var task: String
  /// The folder that holds a folder for each task.
  public var data = "tasks"
  /// The run folder.
  public var output: String
  /// The teacher's directory; not needed by the method `labels` with a shape and a vocabulary.
  public var teacher: String?
  /// More teachers, whose logits are averaged with the first one's; its layers alone are compared.
  public var otherTeachers: [String]?
  /// The weight of each teacher in the average, the first one's first; equal if left out.
  public var teacherWeights: [Double]?
  /// What of several teachers is averaged; `probabilities` if left out.
  public var teacherAverage: TeacherAverage?
  /// How the anchors of the teacher's way are used; `equal` for `rco` and `pro-kd`, else not at all if left out.
  public var anchors: AnchorUse?
  /// The largest stride of `greedy`, in nats (squared points for scores); 0.1 if left out.
  public var anchorThreshold: Double?
  /// How many seeds of the teacher there are to be, itself included: the others are fine-tuned as its run says.
  public var teacherSeeds: Int?
  /// Files of answers to the rows, which teach instead of a model or are averaged with it.
  public var teacherAnswers: [String]?
  /// The task's label for names that those files have.
  public var teacherLabels: [String: String]?
  /// In which units scores of those files are; the task's own if left out.
  public var teacherScores: TeacherScores?
  /// How sure such an answer has to be for its row to be learnt from.
  public var minConfidence: Double?
  /// Whether rows without an answer there are left out instead of refused.
  public var skipUnanswered: Bool?
  /// The student: a shape `LxHxA[xI]` from scratch, or a checkpoint directory.
  public var student: String?
  /// Or a student made of these layers of the teacher, from 1; with a shape too, cut to its width.
  public var studentLayers: [Int]?
  /// The checkpoint whose layers they are, where they are not the teacher's.
  public var studentFrom: String?
  /// The student's vocabulary, where it is not the teacher's.
  public var vocabulary: String?
  /// The method by name.
  public var method = "annealing-intermediate"
  /// The method written out, instead of a name.
  public var recipe: Recipe?
  /// Teacher assistants between teacher and student, each a shape or layers of the one before such as `1+3+5`.
  public var assistants: [String]?
  /// Replaces the temperature of every term that has one.
  public var temperature: Double?
  /// Replaces τmax of the annealed terms.
  public var maxTemperature: Int?
  /// Replaces where the scale of the annealed terms changes.
  public var annealBy: AnnealingUnit?
  /// Replaces the layer map of every term that compares layers.
  public var layerMap: LayerMap?
  /// Replaces how often the teacher is asked with dropout by terms that go by how unsure it is.
  public var uncertaintyPasses: Int?
  /// Replaces the epochs of the stages, one number a stage.
  public var stageEpochs: [Int]?
  /// Replaces what the stages read: a name among the rows, such as `importance`.
  public var rows: NamedSettings?
  /// Replaces the weights of terms by their names.
  public var weights: [String: Double] = [:]
  /// Replaces settings of the method's lesson by their names.
  public var lesson: [String: JSONValue]?
  /// A folder for the teacher's outputs, shared between runs; in memory if left out.
  public var teacherCache: String?
  /// Whether the teacher's hidden states and attention are kept there too, in half precision.
  public var cacheStates: Bool?
  /// Whether a run that is in the folder already is removed first.
  public var overwrite = false
  /// Files of texts without labels that the student learns from too, by what the teacher says of them.
  public var unlabelled: [String]?
  /// Text that is made of the task's own rows and learnt from in the same way; none if left out.
  public var augment: AugmentSetting?
  /// Whether lines whose columns do not fit are left out, instead of refused.
  public var skipMalformed: Bool?
  /// Which columns of a task of one's own hold what, where their names do not say so.
  public var columns: TaskColumns?
  /// The share of the training rows that are dev rows, in a task of one's own without a file of those.
  public var devShare: Double?
  /// How many training rows are used, from the first; all if left out.
  public var limit: Int?
  /// The share of the training rows, the last of each class, that the run is measured on in the place of dev and does not
  /// learn from; none if left out.
  public var heldOutShare: Double?
  /// What is to be reached, where method, epochs and the like are to be found: a run of the kind `Reach`.
  public var goal: Goal?
  /// The optimizer, the batches, the length.
  public var training = TrainingSettings()

  /// Settings with everything at its default; give a teacher, and a student or layers for it.
  public init(task: String, output: String) {
    self.task = task
    self.output = output
  }

  /// Teachers, checkpoints of the student, the vocabulary, texts without labels.
  public var sources: [String] {
    [teacher, student, studentFrom, vocabulary].compactMap { $0 } + (otherTeachers ?? []) + (unlabelled ?? [])
      + (teacherAnswers ?? [])
      + (lesson ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value.texts).filter { Files.exists($0) }
      + (augment?.sources ?? [])
  }

  /// Without places, threads and caches.
  public var comparable: DistillSettings {
    var settings = self
    (settings.output, settings.overwrite, settings.training.threads) = ("", false, nil)
    settings.training.overlapComm = nil
    settings.teacherCache = nil
    return settings
  }

  /// Names the model of a run wherever the run's folder is given for it: as teacher, student or origin of its layers.
  public mutating func resolveModels() {
    (teacher, studentFrom) = (teacher.map(RunFolder.model(at:)), studentFrom.map(RunFolder.model(at:)))
    otherTeachers = otherTeachers?.map(RunFolder.model(at:))
    student = student.map(RunFolder.model(at:))
    if case .text(let generator)? = lesson?["generator"] {
      lesson?["generator"] = .text(RunFolder.model(at: generator))
    }
    augment?.resolveModels()
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case task, data, output, teacher, student, method, recipe, assistants, temperature, weights, overwrite,
      lesson, unlabelled, augment, limit, columns, training, rows, anchors, goal
    case heldOutShare = "held_out_share"
    case anchorThreshold = "anchor_threshold"
    case teacherSeeds = "teacher_seeds"
    case otherTeachers = "other_teachers"
    case teacherWeights = "teacher_weights"
    case teacherAverage = "teacher_average"
    case studentLayers = "student_layers"
    case studentFrom = "student_from"
    case vocabulary = "vocab"
    case maxTemperature = "max_temperature"
    case annealBy = "anneal_by"
    case layerMap = "layer_map"
    case uncertaintyPasses = "uncertainty_passes"
    case stageEpochs = "stage_epochs"
    case teacherAnswers = "teacher_answers"
    case teacherLabels = "teacher_labels"
    case teacherScores = "teacher_scores"
    case minConfidence = "min_confidence"
    case skipUnanswered = "skip_unanswered"
    case teacherCache = "teacher_cache"
    case cacheStates = "cache_states"
    case skipMalformed = "skip_malformed"
    case devShare = "dev_share"
  }

  /// Reads settings; keys that are left out keep their defaults, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    task = try values.decodeIfPresent(String.self, forKey: .task) ?? ""
    output = try values.decodeIfPresent(String.self, forKey: .output) ?? ""
    try values.read(.data, into: &data)
    teacher = try values.decodeIfPresent(String.self, forKey: .teacher)
    student = try values.decodeIfPresent(String.self, forKey: .student)
    otherTeachers = try values.decodeIfPresent([String].self, forKey: .otherTeachers)
    teacherWeights = try values.decodeIfPresent([Double].self, forKey: .teacherWeights)
    teacherAverage = try values.decodeIfPresent(TeacherAverage.self, forKey: .teacherAverage)
    anchors = try values.decodeIfPresent(AnchorUse.self, forKey: .anchors)
    anchorThreshold = try values.decodeIfPresent(Double.self, forKey: .anchorThreshold)
    teacherSeeds = try values.decodeIfPresent(Int.self, forKey: .teacherSeeds)
    teacherAnswers = try values.decodeIfPresent([String].self, forKey: .teacherAnswers)
    teacherLabels = try values.decodeIfPresent([String: String].self, forKey: .teacherLabels)
    teacherScores = try values.decodeIfPresent(TeacherScores.self, forKey: .teacherScores)
    minConfidence = try values.decodeIfPresent(Double.self, forKey: .minConfidence)
    skipUnanswered = try values.decodeIfPresent(Bool.self, forKey: .skipUnanswered)
    studentLayers = try values.decodeIfPresent([Int].self, forKey: .studentLayers)
    studentFrom = try values.decodeIfPresent(String.self, forKey: .studentFrom)
    vocabulary = try values.decodeIfPresent(String.self, forKey: .vocabulary)
    try values.read(.method, into: &method)
    recipe = try values.decodeIfPresent(Recipe.self, forKey: .recipe)
    assistants = try values.decodeIfPresent([String].self, forKey: .assistants)
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature)
    maxTemperature = try values.decodeIfPresent(Int.self, forKey: .maxTemperature)
    annealBy = try values.decodeIfPresent(AnnealingUnit.self, forKey: .annealBy)
    layerMap = try values.decodeIfPresent(LayerMap.self, forKey: .layerMap)
    uncertaintyPasses = try values.decodeIfPresent(Int.self, forKey: .uncertaintyPasses)
    stageEpochs = try values.decodeIfPresent([Int].self, forKey: .stageEpochs)
    rows = try values.decodeIfPresent(NamedSettings.self, forKey: .rows)
    try values.read(.weights, into: &weights)
    lesson = try values.decodeIfPresent([String: JSONValue].self, forKey: .lesson)
    teacherCache = try values.decodeIfPresent(String.self, forKey: .teacherCache)
    cacheStates = try values.decodeIfPresent(Bool.self, forKey: .cacheStates)
    try values.read(.overwrite, into: &overwrite)
    unlabelled = try values.decodeIfPresent([String].self, forKey: .unlabelled)
    augment = try values.decodeIfPresent(AugmentSetting.self, forKey: .augment)
    skipMalformed = try values.decodeIfPresent(Bool.self, forKey: .skipMalformed)
    columns = try values.decodeIfPresent(TaskColumns.self, forKey: .columns)
    devShare = try values.decodeIfPresent(Double.self, forKey: .devShare)
    limit = try values.decodeIfPresent(Int.self, forKey: .limit)
    heldOutShare = try values.decodeIfPresent(Double.self, forKey: .heldOutShare)
    goal = try values.decodeIfPresent(Goal.self, forKey: .goal)
    if goal != nil && goal?.methods == nil && values.contains(.method) { goal?.methods = [method] }
    try values.read(.training, into: &training)
  }
}

extension DistillSettings {
  /// What the student is made of.
  func student(
    for task: GLUETask, training: TrainingSettings, scale: ScoreScale? = nil,
    teacher: (model: BertModel, tokenizer: Tokenizer)?
  ) -> StudentBuilder.Source {
    var source = StudentBuilder.Source(task: task, training: training, teacher: teacher)
    (source.student, source.layers, source.scale) = (student, studentLayers, scale)
    (source.from, source.vocabulary) = (studentFrom, vocabulary)
    return source
  }
}
