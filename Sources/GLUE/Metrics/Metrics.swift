import Glibc

/// Named measures of a set of predictions, in a fixed order.
public struct Metrics: Sendable, Equatable {
  /// The measures under their usual names: `accuracy`, `f1`, `matthews_correlation`, `macro_f1`, `pearson`,
  /// `spearman`, `mae`.
  public private(set) var values: [(name: String, value: Double)] = []

  /// Measures given one by one.
  public init(_ values: [(name: String, value: Double)] = []) { self.values = values }

  /// Two sets are equal when names, values and order are.
  public static func == (a: Metrics, b: Metrics) -> Bool {
    a.values.count == b.values.count && zip(a.values, b.values).allSatisfy { $0 == $1 }
  }

  /// The measure of that name.
  public subscript(_ name: String) -> Double? { values.first { $0.name == name }?.value }

  /// The measures of those names, in that order; names that are not here are left out.
  public func only(_ names: [String]) -> Metrics {
    Metrics(names.compactMap { name in self[name].map { (name, $0) } })
  }

  /// Measures of predicted classes: accuracy, Matthews correlation, macro F1 and, of two classes, F1 of class 1.
  ///
  /// Matthews correlation is R_K for more than two classes (Gorodkin 2004), as scikit-learn has it, and 0
  /// where predictions or labels are all of one class. F1 is 0 where class 1 is neither predicted nor there.
  /// Macro F1 is the mean of the F1 of all classes that are predicted or there, as scikit-learn's
  /// `f1_score(average="macro", zero_division=0)` has it, and 0 of no rows.
  public static func classification(predictions: [Int], labels: [Int], labelCount: Int) -> Metrics {
    precondition(predictions.count == labels.count, "predictions and labels differ in number")
    precondition((predictions + labels).allSatisfy((0..<labelCount).contains), "a class that there is not")
    var counts = [Int](repeating: 0, count: labelCount * labelCount)  // [label, prediction]
    for (prediction, label) in zip(predictions, labels) { counts[label * labelCount + prediction] += 1 }
    let correct = (0..<labelCount).reduce(0) { $0 + counts[$1 * labelCount + $1] }
    var values = [("accuracy", labels.isEmpty ? 0 : Double(correct) / Double(labels.count))]
    if labelCount == 2 {
      let wrong = counts[1] + counts[2]
      let found = 2 * counts[3] + wrong
      values.append(("f1", found == 0 ? 0 : Double(2 * counts[3]) / Double(found)))
    }
    values.append(("matthews_correlation", matthews(counts, labelCount: labelCount)))
    values.append(("macro_f1", macroF1(counts, labelCount: labelCount)))
    return Metrics(values)
  }

  private static func macroF1(_ counts: [Int], labelCount: Int) -> Double {
    var (sum, present) = (0.0, 0)
    for label in 0..<labelCount {
      let labelled = (0..<labelCount).reduce(0) { $0 + counts[label * labelCount + $1] }
      let predicted = (0..<labelCount).reduce(0) { $0 + counts[$1 * labelCount + label] }
      if labelled + predicted == 0 { continue }
      present += 1
      sum += Double(2 * counts[label * labelCount + label]) / Double(labelled + predicted)
    }
    return present == 0 ? 0 : sum / Double(present)
  }

  /// Measures of predicted scores: Pearson's and Spearman's correlation, tied ranks averaged; and the mean absolute error,
  /// in the units of the scores, which is better the smaller it is and 0 of no rows.
  ///
  /// The correlations are 0, not undefined, where predictions or targets are all the same or fewer than two.
  public static func regression(predictions: [Double], targets: [Double]) -> Metrics {
    precondition(predictions.count == targets.count, "predictions and targets differ in number")
    return Metrics([
      ("pearson", pearson(predictions, targets)),
      ("spearman", pearson(averageRanks(predictions), averageRanks(targets))),
      ("mae", zip(predictions, targets).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(max(targets.count, 1))),
    ])
  }

  private static func matthews(_ counts: [Int], labelCount: Int) -> Double {
    var trace = 0.0
    var total = 0.0
    var labelled = [Double](repeating: 0, count: labelCount)
    var predicted = labelled
    for label in 0..<labelCount {
      for prediction in 0..<labelCount {
        let count = Double(counts[label * labelCount + prediction])
        labelled[label] += count
        predicted[prediction] += count
        total += count
        if label == prediction { trace += count }
      }
    }
    let both = zip(labelled, predicted).reduce(0) { $0 + $1.0 * $1.1 }
    let labelSpread = total * total - labelled.reduce(0) { $0 + $1 * $1 }
    let predictionSpread = total * total - predicted.reduce(0) { $0 + $1 * $1 }
    if labelSpread == 0 || predictionSpread == 0 { return 0 }
    let correlation = (trace * total - both) / (labelSpread.squareRoot() * predictionSpread.squareRoot())
    return min(1, max(-1, correlation))
  }

  private static func pearson(_ a: [Double], _ b: [Double]) -> Double {
    let count = Double(a.count)
    let meanA = a.reduce(0, +) / count
    let meanB = b.reduce(0, +) / count
    var product = 0.0
    var squaresA = 0.0
    var squaresB = 0.0
    for (x, y) in zip(a, b) {
      product += (x - meanA) * (y - meanB)
      squaresA += (x - meanA) * (x - meanA)
      squaresB += (y - meanB) * (y - meanB)
    }
    let spread = squaresA.squareRoot() * squaresB.squareRoot()
    return spread > 0 && spread.isFinite ? min(1, max(-1, product / spread)) : 0
  }

  /// Ranks from 1; equal values share the mean of their ranks.
  private static func averageRanks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
      start = end
    }
    return ranks
  }
}

/// Metrics are stored as an object of numbers; its order is that of the names.
extension Metrics: Codable {
  /// Reads an object of numbers.
  public init(from decoder: any Decoder) throws {
    let object = try decoder.singleValueContainer().decode([String: Double].self)
    values = object.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }

  /// Writes an object of numbers.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Dictionary(values.map { ($0.name, $0.value) }) { first, _ in first })
  }
}

extension GLUETask {
  /// The task's own metrics of predictions in the task's label order, for rows that all carry labels.
  public func metrics(predictions: [Label], of examples: [Example]) throws -> Metrics {
    let targets = examples.compactMap(\.label)
    if targets.count != examples.count || predictions.count != examples.count {
      throw GLUEError(
        expected: "a label and a prediction for each of \(examples.count) rows of \(name)",
        found: "\(targets.count) labels and \(predictions.count) predictions")
    }
    if let wrong = (predictions + targets).first(where: { !allows($0) }) {
      throw GLUEError(expected: "answers of the kind of \(name)", found: "\(wrong)")
    }
    if isMultiLabel {
      return Metrics.multiLabel(
        predictions: predictions.compactMap(\.set), labels: targets.compactMap(\.set),
        labelCount: outputCount
      ).only(metrics)
    }
    if let labels {
      let all = Metrics.classification(
        predictions: predictions.compactMap(\.index), labels: targets.compactMap(\.index),
        labelCount: labels.count)
      return all.only(metrics)
    }
    return Metrics.regression(
      predictions: predictions.compactMap(\.score), targets: targets.compactMap(\.score)
    ).only(metrics)
  }

  /// The metrics of rows that are always answered alike: with the most frequent of `labels` (of sets of labels too), the
  /// first of equals, or with the mean of scores.
  ///
  /// Throws where a row has no label.
  public func baseline(of labels: [Label], on examples: [Example]) throws -> Metrics {
    let answer: Label
    if isRegression {
      let scores = labels.compactMap(\.score)
      answer = .score(scores.reduce(0, +) / Double(max(scores.count, 1)))
    } else if isMultiLabel {
      var counts: [[Int]: Int] = [:]
      for set in labels.compactMap(\.set) { counts[set, default: 0] += 1 }
      let most = counts.max { a, b in
        a.value == b.value ? b.key.lexicographicallyPrecedes(a.key) : a.value < b.value
      }
      answer = .set(most?.key ?? [])
    } else {
      var counts = [Int](repeating: 0, count: outputCount)
      for index in labels.compactMap(\.index) { counts[index] += 1 }
      answer = .index(counts.indices.max { (counts[$0], -$0) < (counts[$1], -$1) } ?? 0)
    }
    return try metrics(predictions: examples.map { _ in answer }, of: examples)
  }
}
