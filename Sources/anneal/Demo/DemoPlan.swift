import Distillation
import Runs
import Training

/// What `anneal demo` runs: one teacher and three students of one small shape on an embedded task.
struct DemoPlan {
  /// A student: how it is called and what it learns from.
  struct Student {
    let name: String
    let about: String
    let method: String
    let stageEpochs: [Int]
  }

  /// The folder of the runs and of the report.
  var output = "runs/demo"
  var seed: UInt64 = 1
  var threads: Int?

  let task = "SST-2"
  let teacherShape = "3x128x4"
  let teacherEpochs = 16
  let studentShape = "1x64x2"
  /// All students take as many epochs, so that none has merely seen the rows more often.
  let students = [
    Student(name: "labels", about: "labels alone", method: "labels", stageEpochs: [60]),
    Student(name: "annealing", about: "annealed logits", method: "annealing", stageEpochs: [45, 15]),
    Student(
      name: "annealing-intermediate", about: "annealed logits + hidden + attention",
      method: "annealing-intermediate", stageEpochs: [45, 15]),
  ]

  /// Where the teacher's run goes.
  var teacherFolder: String { output + "/teacher" }

  /// The teacher's settings.
  var teacherSettings: FinetuneSettings {
    var settings = FinetuneSettings(task: task, output: teacherFolder)
    settings.data = EmbeddedFiles.tasks
    settings.shape = teacherShape
    settings.vocabulary = EmbeddedFiles.vocabulary
    settings.overwrite = true
    settings.training = training(learningRate: 4e-4)
    settings.training.epochs = teacherEpochs
    return settings
  }

  /// A student's settings.
  func settings(of student: Student) -> DistillSettings {
    var settings = DistillSettings(task: task, output: output + "/" + student.name)
    settings.data = EmbeddedFiles.tasks
    settings.teacher = RunFolder(teacherFolder).model
    settings.student = studentShape
    settings.method = student.method
    settings.stageEpochs = student.stageEpochs
    settings.overwrite = true
    settings.training = training(learningRate: 1e-3)
    return settings
  }

  private func training(learningRate: Double) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.learningRate = learningRate
    settings.batchSize = 16
    settings.lengthWindow = 8
    settings.maxLength = 64
    settings.seed = seed
    settings.threads = threads
    return settings
  }
}
