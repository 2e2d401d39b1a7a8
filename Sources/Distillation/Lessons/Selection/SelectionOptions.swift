import Training

extension LessonTable.Entry {
  static let reinforced = LessonTable.Entry(
    "reinforced", summary: "a policy that learns which of several teachers to follow for each row",
    needs: .teachers,
    cost:
      "the logits of all rows once for each teacher; in each step a forward pass of the first teacher and the student",
    needsTeacher: true, heeds: ["label_smoothing", "class_weights"]
  ) { named, setting in
    try SelectionLesson(named.options(SelectionOptions.self, for: setting.task), setting)
  }
}

/// What `reinforced` can be told.
struct SelectionOptions: LessonOptions {
  /// What the policy is paid for: `labels` (minus the loss on gold labels), `loss` (minus the student's whole loss), or
  /// `accuracy` (half minus the loss on labels, half whether the answer is right).
  enum Reward: String, Codable, Sendable { case labels, loss, accuracy }

  /// What the teachers' answers count beside the labels.
  var alpha: Double
  /// The temperature of both answers.
  var temperature: Double
  var reward: Reward
  /// Epochs in which the student learns from all teachers and the policy from how right its choice would be.
  var warmup: Double
  /// The policy's largest learning rate.
  var policyLearningRate: Double

  enum CodingKeys: String, CodingKey, CaseIterable {
    case alpha, temperature, reward, warmup
    case policyLearningRate = "policy_learning_rate"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    alpha = try values.decodeIfPresent(Double.self, forKey: .alpha) ?? 0.5
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature) ?? 10
    reward = try values.decodeIfPresent(Reward.self, forKey: .reward) ?? .loss
    warmup = try values.decodeIfPresent(Double.self, forKey: .warmup) ?? 1
    policyLearningRate = try values.decodeIfPresent(Double.self, forKey: .policyLearningRate) ?? 1e-3
  }

  func validate() throws {
    try requireSetting("alpha", alpha, in: 0.0...1)
    try requireSetting("temperature", temperature, in: 0.01...1000)
    try requireSetting("warmup", warmup, in: 0.0...10_000)
    try requireSetting("policy_learning_rate", policyLearningRate, in: 0.0...10)
  }
}
