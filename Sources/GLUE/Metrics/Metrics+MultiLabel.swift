extension Metrics {
  /// Measures of predicted sets of labels: micro F1, macro F1 and subset accuracy.
  ///
  /// Micro F1 counts all cells of rows and labels together. Macro F1 is the mean over all labels, also those that are
  /// neither predicted nor there, whose F1 is 0. Subset accuracy is the share of rows whose whole set is right. All three
  /// as scikit-learn's `f1_score(average=…, zero_division=0)` and `accuracy_score` have them for indicators.
  public static func multiLabel(predictions: [[Int]], labels: [[Int]], labelCount: Int) -> Metrics {
    precondition(predictions.count == labels.count, "predictions and labels differ in number")
    let counts = LabelSetCounts.of(predictions: predictions, labels: labels, labelCount: labelCount)
    let all = counts.reduce(into: LabelSetCounts()) { $0 += $1 }
    let exact = zip(predictions, labels).count { Set($0) == Set($1) }
    return Metrics([
      ("micro_f1", all.f1),
      ("macro_f1", counts.isEmpty ? 0 : counts.reduce(0) { $0 + $1.f1 } / Double(counts.count)),
      ("subset_accuracy", labels.isEmpty ? 0 : Double(exact) / Double(labels.count)),
    ])
  }
}

/// How often one label is there, is predicted, and is both.
public struct LabelSetCounts: Sendable, Equatable {
  /// Rows that have it.
  public private(set) var rows = 0
  /// Rows that are answered with it.
  public private(set) var predicted = 0
  /// Rows of both.
  public private(set) var hits = 0

  /// The counts of each label over rows of sets.
  public static func of(predictions: [[Int]], labels: [[Int]], labelCount: Int) -> [LabelSetCounts] {
    precondition(
      (predictions + labels).allSatisfy { $0.allSatisfy((0..<labelCount).contains) },
      "a label that there is not")
    var counts = [LabelSetCounts](repeating: LabelSetCounts(), count: labelCount)
    for (prediction, label) in zip(predictions, labels) {
      let (answered, gold) = (Set(prediction), Set(label))
      for place in gold { counts[place].rows += 1 }
      for place in answered { counts[place].predicted += 1 }
      for place in gold.intersection(answered) { counts[place].hits += 1 }
    }
    return counts
  }

  /// Adds the counts of another label.
  static func += (a: inout LabelSetCounts, b: LabelSetCounts) {
    a.rows += b.rows
    a.predicted += b.predicted
    a.hits += b.hits
  }

  /// The share of the answers that are right; 0 of none.
  public var precision: Double { predicted == 0 ? 0 : Double(hits) / Double(predicted) }
  /// The share of the rows that are found; 0 of none.
  public var recall: Double { rows == 0 ? 0 : Double(hits) / Double(rows) }
  /// `2 hits / (rows + predicted)`; 0 where the label is neither there nor predicted.
  public var f1: Double { rows + predicted == 0 ? 0 : Double(2 * hits) / Double(rows + predicted) }
}
