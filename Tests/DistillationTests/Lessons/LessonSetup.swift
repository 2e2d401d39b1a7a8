import BERT
import GLUE
import Tensors
import TestSupport
import Tokenization
import Training

@testable import Distillation

/// A student, a teacher and a few rows of ids for lessons that are stepped without a run.
struct LessonSetup {
  let tokenizer: Tokenizer
  let student: ModelLearner
  let teacher: Teacher
  let rows: TaskRows
  let training: TrainingSettings

  /// Models without dropout, unless it is asked for; labels of the teacher in another order than the student's.
  init(dropout: Double = 0, seed: UInt64 = 5) throws {
    let words = (0..<35).map { "w\($0)" }
    tokenizer = try Tokenizer(
      vocabulary: Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words))
    let head = Head.sequenceClassification(labels: 2)
    student = ModelLearner(
      try TinyModels.model(head: head, dropout: dropout, seed: seed, labels: ["0", "1"]))
    teacher = try Teacher(
      model: TinyModels.model(head: head, hidden: 32, seed: seed + 1, labels: ["1", "0"]),
      tokenizer: tokenizer,
      task: GLUETask.named("SST-2"), studentLabels: ["0", "1"], studentTokenizer: tokenizer)
    let ids = TinyModels.batch([6, 9, 4, 7, 8, 5, 6, 7]).inputIDs.map { 5 + $0 % 35 }
    let lengths = [6, 9, 4, 7, 8, 5, 6, 7]
    var start = 0
    let sequences = lengths.map { length in
      defer { start += length }
      return [Int32(2)] + ids[start..<start + length - 2] + [3]
    }
    rows = TaskRows(
      inputIDs: sequences, tokenTypeIDs: sequences.map { $0.map { _ in 0 } },
      targets: sequences.indices.map { .label($0 % 2) })
    var training = TrainingSettings()
    (training.batchSize, training.maxGradNorm, training.weightDecay) = (4, 0, 0)
    training.dropout = dropout
    self.training = training
  }

  /// What a lesson is made of.
  func setting(
    objective: DistillationObjective? = nil, teacher: (any TeacherSource)? = nil, learningRate: Double = 1e-3
  ) throws -> LessonTable.Setting {
    LessonTable.Setting(
      student: student, tokenizer: tokenizer, task: try GLUETask.named("SST-2"), objective: objective,
      teacher: teacher ?? self.teacher, training: training, hasUnlabelledRows: false, rows: rows,
      learningRate: learningRate)
  }

  /// A step of a stage of 8 steps and 2 epochs.
  func step(_ number: Int = 0, rate: Double = 1e-3) -> Step {
    Step(
      SchedulePosition(step: number, stepCount: 8, epoch: number / 4, epochCount: 2), number: number,
      learningRate: rate, settings: training, rows: [])
  }

  /// The gradient of the classifier's bias that labels alone give, in a step that moves nothing.
  func slopeOfLabels(_ picked: [Int], _ step: Step) throws -> [Double] {
    _ = try ObjectiveLesson(student, Self.labelsAlone).take(draw(picked), step)
    let gradient = student.gradients.store.matrix("classifier.bias")
    return (0..<2).map { Double(gradient.base[$0]) }
  }

  /// What a learner answers to a batch, without dropout.  // [rows][labels]
  static func logits(_ learner: ModelLearner, _ batch: LabelledBatch) throws -> [[Double]] {
    guard let found = try learner.answer(batch).logits else { return [] }
    return (0..<found.rows).map { found.row($0).map(Double.init) }
  }

  /// What the teacher answers to a batch now.  // [rows][labels]
  func teacherLogits(_ batch: LabelledBatch) throws -> [[Double]] {
    let found = try teacher.differentiableLogits(batch.batch)
    return (0..<found.rows).map { found.row($0).map(Double.init) }
  }

  /// An objective of gold labels alone.
  static var labelsAlone: DistillationObjective {
    DistillationObjective(
      terms: [(LabelsTerm(name: "labels", labelSmoothing: 0, classWeights: nil), .constant(1))], teacher: nil,
      seed: 1)
  }

  /// A draw of some of the rows.
  func draw(_ picked: [Int]) -> Draw { Draw(rows.batch(picked)) }

  /// Settings of a lesson as a recipe writes them.
  static func options<Options: LessonOptions>(
    _ type: Options.Type, _ name: String, _ values: [String: Double]
  ) throws
    -> Options
  { try NamedSettings(name, values).options(type) }
}
