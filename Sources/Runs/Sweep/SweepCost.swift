import BERT
import Distillation
import Files
import GLUE
import Training

/// About what a run of a sweep costs beside the others, from what is known before any of them begins.
///
/// Text read × products of a token: bytes of training rows × epochs × `layers · (4 h² + 2 h i)`, three times for what learns
/// (states, their gradients, those of the weights), and of a teacher as often as it is asked.
enum SweepCost {
  /// The cost; 0 where nothing can be known, which the run itself says.
  static func of(_ job: SweepJob, teachers: [String: SweepJob]) -> Double {
    if let settings = job.settings as? FinetuneSettings { return (try? of(settings)) ?? 0 }
    if let settings = job.settings as? DistillSettings {
      return (try? of(settings, teacher: teachers[job.task].flatMap(config))) ?? 0
    }
    guard let sequence = job.settings as? SequenceSettings else { return 0 }
    return sequence.tasks.reduce(0) { sum, task in
      var one = DistillSettings(task: task.task, output: sequence.output)
      (one.data, one.limit, one.columns, one.devShare) = (
        sequence.data, sequence.limit, task.columns, task.devShare
      )
      (one.student, one.studentLayers, one.studentFrom) = (
        sequence.student, sequence.studentLayers, sequence.studentFrom
      )
      (one.method, one.teacher, one.training) = (sequence.method, task.teacher, sequence.training)
      one.training.epochs = task.epochs ?? one.training.epochs
      return sum + ((try? of(one, teacher: teachers[task.task].flatMap(config))) ?? 0)
    }
  }

  private static func of(_ settings: FinetuneSettings) throws -> Double {
    guard let model = try config(settings) else { return 0 }
    let text = try Text(settings)
    return text.bytes * Double(try text.epochs(settings.training, isPretrained: settings.model != nil))
      * 3 * products(model)
  }

  private static func of(_ settings: DistillSettings, teacher: BertConfig?) throws -> Double {
    let teacher = try teacher ?? settings.teacher.flatMap(stored)
    let student = try config(settings, teacher: teacher)
    let text = try Text(settings)
    let method = try RecipeStages(settings, with: .standard)
    var training = settings.training
    training.epochs = try text.epochs(
      training, isPretrained: settings.studentLayers != nil || settings.student.map(Files.isDirectory) == true
    )
    let epochs = Double(try method.epochs(training).reduce(0, +))
    var asked = 0.0
    if method.needsTeacher { asked = try method.intermediateTerm() == nil ? 1 : epochs }
    return text.bytes
      * (epochs * 3 * (student.map(products) ?? 0) + asked * (teacher.map(products) ?? 0))
  }

  /// Multiplications of one token's way through a model, without those of attention over others.
  private static func products(_ config: BertConfig) -> Double {
    let (hidden, inner) = (Double(config.hiddenSize), Double(config.intermediateSize))
    return Double(config.numHiddenLayers) * (4 * hidden * hidden + 2 * hidden * inner)
  }

  private static func config(_ job: SweepJob) -> BertConfig? {
    (job.settings as? FinetuneSettings).flatMap { try? config($0) }
  }

  private static func config(_ settings: FinetuneSettings) throws -> BertConfig? {
    if let shape = settings.shape { return try BertConfig(shape: shape, vocabSize: 1) }
    return try settings.model.flatMap(stored)
  }

  private static func config(_ settings: DistillSettings, teacher: BertConfig?) throws -> BertConfig? {
    if let layers = settings.studentLayers {
      var config = try settings.studentFrom.flatMap(stored) ?? teacher
      config?.numHiddenLayers = layers.count
      return config
    }
    guard let student = settings.student else { return teacher }
    return Files.isDirectory(student) ? try stored(student) : try BertConfig(shape: student, vocabSize: 1)
  }

  private static func stored(_ directory: String) throws -> BertConfig? {
    let file = directory + "/config.json"
    return Files.exists(file) ? try BertConfig(file: file) : nil
  }

  /// The training rows as far as a run reads them.
  private struct Text {
    let task: GLUETask
    let rows: Int
    let bytes: Double

    init(_ settings: some TaskRunSettings) throws {
      task = try settings.namedTask()
      let file = try MappedFile(task.file(for: .train, in: settings.data))
      let lines = max(file.bytes.count { $0 == UInt8(ascii: "\n") }, 1)
      rows = min(lines, settings.limit ?? .max)
      bytes = Double(file.bytes.count) * Double(rows) / Double(lines)
    }

    func epochs(_ training: TrainingSettings, isPretrained: Bool) throws -> Int {
      try training.resolved(for: task, rows: rows, isPretrained: isPretrained).epochs ?? 1
    }
  }
}
