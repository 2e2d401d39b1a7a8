/// The parts of a forward pass that a caller wants to read.
///
/// What nobody asks for is not kept, and rows that nothing reads are not computed.
public struct OutputRequest: Sendable, Equatable, ExpressibleByArrayLiteral {
  /// What is wanted.
  public var parts: Set<OutputPart>
  /// The tokens of the packed batch whose logits are wanted of a masked-language head, in this order; all where nil.
  public var logitTokens: [Int]?
  /// The rows of the vocabulary whose logits are wanted of a masked-language head, ascending; all where nil.
  public var logitColumns: [Int32]?

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
      if let logitColumns, let others = other.logitColumns {
        result.logitColumns = Set(logitColumns + others).sorted()
      }
    case (true, false): (result.logitTokens, result.logitColumns) = (logitTokens, logitColumns)
    case (false, true): (result.logitTokens, result.logitColumns) = (other.logitTokens, other.logitColumns)
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

  /// Throws `ModelError` where a layer, a token or a row of the vocabulary is asked for that is not there, or logits of
  /// some of them of a head that gives none.
  func check(_ batch: Batch, layers: Int, head: Head, vocabulary: Int) throws {
    try check(layers: layers)
    guard logits, logitTokens != nil || logitColumns != nil else { return }
    let subject = "a request for the logits of some " + (logitTokens == nil ? "words" : "tokens")
    if head != .maskedLM {
      throw ModelError(subject: subject, expected: "a masked-language head", found: "\(head)")
    }
    if let token = logitTokens?.first(where: { $0 < 0 || $0 >= batch.tokenCount }) {
      throw ModelError(subject: subject, expected: "tokens 0 to \(batch.tokenCount - 1)", found: "\(token)")
    }
    guard let logitColumns else { return }
    if let column = logitColumns.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw ModelError(subject: subject, expected: "rows 0 to \(vocabulary - 1)", found: "\(column)")
    }
    if let place = logitColumns.indices.dropFirst().first(where: { logitColumns[$0 - 1] >= logitColumns[$0] })
    {
      throw ModelError(
        subject: subject, expected: "rows in rising order",
        found: "\(logitColumns[place]) after \(logitColumns[place - 1])")
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
