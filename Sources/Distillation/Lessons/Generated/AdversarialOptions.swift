import BERT
import Files
import Training

extension LessonTable.Entry {
  static let mate = LessonTable.Entry(
    "mate", summary: "the terms on real rows, and the teacher on text that a generator makes to part the two",
    needs: .generator,
    cost: "in each step a pass of the generator, and teacher and student live on what it wrote",
    needsTeacher: true, heeds: [], files: { [try $0.options(AdversarialOptions.self).generator] }
  ) { named, setting in
    try AdversarialLesson(named.options(AdversarialOptions.self, for: setting.task), setting)
  }
}

/// What `mate` can be told; the defaults are those of the release of Rashid and others 2021, but for `divergence`.
struct AdversarialOptions: LessonOptions {
  /// The folder of a masked language model of the student's vocabulary.
  var generator: String
  /// The probability with which a token is masked.
  var maskProbability: Double
  /// Steps in which the generator learns, after so many in which the student does.
  var generatorSteps: Int
  var studentSteps: Int
  /// The generator's largest learning rate.
  var generatorLearningRate: Double
  /// The temperature of the Gumbel-softmax.
  var gumbelTemperature: Double
  /// How the two are told apart: `kl`, `cross-entropy` (as the release has it), or `mse` of logits.
  var divergence: AnswerLoss.Kind
  /// The temperature of both answers.
  var temperature: Double
  /// What the generated text counts beside the terms.
  var weight: Double
  /// Whether the logits to learn on generated text are scaled as the annealed term of the stage scales them.
  var anneal: Bool

  enum CodingKeys: String, CodingKey, CaseIterable {
    case generator, divergence, temperature, weight, anneal
    case maskProbability = "mask_probability"
    case generatorSteps = "generator_steps"
    case studentSteps = "student_steps"
    case generatorLearningRate = "generator_learning_rate"
    case gumbelTemperature = "gumbel_temperature"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    generator = try values.decodeIfPresent(String.self, forKey: .generator) ?? ""
    maskProbability = try values.decodeIfPresent(Double.self, forKey: .maskProbability) ?? 0.3
    generatorSteps = try values.decodeIfPresent(Int.self, forKey: .generatorSteps) ?? 10
    studentSteps = try values.decodeIfPresent(Int.self, forKey: .studentSteps) ?? 100
    generatorLearningRate = try values.decodeIfPresent(Double.self, forKey: .generatorLearningRate) ?? 5e-7
    gumbelTemperature = try values.decodeIfPresent(Double.self, forKey: .gumbelTemperature) ?? 1
    divergence = try values.decodeIfPresent(AnswerLoss.Kind.self, forKey: .divergence) ?? .kl
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature) ?? 1
    weight = try values.decodeIfPresent(Double.self, forKey: .weight) ?? 1.0 / 3
    anneal = try values.decodeIfPresent(Bool.self, forKey: .anneal) ?? false
  }

  func validate() throws {
    if generator.isEmpty {
      throw DistillationError.settings(
        "a generator is missing: give --generator DIR, a masked language model of the student's vocabulary, such as "
          + "one from anneal pretrain")
    }
    try requireSetting("mask_probability", maskProbability, in: 0.01...1)
    try requireSetting("generator_steps", generatorSteps, in: 0...1_000_000)
    try requireSetting("student_steps", studentSteps, in: 1...1_000_000)
    try requireSetting("generator_learning_rate", generatorLearningRate, in: 0.0...1)
    try requireSetting("gumbel_temperature", gumbelTemperature, in: 0.01...100)
    try requireSetting("temperature", temperature, in: 0.01...1000)
    try requireSetting("weight", weight, in: 0.0...1000)
    if anneal && divergence != .mse {
      throw DistillationError.settings("anneal scales logits: it needs divergence: mse")
    }
  }
}
