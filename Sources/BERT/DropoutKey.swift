/// What the dropout of one step is a function of, beside the place in the model and in the sequence.
public struct DropoutKey: Sendable {
  /// The seed of the run.
  public var seed: UInt64
  /// The step of the run.
  public var step: UInt64
  /// A key for each sequence, such as its row in the data set; its place in the batch where nil.
  ///
  /// With keys, dropout does not depend on which batch a sequence is in.  // [sequences]
  public var sequences: [UInt64]?

  /// The key of one step.
  public init(seed: UInt64, step: UInt64, sequences: [UInt64]? = nil) {
    self.seed = seed
    self.step = step
    self.sequences = sequences
  }
}
