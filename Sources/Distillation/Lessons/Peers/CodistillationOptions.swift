import BERT
import Training

extension LessonTable.Entry {
  static let codistill = LessonTable.Entry(
    "codistill", summary: "peers that learn labels and each other's answers, fresh or stale",
    needs: .peers,
    cost: "the steps of every peer, and with exchange_steps above 1 a forward pass more of each",
    heeds: ["label_smoothing", "class_weights"]
  ) { named, setting in
    let options = try named.options(CodistillationOptions.self, for: setting.task)
    guard setting.objective == nil else {
      throw DistillationError.settings(
        "the lesson codistill has a loss of its own: leave its stage's terms out")
    }
    return try CodistillationLesson(options, setting)
  }
}

/// What `codistill` can be told.
struct CodistillationOptions: LessonOptions {
  /// The shapes of the other peers, `LxHxA[xI]`; one of the student's own shape if left out.
  var peers: [String]?
  /// After how many steps copies are exchanged; with 1 each hears what the others say in the same step.
  var exchangeSteps: Int
  /// Epochs in which each learns alone.
  var burnIn: Double
  /// How much the others' answers count.
  var weight: Double
  /// How the distance to them is measured: `kl`, `cross-entropy` or `mse`.
  var divergence: AnswerLoss.Kind
  /// The temperature of both sides.
  var temperature: Double

  /// The names in recipes.
  enum CodingKeys: String, CodingKey, CaseIterable {
    case peers, weight, divergence, temperature
    case exchangeSteps = "exchange_steps"
    case burnIn = "burn_in"
  }

  /// Reads them; unknown names are refused.
  init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    peers = try values.decodeIfPresent([String].self, forKey: .peers)
    exchangeSteps = try values.decodeIfPresent(Int.self, forKey: .exchangeSteps) ?? 1
    burnIn = try values.decodeIfPresent(Double.self, forKey: .burnIn) ?? 1
    weight = try values.decodeIfPresent(Double.self, forKey: .weight) ?? 1
    divergence = try values.decodeIfPresent(AnswerLoss.Kind.self, forKey: .divergence) ?? .kl
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature) ?? 1
  }

  /// Peers there are, and numbers that make sense.
  func validate() throws {
    if let peers, peers.isEmpty || peers.count > 16 {
      throw DistillationError.settings(
        "peers must be 1 to 16 shapes, such as 2x128x2,3x128x4; there are \(peers.count)")
    }
    try requireSetting("exchange_steps", exchangeSteps, in: 1...1_000_000)
    try requireSetting("burn_in", burnIn, in: 0.0...10_000)
    try requireSetting("weight", weight, in: 0.0...1000)
    try requireSetting("temperature", temperature, in: 0.01...1000)
  }
}
