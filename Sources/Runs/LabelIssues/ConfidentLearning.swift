/// Which labels are likely wrong, by what a model that did not learn from these rows says of them (Northcutt, Jiang and
/// Chuang 2021, *Confident Learning: Estimating Uncertainty in Dataset Labels*).
///
/// The threshold of a class is the mean probability of it over the rows that are labelled so: `t_j = mean(p_j | label = j)`.
/// A row counts for the class of the largest probability among those that reach their threshold; where that is another
/// class than its label, the row stands off the diagonal of the confident joint, and its label is likely wrong.
public struct ConfidentLearning: Sendable {
  /// A row whose label is likely wrong.
  public struct Finding: Sendable, Equatable {
    /// The row.
    public let row: Int
    /// The class of its label, and the one that is likelier.
    public let given: Int, suggested: Int
    /// The probabilities of both.
    public let givenProbability: Double, suggestedProbability: Double
  }

  /// The threshold of each class; nil of a class that no row has.
  public let thresholds: [Double?]
  /// The confident joint: rows by their label and by the class that they count for.  // [classes][classes]
  public let joint: [[Int]]
  /// The rows off its diagonal, those first whose label is least likely beside the other, `p_given - p_suggested`.
  public let findings: [Finding]

  /// Judges labels by probabilities from models that did not learn from their rows.  // [rows][classes], [rows]
  public init(probabilities: [[Double]], labels: [Int]) {
    precondition(probabilities.count == labels.count, "one label a row")
    let classes = probabilities.first?.count ?? 0
    var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: classes)
    for (row, label) in zip(probabilities, labels) {
      sums[label].sum += row[label]
      sums[label].count += 1
    }
    let thresholds = sums.map { $0.count == 0 ? nil : $0.sum / Double($0.count) }
    var joint = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    var findings: [Finding] = []
    for (row, (values, label)) in zip(probabilities, labels).enumerated() {
      let sure = values.indices.filter { place in thresholds[place].map { values[place] >= $0 } ?? false }
      guard let best = sure.max(by: { (values[$0], -$0) < (values[$1], -$1) }) else { continue }
      joint[label][best] += 1
      if best != label {
        findings.append(
          Finding(
            row: row, given: label, suggested: best, givenProbability: values[label],
            suggestedProbability: values[best]))
      }
    }
    (self.thresholds, self.joint) = (thresholds, joint)
    self.findings = findings.sorted {
      ($0.givenProbability - $0.suggestedProbability, $0.row) < (
        $1.givenProbability - $1.suggestedProbability, $1.row
      )
    }
  }
}
