/// Memory for one pass: pieces are handed out one after the other and all taken back at once.
///
/// It grows to the largest pass it has seen; after that nothing is allocated.
public final class Arena {
  private var chunks: [FloatBuffer] = []
  private var used = 0
  private static let leastChunk = 1 << 16

  /// An arena without memory.
  public init() {}

  /// The floats that the arena holds.
  public var capacity: Int { chunks.reduce(0) { $0 + $1.count } }

  /// Takes everything back; where a pass needed several chunks, one takes their place.
  public func reset() {
    if chunks.count > 1 {
      let total = capacity
      chunks.removeAll()
      chunks.append(FloatBuffer(count: total))
    }
    used = 0
  }

  /// `count` floats on a 64-byte boundary, of any finite value.
  public func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    let size = (count + 15) / 16 * 16
    if let last = chunks.last, used + size <= last.count {
      used += size
      return last.base + (used - size)
    }
    chunks.append(FloatBuffer(count: max(size, capacity / 2, Self.leastChunk)))
    used = size
    return chunks[chunks.count - 1].base
  }

  /// A matrix of any finite values, with memory for `GEMM.paddedRows(rows)` rows.
  public func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(base: floats(GEMM.paddedRows(rows) * columns), rows: rows, columns: columns)
  }

  /// The same filled with zeros.
  public func zeros(_ rows: Int, _ columns: Int) -> Matrix {
    let result = matrix(rows, columns)
    result.base.update(repeating: 0, count: GEMM.paddedRows(rows) * columns)
    return result
  }

  /// Memory for `count` 64-bit numbers.
  public func words(_ count: Int) -> UnsafeMutablePointer<UInt64> {
    UnsafeMutableRawPointer(floats(2 * count)).bindMemory(to: UInt64.self, capacity: count)
  }

  /// Memory for `count` 32-bit numbers.
  public func halfWords(_ count: Int) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(floats(count)).bindMemory(to: UInt32.self, capacity: count)
  }
}
