import BERT
import GLUE
import Training

/// Whether a run's steps can reach the scores of a task of one's own.
struct ScoreReach {
  private let run: PreparedRun
  private let data: TaskData
  /// The scores as the model learns them.
  private let targets: [Double]

  init(_ run: PreparedRun, _ data: TaskData) {
    (self.run, self.data) = (run, data)
    targets =
      data.task.hasFreeScores
      ? run.train.targets.compactMap { if case .score(let score) = $0 { Double(score) } else { nil } } : []
  }

  /// Sentences about scores that will not be learnt, or look like mistakes.
  var odd: [String] {
    guard !targets.isEmpty else { return [] }
    var odd: [String] = []
    let size = (targets.reduce(0) { $0 + $1 * $1 } / Double(targets.count)).squareRoot()
    if reach < size {
      odd.append(
        "scores are learnt as numbers of about \(Self.rounded(size)), and \(steps) steps at this learning rate move an "
          + "answer by \(reach < 0.01 ? "less than 0.01" : "about \(Self.rounded(reach))"): give more --epochs or a larger --learning-rate"
      )
    }
    let mean = targets.reduce(0, +) / Double(targets.count)
    let deviation = (targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(targets.count))
      .squareRoot()
    let farthest = targets.indices.max { abs(targets[$0] - mean) < abs(targets[$1] - mean) } ?? 0
    let distance = abs(targets[farthest] - mean) / deviation
    if distance > 10, run.train.windows == nil, let score = data.train.examples[farthest].label?.score {
      odd.append(
        "line \(data.train.examples[farthest].line) of the training rows has the score \(score), "
          + "\(Self.rounded(distance)) deviations from the mean: is it a mistake?")
    }
    return odd
  }

  private var steps: Int { run.stages.reduce(0) { $0 + $1.stepCount } }

  /// How far the head alone can move an answer: AdamW moves a weight by about the learning rate a step, which is half of
  /// its largest value on the mean, and each of the head's weights meets a pooled value of at most 1.
  private var reach: Double {
    let moved = run.stages.reduce(0) { $0 + $1.learningRate * Double($1.stepCount) / 2 }
    return moved * Double(run.model.config.hiddenSize + 1)
  }

  private static func rounded(_ value: Double) -> Double {
    let digits = value < 10 ? 100.0 : 1
    return (value * digits).rounded() / digits
  }
}
