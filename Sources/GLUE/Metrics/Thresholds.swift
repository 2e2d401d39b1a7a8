/// From which probability on a label counts as one that holds, chosen for each label by rows whose labels are known.
public enum Thresholds {
  /// What is taken where nothing was chosen.
  public static let usual = 0.5

  /// The threshold of each label that gives its F1 on these rows, in the order of the columns.
  ///
  /// Half-way between two neighbouring probabilities; of several as good the one nearest to 0.5. 0.5 for a label that no
  /// row has, or that all have.
  public static func best(probabilities: [[Double]], labels: [[Int]], labelCount: Int) -> [Double] {
    precondition(probabilities.count == labels.count, "one set of labels a row")
    let sets = labels.map(Set.init)
    return (0..<labelCount).map { label in
      best(probabilities.map { $0[label] }, sets.map { $0.contains(label) })
    }
  }

  private static func best(_ probabilities: [Double], _ holds: [Bool]) -> Double {
    let count = holds.count { $0 }
    if count == 0 || count == holds.count { return usual }
    let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
    var (best, f1) = (usual, -1.0)
    var hits = 0
    for (taken, row) in order.enumerated() {
      hits += holds[row] ? 1 : 0
      let next = taken + 1 < order.count ? probabilities[order[taken + 1]] : 0
      // Rows of one probability are answered alike.
      if next == probabilities[row] && taken + 1 < order.count { continue }
      let threshold = (probabilities[row] + next) / 2
      let found = Double(2 * hits) / Double(count + taken + 1)
      if found > f1 || (found == f1 && abs(threshold - usual) < abs(best - usual)) {
        (best, f1) = (threshold, found)
      }
    }
    return best
  }

  /// The labels whose probabilities reach their thresholds.
  public static func answer(_ probabilities: [Double], _ thresholds: [Double]?) -> [Int] {
    probabilities.indices.filter { probabilities[$0] >= (thresholds?[$0] ?? usual) }
  }

  /// The metrics of answers by thresholds that were chosen on other rows: on the even ones for the odd ones and the other
  /// way round, so that no row is judged by a threshold that saw its labels.
  public static func crossFitted(probabilities: [[Double]], labels: [[Int]], labelCount: Int) -> Metrics {
    let chosen = [0, 1].map { side in
      let rows = labels.indices.filter { $0 % 2 == side }
      return best(
        probabilities: rows.map { probabilities[$0] }, labels: rows.map { labels[$0] }, labelCount: labelCount
      )
    }
    let answers = probabilities.enumerated().map { answer($0.element, chosen[1 - $0.offset % 2]) }
    return Metrics.multiLabel(predictions: answers, labels: labels, labelCount: labelCount)
  }
}
