/// The gradient of a loss with respect to an `EncoderOutput`: parts in the shapes that the output has.
public struct OutputGradient: Sendable, PartValues {
  /// What there is, by part.
  public var values: [OutputPart: PartValue] = [:]

  /// A gradient with nothing in it.
  public init() {}

  /// The same gradient, each part keeping its memory alive.
  func owned(by owner: AnyObject) -> OutputGradient {
    var result = self
    result.values = values.mapValues { $0.owned(by: owner) }
    return result
  }
}
