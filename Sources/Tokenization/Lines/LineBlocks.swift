import Files
import Glibc

/// Some whole lines of a file in memory of their own, with readable bytes behind them.
public final class LineBlock {
  /// How many bytes behind the lines may be read.
  public static let padding = 32

  fileprivate(set) var memory: UnsafeMutableRawPointer
  fileprivate var capacity: Int
  /// How many bytes the lines take, line feeds included.
  public fileprivate(set) var count = 0
  /// The number of this block among all that were read, from 0.
  public fileprivate(set) var index = 0
  /// The file that the lines came from.
  public fileprivate(set) var path = ""
  /// The first line's number in its file, from 1.
  public fileprivate(set) var firstLine = 1
  /// Where the first line begins in its file, in bytes.
  public fileprivate(set) var firstByte = 0

  /// An empty block.
  public init() {
    capacity = LineBlockReader.blockSize + Self.padding
    memory = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { memory.deallocate() }

  /// The file's first line, without its line feed.
  public fileprivate(set) var header: [UInt8] = []

  /// Calls `body` for each line without its line feed or CRLF.
  public func forEachLine(_ body: (_ line: UnsafeRawBufferPointer) throws -> Void) rethrows {
    var start = 0
    while start < count {
      let found = memchr(memory + start, 10, count - start)
      let end = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(memory) } ?? count
      let isCRLF = end > start && memory.load(fromByteOffset: end - 1, as: UInt8.self) == 13
      try body(UnsafeRawBufferPointer(start: memory + start, count: end - start - (isCRLF ? 1 : 0)))
      start = end + 1
    }
  }

  /// Throws `TextError` unless all lines are valid UTF-8 without NULs.
  public func requireText() throws {
    let bytes = UnsafeRawBufferPointer(start: memory, count: count)
    if hasZero || Tokenizer.firstInvalidByte(bytes) != nil {
      throw TextBytes.problem(bytes, path: path, line: firstLine, offset: firstByte)
    }
  }

  /// Whether a NUL is among the bytes, as in what is no text.
  public var hasZero: Bool { memchr(memory, 0, count) != nil }

  fileprivate func grow() {
    let larger = UnsafeMutableRawPointer.allocate(byteCount: 2 * capacity, alignment: 64)
    larger.copyMemory(from: memory, byteCount: capacity)
    memory.deallocate()
    memory = larger
    capacity *= 2
  }
}

/// Reads files, one after the other, in blocks of whole lines; many threads may take blocks at once.
///
/// Gzip is unpacked and a byte order mark left out. Memory does not grow with the files, only with the longest line,
/// which may have `TextSource.longestLine` bytes. `-` is standard input.
public final class LineBlockReader: Sendable {
  /// About how many bytes a block holds.
  public static let blockSize = 1 << 20

  private struct State: ~Copyable {
    var paths: [String]
    var next = 0
    var source: TextSource?
    var line = 1
    var byte = 0
    var index = 0
    /// Bytes of files that have ended.
    var bytesRead = 0
    /// Bytes of a line that the last block did not end.
    var rest: [UInt8] = []
    var header: [UInt8] = []
    var failed = false
  }
  private let state: Guarded<State>

  /// A reader of these files in this order.
  public init(_ paths: [String]) { state = Guarded(State(paths: paths)) }

  /// How many bytes have been read so far, as they lie on the disk.
  public var bytesRead: Int { state.withLock { $0.bytesRead + ($0.source?.bytesRead ?? 0) } }

  /// Fills a block with the next lines and returns whether there were any.
  ///
  /// After an error every caller gets false. Throws `FileError` where a file cannot be read or unpacked, `TextError`
  /// where it is no text or a line is too long.
  public func next(_ block: LineBlock) throws -> Bool {
    try state.withLock { state in
      if state.failed { return false }
      do {
        return try Self.fill(block, &state)
      } catch {
        state.failed = true
        throw error
      }
    }
  }

  private static func fill(_ block: LineBlock, _ state: inout State) throws -> Bool {
    while true {
      guard let source = state.source else {
        if state.next == state.paths.count { return false }
        state.source = try TextSource(state.paths[state.next])
        (state.line, state.byte) = (1, 0)
        state.next += 1
        continue
      }
      block.count = state.rest.count
      while block.capacity < block.count + LineBlock.padding + blockSize / 2 { block.grow() }
      state.rest.withUnsafeBytes { rest in
        if let base = rest.baseAddress { block.memory.copyMemory(from: base, byteCount: rest.count) }
      }
      state.rest.removeAll(keepingCapacity: true)
      if try fill(block, from: source, &state) {
        state.bytesRead += source.bytesRead
        state.source = nil
      }
      if block.count > 0 {
        finish(block, source, &state)
        return true
      }
    }
  }

  /// Reads until the block is full with at least one whole line, or the file ends; returns whether it ended.
  private static func fill(_ block: LineBlock, from source: TextSource, _ state: inout State) throws -> Bool {
    var searched = 0
    while true {
      let room = block.capacity - LineBlock.padding - block.count
      if room == 0 {
        // The last line feed; what is behind it begins the next block.
        let bytes = UnsafeRawBufferPointer(start: block.memory, count: block.count)
        if let last = bytes[searched...].lastIndex(of: 10) {
          let end = last + 1
          state.rest.append(
            contentsOf: UnsafeRawBufferPointer(start: block.memory + end, count: block.count - end))
          block.count = end
          return false
        }
        searched = block.count
        if searched > TextSource.longestLine { throw source.lineTooLong(state.line) }
        block.grow()
        continue
      }
      let count = try source.read(
        into: UnsafeMutableRawBufferPointer(start: block.memory + block.count, count: room))
      if count == 0 { return true }
      block.count += count
    }
  }

  private static func finish(_ block: LineBlock, _ source: TextSource, _ state: inout State) {
    if state.line == 1 { state.byte = source.markLength }
    (block.memory + block.count).initializeMemory(as: UInt8.self, repeating: 0, count: LineBlock.padding)
    let bytes = UnsafeRawBufferPointer(start: block.memory, count: block.count)
    if state.line == 1 {
      state.header = Array(bytes.prefix { $0 != 10 })
      if state.header.last == 13 { state.header.removeLast() }
    }
    block.header = state.header
    block.index = state.index
    block.path = source.path
    block.firstLine = state.line
    block.firstByte = state.byte
    state.index += 1
    state.byte += block.count
    state.line += Self.lineFeeds(block)
  }

  /// How many line feeds a block has; its padding has none.
  private static func lineFeeds(_ block: LineBlock) -> Int {
    let sevens: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    var total = 0
    for offset in stride(from: 0, to: block.count, by: 8) {
      // Bytes that were line feeds are 0 now; their high bits alone stay set in the last line.
      let bytes = block.memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
      let others = ((bytes & sevens) &+ sevens) | bytes | sevens
      total += (~others).nonzeroBitCount
    }
    return total
  }
}
