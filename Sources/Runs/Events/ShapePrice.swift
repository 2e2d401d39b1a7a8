/// A shape that a student could have, with what it costs to use.
public struct ShapePrice: Codable, Sendable, Equatable {
  /// The shape, `LxHxA[xI]`.
  public var shape: String
  /// The layers of the teacher that it would be made of, from 1.
  public var layers: [Int]
  /// Numbers in the model.
  public var parameters: Int
  /// Numbers in its layers, by which shapes are larger or smaller.
  public var encoderParameters: Int
  /// Megabytes of its weights, of 1,000,000 bytes.
  public var megabytes: Double
  /// Milliseconds of one sentence, as measured.
  public var milliseconds: Double
  /// Whether it is within the limits.
  public var fits: Bool

  enum CodingKeys: String, CodingKey {
    case shape, layers, parameters, megabytes, milliseconds, fits
    case encoderParameters = "encoder_parameters"
  }
}
