/// What `config.json` says under `quantization_config` of weights in a smaller format.
public struct QuantizationConfig: Sendable, Equatable, Codable {
  /// `anneal-` and the name of the format, `anneal-int8`.
  public let quantMethod: String
  /// How weights are kept, for readers.
  public var weights: String?
  /// How the rows that they are multiplied with are.
  public var activations: String?
  /// Modules whose weights stay in float32.
  public var modulesToNotConvert: [String]?

  enum CodingKeys: String, CodingKey {
    case weights, activations
    case quantMethod = "quant_method"
    case modulesToNotConvert = "modules_to_not_convert"
  }

  init(format: String, kept: [String]) {
    quantMethod = "anneal-" + format
    weights = "symmetric per row"
    activations = "dynamic per token"
    modulesToNotConvert = kept
  }

  /// Reads what a configuration says; of another program's method only the name is read.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    quantMethod = (try? keys.decode(String.self, forKey: .quantMethod)) ?? ""
    guard quantMethod.hasPrefix("anneal-") else { return }
    weights = try keys.decodeIfPresent(String.self, forKey: .weights)
    activations = try keys.decodeIfPresent(String.self, forKey: .activations)
    modulesToNotConvert = try keys.decodeIfPresent([String].self, forKey: .modulesToNotConvert)
  }
}
