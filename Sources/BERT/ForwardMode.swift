/// What a forward pass drops, and whether it keeps what the way back needs.
public struct ForwardMode: Sendable {
  /// The key of what is dropped; nil where nothing is.
  public var dropout: DropoutKey?
  /// The shares that are dropped; nil for those of the model's configuration.
  public var rates: DropoutRates?
  /// Whether a way back can follow: activations are kept for it.
  public var keepsActivations: Bool

  /// A pass that drops where it has a key, and keeps activations where it is told to.
  public init(dropout: DropoutKey? = nil, rates: DropoutRates? = nil, keepsActivations: Bool) {
    self.dropout = dropout
    self.rates = rates
    self.keepsActivations = keepsActivations
  }

  /// Throws `ModelError` where a rate is none or keys are not as many as the sequences of a batch.
  func check(_ batch: Batch) throws {
    try rates?.check()
    if let keys = dropout?.sequences, keys.count != batch.sequenceCount {
      throw ModelError(
        subject: "the keys of dropout", expected: "one for each of \(batch.sequenceCount) sequences",
        found: "\(keys.count)")
    }
  }

  /// No dropout; nothing is kept.
  public static let evaluation = ForwardMode(keepsActivations: false)
  /// No dropout, ready for a way back.
  public static let differentiable = ForwardMode(keepsActivations: true)

  /// Dropout keyed by the given key, ready for a way back; the rates are the configuration's unless given.
  public static func training(_ key: DropoutKey, rates: DropoutRates? = nil) -> ForwardMode {
    ForwardMode(dropout: key, rates: rates, keepsActivations: true)
  }
}
