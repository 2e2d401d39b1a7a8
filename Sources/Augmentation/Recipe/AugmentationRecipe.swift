public import GLUE
import Training

/// Which rows are made of a task's own: kinds with their amounts, and where random numbers start.
///
/// A value that is written as a small YAML file. The same recipe makes the same rows of the same task, with any number
/// of threads.
public struct AugmentationRecipe: Sendable, Equatable {
  /// Where random numbers start; not the seed of a run, so that runs of several seeds share their teacher's answers.
  public var seed: UInt64 = 1
  /// What is made, in this order.
  public var steps: [AugmentationStep]

  /// A recipe of steps.
  public init(seed: UInt64 = 1, steps: [AugmentationStep]) { (self.seed, self.steps) = (seed, steps) }

  /// Throws `TrainingError.settings` where it cannot be, or not for rows of that task.
  public func check(for task: GLUETask) throws {
    if steps.isEmpty { throw TrainingError.settings("a recipe of made text makes nothing: make is empty") }
    for step in steps { try step.check(hasPairs: task.hasPairs, task: task.name) }
  }

  /// Gives a model to steps that need one and name none: `maskedLM` to those that are of masked-language models,
  /// `embeddings` to the others; where no step needs it, one is added.
  public mutating func use(maskedLM: String? = nil, embeddings: String? = nil) {
    for (model, kinds) in [
      (maskedLM, [AugmentationKind.maskedLM, .rewritten]), (embeddings, [AugmentationKind.nearest]),
    ] {
      guard let model else { continue }
      if !steps.contains(where: { kinds.contains($0.kind) }) { steps.append(AugmentationStep(kinds[0])) }
      for step in steps.indices where kinds.contains(steps[step].kind) && steps[step].model == nil {
        steps[step].model = model
      }
    }
  }

  /// The tasks and files whose rows it takes, in order, each once.
  public var others: [String] {
    var found: [String] = []
    for name in steps.flatMap({ $0.from ?? [] }) where !found.contains(name) { found.append(name) }
    return found
  }
}

extension AugmentationRecipe: Codable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case seed
    case steps = "make"
  }

  /// Reads a recipe; unknown keys and kinds are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    self.init(steps: try values.decode([AugmentationStep].self, forKey: .steps))
    try values.read(.seed, into: &seed)
    if steps.isEmpty {
      throw DecodingError.dataCorruptedError(
        forKey: .steps, in: values, debugDescription: "a recipe of made text has to make something")
    }
  }
}

extension AugmentationRecipe {
  /// About how many rows `auto` makes at most: more cost more time than they are worth.
  public static let mostRowsByDefault = 40_000

  /// What is made where nobody says otherwise, for a task of so many rows.
  ///
  /// Single texts: some words substituted, three times a row. Pairs: three partners that share a rare word, and three times a
  /// text with its own corruption. Pairs with a score: two corruptions, two
  /// partners, one at random, and for every row the last two, which a score tells apart. Of many rows, the same shares of fewer.
  public static func auto(for task: GLUETask, rows count: Int) -> AugmentationRecipe {
    let steps: [AugmentationStep] =
      if !task.hasPairs {
        [.init(.corrupted, rows: 3, words: [.substitute])]
      } else if task.isRegression {
        [
          .init(.corrupted, rows: 2), .init(.ownCorruption, rows: 1), .init(.swappedSides, rows: 1),
          .init(.rarePartner, rows: 2), .init(.randomPartner, rows: 1),
        ]
      } else {
        [.init(.rarePartner, rows: 3), .init(.ownCorruption, rows: 3)]
      }
    let all = steps.reduce(0) { $0 + ($1.rows ?? 1) } * Double(max(count, 1))
    let scale = min(1, Double(mostRowsByDefault) / all)
    return AugmentationRecipe(
      steps: steps.map { step in
        var step = step
        step.rows = ((step.rows ?? 1) * scale * 1e4).rounded(.down) / 1e4
        return step
      })
  }
}
