import Training

/// One summand of a loss, as recipes write it.
public struct TermSettings: Codable, Sendable, Equatable {
  /// The term's name in `TermTable`, such as `kl` or `hidden_mse`.
  public var kind: String
  /// What its value is multiplied by.
  public var weight: Schedule = 1
  /// The temperature of a softmax over logits.
  public var temperature: Schedule?
  /// τmax of the annealed terms: the number of scales, from 1/τmax to 1.
  public var maxTemperature: Int?
  /// Whether the scale of the annealed terms changes from epoch to epoch, the default, or from step to step.
  public var annealBy: AnnealingUnit?
  /// The layers that it compares.
  public var layers: LayerMap?
  /// Whether a learned projection stands between equal widths too.
  public var project: Bool?
  /// Whether vectors are scaled to length 1 first.
  public var normalize: Bool?
  /// Relation heads of MiniLMv2; the student's attention heads if left out.
  public var relationHeads: Int?
  /// The margin of Continuation-KD.
  public var margin: Double?
  /// The width of RAIL-KD's common space.
  public var projectionSize: Int?

  /// A term with everything at its default.
  public init(
    _ kind: String, weight: Schedule = 1, temperature: Schedule? = nil, maxTemperature: Int? = nil,
    layers: LayerMap? = nil, relationHeads: Int? = nil, margin: Double? = nil
  ) {
    self.kind = kind
    self.weight = weight
    self.temperature = temperature
    self.maxTemperature = maxTemperature
    self.layers = layers
    self.relationHeads = relationHeads
    self.margin = margin
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, weight, temperature, layers, project, normalize, margin
    case maxTemperature = "max_temperature"
    case annealBy = "anneal_by"
    case relationHeads = "relation_heads"
    case projectionSize = "projection_size"
  }

  /// Reads a term; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    kind = try values.decode(String.self, forKey: .kind)
    try values.read(.weight, into: &weight)
    temperature = try values.decodeIfPresent(Schedule.self, forKey: .temperature)
    maxTemperature = try values.decodeIfPresent(Int.self, forKey: .maxTemperature)
    annealBy = try values.decodeIfPresent(AnnealingUnit.self, forKey: .annealBy)
    layers = try values.decodeIfPresent(LayerMap.self, forKey: .layers)
    project = try values.decodeIfPresent(Bool.self, forKey: .project)
    normalize = try values.decodeIfPresent(Bool.self, forKey: .normalize)
    relationHeads = try values.decodeIfPresent(Int.self, forKey: .relationHeads)
    margin = try values.decodeIfPresent(Double.self, forKey: .margin)
    projectionSize = try values.decodeIfPresent(Int.self, forKey: .projectionSize)
  }
}
