public import Training

/// Everything that decides a distillation run.
public struct DistillSettings: Codable, Sendable, Equatable {
  /// The task, by its GLUE name such as `SST-2`.
  public var task: String
  /// The folder that holds a folder for each task.
  public var data = "tasks"
  /// The run folder.
  public var output: String
  /// The teacher's directory; not needed by the method `labels` with a shape and a vocabulary.
  public var teacher: String?
  /// The student: a shape `LxHxA[xI]` from scratch, or a checkpoint directory.
  public var student: String?
  /// Or a student made of these layers of the teacher, from 1.
  public var studentLayers: [Int]?
  /// The student's vocabulary, where it is not the teacher's.
  public var vocabulary: String?
  /// The method by name.
  public var method = "annealing-intermediate"
  /// The method written out, instead of a name.
  public var recipe: Recipe?
  /// Replaces the temperature of every term that has one.
  public var temperature: Double?
  /// Replaces τmax of the annealed terms.
  public var maxTemperature: Int?
  /// Replaces the layer map of every term that compares layers.
  public var layerMap: LayerMap?
  /// Replaces the epochs of the stages, one number a stage.
  public var stageEpochs: [Int]?
  /// Replaces the weights of terms by their names.
  public var weights: [String: Double] = [:]
  /// A folder for the teacher's outputs, shared between runs; in memory if left out.
  public var teacherCache: String?
  /// Whether the teacher's hidden states and attention are kept there too, in half precision.
  public var cacheStates: Bool?
  /// Whether a run that is in the folder already is removed first.
  public var overwrite = false
  /// How many training rows are used, from the first; all if left out.
  public var limit: Int?
  /// The optimizer, the batches, the length.
  public var training = TrainingSettings()

  /// Settings with everything at its default; give a teacher, and a student or layers for it.
  public init(task: String, output: String) {
    self.task = task
    self.output = output
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case task, data, output, teacher, student, method, recipe, temperature, weights, overwrite, limit,
      training
    case studentLayers = "student_layers"
    case vocabulary = "vocab"
    case maxTemperature = "max_temperature"
    case layerMap = "layer_map"
    case stageEpochs = "stage_epochs"
    case teacherCache = "teacher_cache"
    case cacheStates = "cache_states"
  }

  /// Reads settings; keys that are left out keep their defaults, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    task = try values.decodeIfPresent(String.self, forKey: .task) ?? ""
    output = try values.decodeIfPresent(String.self, forKey: .output) ?? ""
    try values.read(.data, into: &data)
    teacher = try values.decodeIfPresent(String.self, forKey: .teacher)
    student = try values.decodeIfPresent(String.self, forKey: .student)
    studentLayers = try values.decodeIfPresent([Int].self, forKey: .studentLayers)
    vocabulary = try values.decodeIfPresent(String.self, forKey: .vocabulary)
    try values.read(.method, into: &method)
    recipe = try values.decodeIfPresent(Recipe.self, forKey: .recipe)
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature)
    maxTemperature = try values.decodeIfPresent(Int.self, forKey: .maxTemperature)
    layerMap = try values.decodeIfPresent(LayerMap.self, forKey: .layerMap)
    stageEpochs = try values.decodeIfPresent([Int].self, forKey: .stageEpochs)
    try values.read(.weights, into: &weights)
    teacherCache = try values.decodeIfPresent(String.self, forKey: .teacherCache)
    cacheStates = try values.decodeIfPresent(Bool.self, forKey: .cacheStates)
    try values.read(.overwrite, into: &overwrite)
    limit = try values.decodeIfPresent(Int.self, forKey: .limit)
    try values.read(.training, into: &training)
  }
}
