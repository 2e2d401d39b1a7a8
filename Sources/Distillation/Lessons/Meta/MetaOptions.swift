import Training

extension LessonTable.Entry {
  static let meta = LessonTable.Entry(
    "meta", summary: "a student, and a teacher that learns to teach it by quiz rows",
    needs: .teacher,
    cost:
      "about four times the student's step, and three forward and one backward passes of the teacher in each",
    needsTeacher: true,
    readsAnswers: false, heeds: ["label_smoothing", "class_weights"],
    rows: { named, setting in
      let options = try named.options(MetaOptions.self)
      let split = try QuizSplit(
        setting.rows, count: setting.count, share: options.quizShare, seed: setting.training.seed)
      return PlannedRows(
        setting.rows, only: split.rest, epochs: setting.epochs, stage: setting.stage,
        settings: setting.training)
    }
  ) { named, setting in try MetaLesson(named.options(MetaOptions.self, for: setting.task), setting) }
}

/// What `meta` can be told; the defaults are those of the release of Zhou and others 2022, where it has any.
struct MetaOptions: LessonOptions {
  /// What the teacher's answers count beside the labels, α.
  var alpha: Double
  /// The temperature of both answers.
  var temperature: Double
  /// How the distance to the teacher is measured: `kl` or `mse` of logits.
  var divergence: AnswerLoss.Kind
  /// How far the pilot step moves the student, ε.
  var pilotLearningRate: Double
  /// The teacher's largest learning rate.
  var teacherLearningRate: Double
  /// The share of the training rows, by class, that the student is asked about and never learns from.
  var quizShare: Double
  /// Rows of a quiz; as many as a batch has if left out.
  var quizBatchSize: Int?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case alpha, temperature, divergence
    case pilotLearningRate = "pilot_learning_rate"
    case teacherLearningRate = "teacher_learning_rate"
    case quizShare = "quiz_share"
    case quizBatchSize = "quiz_batch_size"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    alpha = try values.decodeIfPresent(Double.self, forKey: .alpha) ?? 0.5
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature) ?? 5
    divergence = try values.decodeIfPresent(AnswerLoss.Kind.self, forKey: .divergence) ?? .kl
    pilotLearningRate = try values.decodeIfPresent(Double.self, forKey: .pilotLearningRate) ?? 5e-5
    teacherLearningRate = try values.decodeIfPresent(Double.self, forKey: .teacherLearningRate) ?? 1e-5
    quizShare = try values.decodeIfPresent(Double.self, forKey: .quizShare) ?? 0.1
    quizBatchSize = try values.decodeIfPresent(Int.self, forKey: .quizBatchSize)
  }

  func validate() throws {
    try requireSetting("alpha", alpha, in: 0.0...1)
    try requireSetting("temperature", temperature, in: 0.01...1000)
    try requireSetting("pilot_learning_rate", pilotLearningRate, in: 0.0...10)
    try requireSetting("teacher_learning_rate", teacherLearningRate, in: 0.0...10)
    try requireSetting("quiz_share", quizShare, in: 0.001...0.9)
    if let quizBatchSize { try requireSetting("quiz_batch_size", quizBatchSize, in: 1...65536) }
    if divergence == .crossEntropy {
      throw DistillationError.settings(
        "divergence must be kl or mse: cross-entropy gives the student what kl gives it")
    }
  }
}
