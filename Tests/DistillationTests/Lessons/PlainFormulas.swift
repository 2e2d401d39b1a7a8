import Foundation

/// Formulas of answers in double precision, as papers write them.
enum PlainFormulas {
  static func softmax(_ logits: [Double], _ temperature: Double = 1) -> [Double] {
    let powers = logits.map { exp($0 / temperature) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// `T² KL(p || softmax(z / T))`.
  static func divergence(of logits: [Double], from p: [Double], _ temperature: Double = 1) -> Double {
    temperature * temperature
      * zip(p, softmax(logits, temperature)).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
  }

  /// The mean of rows.  // [rows][columns] to [columns]
  static func mean(_ rows: [[Double]]) -> [Double] {
    rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } / Double(rows.count) }
  }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  static func crossEntropy(_ logits: [Double], _ label: Int) -> Double { -log(softmax(logits)[label]) }
}
