import Files

/// What a model answered to the rows of a split, as `predictions/SPLIT.tsv` of a run folder holds it.
public struct PredictionTable: Sendable, Equatable {
  /// One line.
  public struct Row: Sendable, Equatable {
    /// The row's own index, or its place from 0.
    public var index: String
    /// The answer: a label's name, or a score.
    public var prediction: String
    /// The gold answer; empty where there is none.
    public var label: String
    /// The probability of the answer; nil for scores.
    public var probability: Double?

    /// An answer to a row.
    public init(index: String, prediction: String, label: String, probability: Double?) {
      (self.index, self.prediction) = (index, prediction)
      (self.label, self.probability) = (label, probability)
    }
  }

  /// The answers in the order of the rows.
  public var rows: [Row]

  /// A table of answers.
  public init(_ rows: [Row]) { self.rows = rows }

  /// Reads a table; throws `FileError` where it cannot be read, naming the line.
  public init(file path: String) throws {
    let lines = try Files.read(path).split(separator: 0x0A).dropFirst()
    rows = try lines.enumerated().map { number, line in
      let fields = line.split(separator: 0x09, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      let probability = fields.count > 3 ? Double(fields[3]) : nil
      guard fields.count == 3 || probability != nil else {
        throw FileError(
          path: path, operation: "read",
          reason: "line \(number + 2) is no answer: index, prediction, label and, for classes, a probability")
      }
      return Row(index: fields[0], prediction: fields[1], label: fields[2], probability: probability)
    }
  }

  /// The table as text, with a line of names.
  var text: String {
    let hasProbabilities = rows.first?.probability != nil
    var text = "index\tprediction\tlabel" + (hasProbabilities ? "\tprobability" : "") + "\n"
    for row in rows {
      text += "\(row.index)\t\(row.prediction)\t\(row.label)"
      if let probability = row.probability { text += "\t\(probability)" }
      text += "\n"
    }
    return text
  }
}
