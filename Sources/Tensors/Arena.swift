/// Memory for one pass: pieces are handed out one after the other and all taken back at once.
///
/// It grows to the largest pass it has seen; after that nothing is allocated. One user at a time.
public final class Arena: @unchecked Sendable {
  private var chunks: [FloatBuffer] = []
  private var current = 0
  private var used = 0
  private var held: Holder?
  private static let leastChunk = 1 << 16

  /// An arena without memory.
  public init() {}

  /// Keeps all memory of the arena alive that there is now, whatever the arena does later.
  public var memory: AnyObject {
    if let held { return held }
    let holder = Holder(chunks)
    held = holder
    return holder
  }

  private final class Holder {
    let chunks: [FloatBuffer]
    init(_ chunks: [FloatBuffer]) { self.chunks = chunks }
  }

  /// The floats that the arena holds.
  public var capacity: Int { chunks.reduce(0) { $0 + $1.count } }

  /// Takes everything back; where a pass needed several chunks, one takes their place.
  public func reset() {
    if chunks.count > 1 {
      let total = capacity
      chunks.removeAll()
      chunks.append(FloatBuffer(count: total))
      held = nil
    }
    (current, used) = (0, 0)
  }

  /// A place to come back to by `release`.
  public struct Mark {
    fileprivate let chunk: Int
    fileprivate let used: Int
  }

  /// How far the arena is handed out.
  public var mark: Mark { Mark(chunk: current, used: used) }

  /// Takes back all pieces that were handed out since `mark`.
  public func release(to mark: Mark) { (current, used) = (mark.chunk, mark.used) }

  /// `count` floats on a 64-byte boundary, with any content.
  public func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    let size = (count + 15) / 16 * 16
    while current < chunks.count {
      if used + size <= chunks[current].count {
        used += size
        return chunks[current].base + (used - size)
      }
      current += 1
      used = 0
    }
    chunks.append(FloatBuffer(count: max(size, capacity / 2, Self.leastChunk)))
    held = nil
    used = size
    return chunks[current].base
  }

  /// A matrix with any content.
  public func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(base: floats(rows * columns), rows: rows, columns: columns)
  }

  /// The same filled with zeros.
  public func zeros(_ rows: Int, _ columns: Int) -> Matrix {
    let result = matrix(rows, columns)
    result.base.update(repeating: 0, count: rows * columns)
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
