import Tensors

/// The memory of one pass after the other: activations, gradients on their way and scratch.
///
/// It grows to the largest batch it has seen and allocates nothing after that. One user at a time.
public final class Workspace {
  /// What the last forward pass computed.
  let activations = Arena()
  /// The gradients of its output, as its objective fills them.
  let outputGradients = Arena()
  /// What the way back needs while it runs.
  let scratch = Arena()
  /// The last forward pass.
  var pass: Pass?

  /// A workspace without memory.
  public init() {}

  /// The bytes that it holds.
  public var byteCount: Int {
    4 * (activations.capacity + outputGradients.capacity + scratch.capacity)
  }
}
