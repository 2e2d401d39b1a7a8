/// Float32 memory on a 64-byte boundary, zero at first, freed with its owner.
///
/// A buffer is written by one owner at a time; parallel loops write disjoint parts of it.
public final class FloatBuffer: @unchecked Sendable {
  /// The number of floats.
  public let count: Int
  /// The first float.
  public let base: UnsafeMutablePointer<Float>

  /// Allocates `count` zeros.
  public init(count: Int) {
    precondition(count >= 0, "a buffer cannot hold \(count) floats")
    self.count = count
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
    base = bytes.bindMemory(to: Float.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { base.deallocate() }

  /// The part of the buffer that starts at `offset`, seen as `rows` times `columns`, row by row.
  public func matrix(rows: Int, columns: Int, offset: Int = 0) -> Matrix {
    precondition(offset >= 0 && offset + rows * columns <= count, "a matrix reaches past its buffer")
    return Matrix(base: base + offset, rows: rows, columns: columns)
  }
}
