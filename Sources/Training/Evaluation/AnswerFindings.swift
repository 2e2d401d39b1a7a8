public import GLUE

/// What should be known of a model's answers before anybody builds on them: whether they are better than always one
/// answer, and which labels are never among them.
public struct AnswerFindings: Sendable, Equatable {
  /// The metric that judges.
  public var metric: String
  /// What the model reaches.
  public var value: Double
  /// What always one answer reaches, where that is known.
  public var majority: Double?
  /// Labels that rows have and no answer is.
  public var neverPredicted: [String]

  /// What was found of answers.
  public init(metric: String, value: Double, majority: Double?, neverPredicted: [String]) {
    (self.metric, self.value, self.majority, self.neverPredicted) = (metric, value, majority, neverPredicted)
  }

  /// Whether always one answer does as well.
  public var isNoBetter: Bool { majority.map { value <= $0 } ?? false }

  /// A sentence for each thing that is wrong.
  public var sentences: [String] {
    var sentences: [String] = []
    if let majority, isNoBetter {
      sentences.append(
        "\(metric) \(Self.rounded(value)) is no better than always one answer, which reaches \(Self.rounded(majority))"
      )
    }
    if !neverPredicted.isEmpty { sentences.append("never predicted: " + GLUETask.listed(neverPredicted)) }
    return sentences
  }

  private static func rounded(_ value: Double) -> Double { (value * 1e4).rounded() / 1e4 + 0 }
}

extension Evaluation {
  /// The labels that these rows have and the model answers none of them with, in the task's order; nil for scores and
  /// for rows without labels.
  public func neverPredicted(of data: DataSet) -> [String]? {
    guard let labels = data.task.labels, metrics != nil else { return nil }
    let gold = Set(data.examples.flatMap { $0.label?.places ?? [] })
    let answers = Set(predictions.flatMap(\.places))
    return labels.indices.filter { gold.contains($0) && !answers.contains($0) }.map { labels[$0] }
  }
}
