public import Tensors

/// Queries, keys and values of one layer, heads side by side.
public struct Projections: Sendable {
  /// The queries.  // [tokens, hidden]
  public let query: Matrix
  /// The keys.  // [tokens, hidden]
  public let key: Matrix
  /// The values.  // [tokens, hidden]
  public let value: Matrix

  /// Three matrices of one shape.
  public init(query: Matrix, key: Matrix, value: Matrix) {
    self.query = query
    self.key = key
    self.value = value
  }
}
