import GLUE

/// What each class counts in the loss on labels, so that rare ones are not passed over.
public enum ClassWeights: Sendable, Equatable {
  /// `n / (k n_c)`: of `n` training rows, `n_c` are of the class, and there are `k` classes (scikit-learn's `balanced`).
  case balanced
  /// A number above 0 for each class, in the task's order.
  case list([Double])

  /// The weight of each label of a task by how many training rows have it.
  ///
  /// Where several labels may hold for one of `rows` rows, balanced is `(n - n_c) / n_c`, what a row that has the label
  /// counts against one that has not (torch's `pos_weight`). Throws where a list has another length, or where a class that
  /// is to be balanced has no row.
  public func values(labels: [String], counts: [Int], ofRows rows: Int? = nil) throws -> [Double] {
    precondition(labels.count == counts.count, "labels and counts differ in number")
    switch self {
    case .list(let values):
      if values.count != labels.count {
        throw TrainingError.settings(
          "class_weights must be a number for each of the \(labels.count) classes (\(GLUETask.listed(labels))), not "
            + "\(values.count)")
      }
      return values
    case .balanced:
      if let missing = counts.firstIndex(of: 0) {
        throw TrainingError.settings(
          "class_weights balanced needs training rows of every class, and there is none of '\(labels[missing])'"
        )
      }
      if let all = rows {
        if let full = counts.firstIndex(of: all) {
          throw TrainingError.settings(
            "class_weights balanced needs training rows without each label, and all have '\(labels[full])'")
        }
        return counts.map { Double(all - $0) / Double($0) }
      }
      let rows = Double(counts.reduce(0, +))
      return counts.map { rows / (Double(labels.count) * Double($0)) }
    }
  }
}

/// `balanced`, or an array of numbers.
extension ClassWeights: Codable {
  /// Reads either form.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let values = try? value.decode([Double].self) {
      self = .list(values)
    } else if try value.decode(String.self) == "balanced" {
      self = .balanced
    } else {
      throw DecodingError.dataCorruptedError(
        in: value, debugDescription: "expected balanced, or a number for each class")
    }
  }

  /// Writes its form.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .balanced: try value.encode("balanced")
    case .list(let values): try value.encode(values)
    }
  }
}

extension TaskData {
  /// What balancing gave the classes, to be told; nil where nothing is balanced.
  public func classWeightsNote(_ training: TrainingSettings) throws -> String? {
    guard training.classWeights == .balanced, let labels = task.labels,
      let weights = try classWeights(training)
    else { return nil }
    let each = zip(labels, weights).map { "\($0) \(($1 * 1e3).rounded() / 1e3)" }
    return "class weights: " + GLUETask.listed(each)
  }

  /// The weight of each class in the task's order, by its training rows; nil where none are asked for.
  public func classWeights(_ training: TrainingSettings) throws -> [Double]? {
    guard let wanted = training.classWeights, let labels = task.labels else { return nil }
    var counts = [Int](repeating: 0, count: labels.count)
    for index in train.examples.compactMap({ $0.label?.index }) { counts[index] += 1 }
    for index in train.examples.compactMap({ $0.label?.set }).joined() { counts[index] += 1 }
    return try wanted.values(
      labels: labels, counts: counts, ofRows: task.isMultiLabel ? train.examples.count : nil)
  }
}
