import Training

extension LessonTable.Entry {
  static let minimaxKNN = LessonTable.Entry(
    "minimax-knn",
    summary: "the terms on real rows, and the teacher on those neighbours of them that part the two most",
    needs: .text,
    cost:
      "the teacher on the whole bank once; in each step a forward pass over all candidates, and a step on the chosen",
    needsTeacher: true, heeds: [], files: { try $0.options(NeighbourOptions.self).bank }
  ) { named, setting in
    try NeighbourLesson(named.options(NeighbourOptions.self, for: setting.task), setting)
  }
}

/// What `minimax-knn` can be told; the defaults are those of the release of Kamalloo and others 2021, where it has any.
struct NeighbourOptions: LessonOptions {
  /// Files of texts without labels, one a line, or two with a tab between them for a task of pairs.
  var bank: [String]
  /// The nearest texts of the bank that are kept for each row.
  var candidates: Int
  /// How many of them are learnt from in a step.
  var augments: Int
  /// The angles between the teacher's vectors that a candidate may have, as parts of half a turn.
  var minDistance: Double
  var maxDistance: Double
  /// The epoch from which on they are learnt from, counted from 1.
  var startEpoch: Int
  /// What they count beside the terms.
  var weight: Double
  var temperature: Double
  var divergence: AnswerLoss.Kind

  enum CodingKeys: String, CodingKey, CaseIterable {
    case bank, candidates, augments, weight, temperature, divergence
    case minDistance = "min_distance"
    case maxDistance = "max_distance"
    case startEpoch = "start_epoch"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    bank = try values.decodeIfPresent([String].self, forKey: .bank) ?? []
    candidates = try values.decodeIfPresent(Int.self, forKey: .candidates) ?? 8
    augments = try values.decodeIfPresent(Int.self, forKey: .augments) ?? 1
    minDistance = try values.decodeIfPresent(Double.self, forKey: .minDistance) ?? 0
    maxDistance = try values.decodeIfPresent(Double.self, forKey: .maxDistance) ?? 0.3
    startEpoch = try values.decodeIfPresent(Int.self, forKey: .startEpoch) ?? 1
    weight = try values.decodeIfPresent(Double.self, forKey: .weight) ?? 0.5
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature) ?? 2
    divergence = try values.decodeIfPresent(AnswerLoss.Kind.self, forKey: .divergence) ?? .kl
  }

  func validate() throws {
    if bank.isEmpty {
      throw DistillationError.settings(
        "a bank is missing: give --bank FILE, texts without labels, one a line")
    }
    try requireSetting("candidates", candidates, in: 1...1024)
    try requireSetting("augments", augments, in: 1...candidates)
    try requireSetting("min_distance", minDistance, in: 0.0...1)
    try requireSetting("max_distance", maxDistance, in: minDistance...1)
    try requireSetting("start_epoch", startEpoch, in: 1...10_000)
    try requireSetting("weight", weight, in: 0.0...1000)
    try requireSetting("temperature", temperature, in: 0.01...1000)
  }
}
