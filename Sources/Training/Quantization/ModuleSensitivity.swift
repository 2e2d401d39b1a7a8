public import BERT

/// How far a model's answers move when the weights of one module alone are in a smaller format.
public struct ModuleSensitivity: Sendable, Equatable {
  /// The module, such as `bert.encoder.layer.0.output.dense`.
  public let module: String
  /// The root of the mean square of what logits move by, over the deviation of logits between rows.
  public let share: Double

  /// Measures every module of a classifier in float32 on rows, each quantized by itself.
  ///
  /// Throws where a row is refused or answered by what is no number.
  public static func measure(_ model: BertModel, format: String, rows: TaskRows) throws -> [ModuleSensitivity]
  {
    let expected = try Predictor(model: model).logits(rows)
    let modules = model.modules
    return try modules.map { module in
      let other = try model.quantized(to: format, keeping: Set(modules).subtracting([module]))
      return ModuleSensitivity(
        module: module, share: share(of: try Predictor(model: other).logits(rows), expected))
    }
  }

  /// How far logits are from expected ones, in deviations of these between rows.  // [rows][labels]
  public static func share(of found: [[Float]], _ expected: [[Float]]) -> Double {
    guard let width = expected.first?.count, width > 0 else { return 0 }
    var (error, spread) = (0.0, 0.0)
    for column in 0..<width {
      let mean = expected.reduce(0.0) { $0 + Double($1[column]) } / Double(expected.count)
      for (row, other) in zip(expected, found) {
        error += (Double(row[column]) - Double(other[column])) * (Double(row[column]) - Double(other[column]))
        spread += (Double(row[column]) - mean) * (Double(row[column]) - mean)
      }
    }
    return spread > 0 ? (error / spread).squareRoot() : (error / Double(expected.count * width)).squareRoot()
  }
}
