import Tensors

/// A parameter of rows that passes do not read as floats that lie in a buffer.
protocol ReadableWeight: AnyObject, Sendable {
  /// This and others of its kind, whose results stand side by side, as one product reads them.
  func joined(with others: [any ReadableWeight]) -> any LinearWeight

  /// Writes row `row` as floats.
  func copyRow(_ row: Int, into floats: UnsafeMutablePointer<Float>)

  /// Adds row `row` to floats.
  func addRow(_ row: Int, to floats: UnsafeMutablePointer<Float>)
}

/// A parameter that a model holds in a smaller number format than float32.
protocol FormattedWeight: ReadableWeight {
  /// What a file holds of it, the parameter being called `name`.
  func items(named name: String) -> [SafetensorsWriter.Item]
}

/// What a model does with a parameter, which decides how a format lays it out.
struct WeightUse: OptionSet {
  let rawValue: Int

  /// Products read all of it.
  static let products = WeightUse(rawValue: 1)
  /// Rows of it are read by number.
  static let rows = WeightUse(rawValue: 2)
}

/// A number format for weights: how floats become it, and how files hold it.
///
/// A new one is a type of this protocol, a file of kernels and a line in `WeightFormats.all`.
protocol WeightFormat: Sendable {
  /// Its name: a `--precision`, and what `quant_method` in `config.json` ends in.
  var name: String { get }

  /// Throws `ModelError` without a path where a parameter is of a shape that the format cannot take.
  func check(_ entry: ParameterLayout.Entry) throws

  /// A parameter in this format.
  func weight(of values: Matrix, use: WeightUse) -> any FormattedWeight

  /// A parameter that stays as it is and is read as in this format, to learn under its rounding; `values` keep their memory,
  /// and `changes` count how often they are written.
  func simulation(of values: Matrix, use: WeightUse, changes: ChangeCount) -> any ReadableWeight

  /// Whether files hold this format in tensors of that type.
  func reads(_ type: SafetensorsType) -> Bool

  /// The names of the tensors that stand beside a parameter called `name`.
  func companions(of name: String) -> [String]

  /// A parameter out of a file; throws `ModelError` where a tensor is damaged or one beside it is missing.
  func weight(
    _ tensor: SafetensorsFile.Tensor, beside companions: [SafetensorsFile.Tensor?], use: WeightUse
  ) throws -> any FormattedWeight
}

/// The formats that there are.
enum WeightFormats {
  static let all: [any WeightFormat] = [Int8WeightFormat()]

  /// The format of that name; throws `ModelError` where there is none.
  static func named(_ name: String) throws -> any WeightFormat {
    guard let format = all.first(where: { $0.name == name }) else {
      throw ModelError(
        subject: "the number format", expected: all.map(\.name).joined(separator: " or "), found: "'\(name)'")
    }
    return format
  }
}
