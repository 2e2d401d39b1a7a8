/// What a forward pass gives: of each part that was asked for, its values.
///
/// The parts keep the memory of the workspace that the pass ran in alive; its next pass may overwrite them.
public struct EncoderOutput: Sendable, PartValues {
  /// What there is, by part.
  public var values: [OutputPart: PartValue] = [:]

  /// An output with nothing in it.
  public init() {}

  /// The same output, each part keeping its memory alive.
  func owned(by owner: AnyObject) -> EncoderOutput {
    var result = self
    result.values = values.mapValues { $0.owned(by: owner) }
    return result
  }
}
