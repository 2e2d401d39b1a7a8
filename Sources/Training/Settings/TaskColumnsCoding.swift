public import GLUE

extension TaskColumns: Codable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case text, pair, label, labels, normalize
  }

  /// Reads columns; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    self.init(
      text: try values.decodeIfPresent(String.self, forKey: .text),
      pair: try values.decodeIfPresent(String.self, forKey: .pair),
      label: try values.decodeIfPresent(String.self, forKey: .label),
      labels: try values.decodeIfPresent(String.self, forKey: .labels),
      normalize: try values.decodeIfPresent(Bool.self, forKey: .normalize))
  }

  /// Writes the columns that are named.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(text, forKey: .text)
    try values.encodeIfPresent(pair, forKey: .pair)
    try values.encodeIfPresent(label, forKey: .label)
    try values.encodeIfPresent(labels, forKey: .labels)
    try values.encodeIfPresent(normalize, forKey: .normalize)
  }
}
