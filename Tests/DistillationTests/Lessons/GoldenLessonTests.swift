import BERT
import GLUE
import Tensors
import TestSupport
import Testing
import Tokenization
import Training

@testable import Distillation

/// What lessons move beside the student, against PyTorch's autograd.
@Suite struct GoldenLessonTests {
  private struct Mate: Decodable {
    var divergence: Double
    var temperature: Double
    var gumbelTemperature: Double

    enum CodingKeys: String, CodingKey {
      case divergence, temperature
      case gumbelTemperature = "gumbel_temperature"
    }
  }

  private struct Meta: Decodable {
    struct Case: Decodable {
      var quizLoss: Double
      enum CodingKeys: String, CodingKey { case quizLoss = "quiz_loss" }
    }
    var pilotLearningRate: Double
    var alpha: Double
    var temperature: Double
    var cases: [String: Case]

    enum CodingKeys: String, CodingKey {
      case alpha, temperature, cases
      case pilotLearningRate = "pilot_learning_rate"
    }
  }

  /// Student and teacher of a golden file, for rows of its ids.
  private struct Setup {
    let tokenizer: Tokenizer
    let student: ModelLearner
    let teacher: Teacher
    let training: TrainingSettings
    let task: GLUETask

    init(_ golden: GoldenTensors) throws {
      let words = (0..<56).map { "w\($0)" }
      tokenizer = try Tokenizer(
        vocabulary: Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words))
      task = try GLUETask.named("MNLI")
      let labels = task.labels ?? []
      func model(_ name: String, _ shape: String) throws -> BertModel {
        let model = try Setup.model(name, shape, .sequenceClassification(labels: 3), labels, golden)
        return model
      }
      student = ModelLearner(try model("student", "2x20x4x37"))
      teacher = try Teacher(
        model: model("teacher", "4x28x7x41"), tokenizer: tokenizer, task: task, studentLabels: labels,
        studentTokenizer: tokenizer)
      var training = TrainingSettings()
      (training.maxGradNorm, training.weightDecay) = (0, 0)
      self.training = training
    }

    static func model(
      _ name: String, _ shape: String, _ head: Head, _ labels: [String]?, _ golden: GoldenTensors
    ) throws -> BertModel {
      var config = try BertConfig(shape: shape, vocabSize: 61)
      config.maxPositionEmbeddings = try golden.shape("\(name).bert.embeddings.position_embeddings.weight")[0]
      (config.hiddenDropoutProb, config.attentionProbsDropoutProb, config.labels) = (0, 0, labels)
      let model = try BertModel(config: config, head: head, seed: 1)
      try golden.load(into: model, prefix: "\(name).")
      return model
    }

    func setting(_ rows: TaskRows, objective: DistillationObjective? = nil) -> LessonTable.Setting {
      LessonTable.Setting(
        student: student, tokenizer: tokenizer, task: task, objective: objective, teacher: teacher,
        training: training, hasUnlabelledRows: false, rows: rows, learningRate: 1e-3)
    }

    var step: Step {
      Step(
        SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1), number: 0, learningRate: 1e-3,
        settings: training, rows: [])
    }
  }

  private static func rows(_ ids: [Int32], width: Int) -> [[Int32]] {
    stride(from: 0, to: ids.count, by: width).map { Array(ids[$0..<$0 + width]) }
  }

  @Test func generatorsGradient() throws {
    let folder = GoldenFolder.own
    let golden = try folder.tensors("learners/mate")
    let facts = try folder.decode(Mate.self, from: "learners/mate.json")
    let setup = try Setup(golden)
    let ids = Self.rows(try golden.integers("ids"), width: 7)
    let rows = TaskRows(
      inputIDs: ids, tokenTypeIDs: ids.map { $0.map { _ in 0 } }, targets: ids.map { _ in nil })
    let hidden = try golden.integers("hidden")
    let noise = try golden.floats("noise")
    try withTemporaryDirectory { path in
      let model = try Setup.model("generator", "2x20x4x37", .maskedLM, nil, golden)
      try model.save(to: path, with: setup.tokenizer)
      let options = try NamedSettings(
        "mate", ["generator": path]
      ).options(AdversarialOptions.self).with {
        ($0.temperature, $0.gumbelTemperature) = (facts.temperature, facts.gumbelTemperature)
      }
      let term = try TermTable.standard.make(
        TermSettings("labels"), name: "labels",
        in: TermTable.Setting(student: setup.student.model.config, teacher: nil, isRegression: false))
      let lesson = try AdversarialLesson(
        options,
        setup.setting(
          rows, objective: DistillationObjective(terms: [(term, .constant(1))], teacher: nil, seed: 1)))
      for learner in lesson.learners { learner.begin(setup.training) }
      lesson.generator.learner.gradients.zero()
      let masked = MaskedRows(rows.batch([0, 1, 2, 3]), setup.tokenizer, mask: 4) { hidden[$1] == 1 }
      let made = try lesson.generator.gumbel(
        masked, temperature: options.gumbelTemperature, in: setup.step
      ) { Double(noise[$0 * 61 + $1]) }
      #expect(made.ids == (try golden.integers("filled")))
      let found = try lesson.addGeneratorGradient(masked, made, count: 4, setup.step)
      #expect(abs(found - facts.divergence) < 1e-5 * facts.divergence)
      let differences = try golden.differences(
        of: lesson.generator.learner.gradients.store, prefix: "grad.")
      #expect(differences.isEmpty, "\(differences)")
    }
  }

  /// `J v` is a difference of single-precision passes: what it costs is held against the largest entry of all.
  @Test(arguments: [("kl", AnswerLoss.Kind.kl), ("mse", .mse)])
  func teachersGradient(name: String, divergence: AnswerLoss.Kind) throws {
    let folder = GoldenFolder.own
    let golden = try folder.tensors("learners/meta")
    let facts = try folder.decode(Meta.self, from: "learners/meta.json")
    let setup = try Setup(golden)
    let ids = Self.rows(try golden.integers("ids") + golden.integers("quiz"), width: 7)
    let labels = try golden.integers("labels") + golden.integers("quiz_labels")
    let rows = TaskRows(
      inputIDs: ids, tokenTypeIDs: ids.map { $0.map { _ in 0 } }, targets: labels.map { .label(Int($0)) })
    let options = try NamedSettings("meta").options(MetaOptions.self).with {
      ($0.pilotLearningRate, $0.alpha, $0.temperature) =
        (facts.pilotLearningRate, facts.alpha, facts.temperature)
      $0.divergence = divergence
    }
    let lesson = try MetaLesson(options, setup.setting(rows), asked: [5, 6, 7, 8])
    for learner in lesson.learners { learner.begin(setup.training) }
    let draw = Draw(rows.batch([0, 1, 2, 3, 4]))
    let quizLoss = try lesson.pilot(draw, setup.step)
    let expected = try #require(facts.cases[name]).quizLoss
    #expect(abs(quizLoss - expected) < 1e-5 * expected)
    try lesson.teach(draw, setup.step)
    let store = lesson.learners[1].gradients.store
    var (worst, largest) = (0.0, 0.0)
    for entry in store.layout.entries {
      let wanted = try golden.floats("\(name).grad.\(entry.name)")
      for i in 0..<entry.count {
        worst = max(worst, abs(Double(store.values.base[entry.offset + i]) - Double(wanted[i])))
        largest = max(largest, abs(Double(wanted[i])))
      }
    }
    #expect(worst < 5e-4 * largest, "\(worst / largest) of the largest entry")
  }
}

extension LessonOptions {
  /// A copy with changes.
  func with(_ change: (inout Self) -> Void) -> Self {
    var copy = self
    change(&copy)
    return copy
  }
}
