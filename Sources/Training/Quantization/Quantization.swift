public import BERT

/// A model in a smaller number format, and which of its modules stayed in float32 and why.
public struct Quantization: Sendable {
  /// The model in the format.
  public let model: BertModel
  /// The format's name.
  public let format: String
  /// The modules in the model's order; measured where there were rows to measure on.
  public let modules: [Module]

  /// One module and what became of it.
  public struct Module: Sendable, Equatable {
    /// Its name, such as `bert.encoder.layer.0.output.dense`.
    public let name: String
    /// The format of its weights.
    public let precision: String
    /// How far it moves the answers by itself; nil where nothing was measured.
    public let sensitivity: Double?
  }

  /// Above which share of the logits' deviation a module stays in float32 where nobody says otherwise.
  public static let defaultTolerance = 0.05

  /// Quantizes a model in float32, but the modules in `kept` and those that move the answers to `rows` by more than
  /// `tolerance`.
  ///
  /// Without rows, or without a head that classifies, nothing is measured. Throws `ModelError` for a module that there is
  /// not.
  public init(
    _ given: BertModel, to format: String, keeping kept: Set<String> = [],
    tolerance: Double = defaultTolerance,
    rows: TaskRows? = nil
  ) throws {
    try given.requireFloat32(for: "quantizing")
    var measured: [ModuleSensitivity] = []
    if let rows, case .sequenceClassification = given.head {
      measured = try ModuleSensitivity.measure(given, format: format, rows: rows)
    }
    let stays = kept.union(measured.filter { $0.share > tolerance }.map(\.module))
    model = try given.quantized(to: format, keeping: stays)
    self.format = format
    modules = given.modules.enumerated().map { place, name in
      Module(
        name: name, precision: stays.contains(name) ? "float32" : format,
        sensitivity: measured.isEmpty ? nil : measured[place].share)
    }
  }
}
