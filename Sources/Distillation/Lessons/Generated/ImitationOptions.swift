import Glibc
import Training

extension LessonTable.Entry {
  static let imitation = LessonTable.Entry(
    "imitation",
    summary: "the terms on rows of which more and more are rewritten, and labelled by the teacher",
    needs: .generator, cost: "in each step a pass of the generator and of the teacher, live",
    needsTeacher: true, heeds: [], files: { [try $0.options(ImitationOptions.self).generator] }
  ) { named, setting in
    try ImitationLesson(named.options(ImitationOptions.self, for: setting.task), setting)
  }
}

/// What `imitation` can be told.
struct ImitationOptions: LessonOptions {
  /// How the share of real rows falls from 1.
  enum Decay: String, Codable, Sendable { case exponential, linear, sigmoid }
  /// Which tokens are rewritten: any, or those that the student's answer hangs on.
  enum Places: String, Codable, Sendable { case random, attention, gradient }

  /// The folder of a masked language model of the student's vocabulary.
  var generator: String
  var decay: Decay
  var places: Places
  /// The share of a row's tokens that is rewritten.
  var share: Double
  /// The temperature at which the generator is drawn from.
  var temperature: Double

  /// The temperature is the generator's.
  static let idleWithScores: Set<String> = []

  enum CodingKeys: String, CodingKey, CaseIterable { case generator, decay, places, share, temperature }

  init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    generator = try values.decodeIfPresent(String.self, forKey: .generator) ?? ""
    decay = try values.decodeIfPresent(Decay.self, forKey: .decay) ?? .exponential
    places = try values.decodeIfPresent(Places.self, forKey: .places) ?? .random
    share = try values.decodeIfPresent(Double.self, forKey: .share) ?? 0.3
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature) ?? 1
  }

  func validate() throws {
    if generator.isEmpty {
      throw DistillationError.settings(
        "a generator is missing: give --generator DIR, a masked language model of the student's vocabulary, such as "
          + "one from anneal pretrain")
    }
    try requireSetting("share", share, in: 0.01...1)
    try requireSetting("temperature", temperature, in: 0.01...100)
  }

  /// The share of real rows, β, where a part t / N of the stage is over.
  ///
  /// `exponential`: `200^(-t/N)` (Lin and others 2020, section 5); `linear`: `1 - t/N`; `sigmoid`: `1 / (1 + e^(12 (t/N -
  /// 1/2)))`, which stays near 1 and near 0 for a while.
  func realShare(_ progress: Double) -> Double {
    switch decay {
    case .exponential: pow(200, -progress)
    case .linear: 1 - progress
    case .sigmoid: 1 / (1 + exp(12 * (progress - 0.5)))
    }
  }
}
