/// The parts of a forward pass that a caller wants to read.
///
/// What nobody asks for is not kept, and rows that nothing reads are not computed.
public struct OutputRequest: Sendable, Equatable, ExpressibleByArrayLiteral {
  /// What is wanted.
  public var parts: Set<OutputPart>
  /// The tokens of the packed batch whose logits are wanted of a masked-language head, in this order; all where nil.
  public var logitTokens: [Int]?

  /// Asks for the logits alone.
  public init() { parts = [.logits] }

  /// Asks for these parts.
  public init(_ parts: some Sequence<OutputPart>) { self.parts = Set(parts) }

  /// Asks for these parts and nothing else; `[]` asks for nothing.
  public init(arrayLiteral parts: OutputPart...) { self.init(parts) }

  /// What either of the two asks for.
  public func union(_ other: OutputRequest) -> OutputRequest {
    var result = OutputRequest(parts.union(other.parts))
    switch (logits, other.logits) {
    case (true, true):
      if let logitTokens, let others = other.logitTokens {
        result.logitTokens = Set(logitTokens + others).sorted()
      }
    case (true, false): result.logitTokens = logitTokens
    case (false, true): result.logitTokens = other.logitTokens
    case (false, false): break
    }
    return result
  }

  /// Whether a part is wanted.
  func contains(_ part: OutputPart) -> Bool { parts.contains(part) }

  /// Whether something of the inside of a layer is read.
  func readsInside(_ layer: Int) -> Bool { parts.contains { $0.isInside && $0.layer == layer } }

  /// The highest layer of the parts that `isIncluded` takes; 0 where there is none.
  func highestLayer(where isIncluded: (OutputPart) -> Bool) -> Int {
    parts.lazy.filter(isIncluded).compactMap(\.layer).max() ?? 0
  }

  /// Throws `ModelError` where a layer or a token is asked for that is not there, or logits of tokens of a head that
  /// gives none.
  func check(_ batch: Batch, layers: Int, head: Head) throws {
    try check(layers: layers)
    guard logits, let logitTokens else { return }
    let subject = "a request for the logits of some tokens"
    if head != .maskedLM {
      throw ModelError(subject: subject, expected: "a masked-language head", found: "\(head)")
    }
    if let token = logitTokens.first(where: { $0 < 0 || $0 >= batch.tokenCount }) {
      throw ModelError(subject: subject, expected: "tokens 0 to \(batch.tokenCount - 1)", found: "\(token)")
    }
  }

  /// Throws `ModelError` where a layer is asked for that a model of so many does not have.
  private func check(layers: Int) throws {
    for part in parts.sorted() {
      let first = part.isInside ? 1 : 0
      guard let layer = part.layer, layer < first || layer > layers else { continue }
      throw ModelError(
        subject: "the request '\(part)'", expected: "layers \(first) to \(layers)", found: "\(layer)")
    }
  }
}
