public import Tensors

/// Attention maps of one layer: for each sequence, then each head, an n x n map, query by key, end to end.
public struct AttentionMaps: Sendable {
  /// All maps.  // [heads * sum of n²]
  public let storage: Matrix
  /// The number of heads.
  public let heads: Int
  private let sequenceStarts: [Int]
  private let mapStarts: [Int]

  /// Maps of a layer laid out for `batch`; `storage` is one row of heads * batch.mapStarts.last floats.
  public init(storage: Matrix, heads: Int, batch: Batch) {
    precondition(storage.count == heads * (batch.mapStarts.last ?? 0), "attention maps of another batch")
    self.storage = storage
    self.heads = heads
    sequenceStarts = batch.sequenceStarts
    mapStarts = batch.mapStarts
  }

  /// The map of one head of one sequence.  // [n, n]
  public func map(sequence: Int, head: Int) -> Matrix {
    let n = sequenceStarts[sequence + 1] - sequenceStarts[sequence]
    let map = Matrix(
      base: storage.base + heads * mapStarts[sequence] + head * n * n, rows: n, columns: n)  // [n, n]
    return storage.owner.map(map.owned) ?? map
  }

  /// Maps of the same layout over other memory.
  func over(_ storage: Matrix) -> AttentionMaps {
    precondition(storage.count == self.storage.count, "attention maps of another batch")
    return AttentionMaps(
      storage: storage, heads: heads, sequenceStarts: sequenceStarts, mapStarts: mapStarts)
  }

  private init(storage: Matrix, heads: Int, sequenceStarts: [Int], mapStarts: [Int]) {
    self.storage = storage
    self.heads = heads
    self.sequenceStarts = sequenceStarts
    self.mapStarts = mapStarts
  }
}
