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
/// Memory does not grow with the files, only with the longest line. `-` is standard input.
public final class LineBlockReader: Sendable {
  /// About how many bytes a block holds.
  public static let blockSize = 1 << 20

  private struct State: ~Copyable {
    var paths: [String]
    var next = 0
    var descriptor: Int32 = -1
    var path = ""
    var line = 1
    var byte = 0
    var index = 0
    var bytesRead = 0
    /// Bytes of a line that the last block did not end.
    var rest: [UInt8] = []
    var header: [UInt8] = []
    var failed = false
  }
  private let state: Guarded<State>

  /// A reader of these files in this order.
  public init(_ paths: [String]) { state = Guarded(State(paths: paths)) }

  deinit {
    state.withLock { if $0.descriptor > 0 { close($0.descriptor) } }
  }

  /// How many bytes have been read so far.
  public var bytesRead: Int { state.withLock { $0.bytesRead } }

  /// Fills a block with the next lines and returns whether there were any.
  ///
  /// After an error every caller gets false.
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
      if state.descriptor < 0 {
        if state.next == state.paths.count { return false }
        try open(state.paths[state.next], &state)
        state.next += 1
      }
      block.count = state.rest.count
      while block.capacity < block.count + LineBlock.padding + blockSize / 2 { block.grow() }
      state.rest.withUnsafeBytes { rest in
        if let base = rest.baseAddress { block.memory.copyMemory(from: base, byteCount: rest.count) }
      }
      state.rest.removeAll(keepingCapacity: true)
      let ended = try fillFromFile(block, &state)
      if ended {
        if state.descriptor > 0 { close(state.descriptor) }
        state.descriptor = -1
      }
      if block.count > 0 {
        finish(block, &state)
        return true
      }
    }
  }

  private static func open(_ path: String, _ state: inout State) throws {
    state.path = path
    state.line = 1
    state.byte = 0
    if path == "-" {
      state.descriptor = 0
      return
    }
    if Files.isDirectory(path) {
      throw FileError(path: path, operation: "read", reason: "it is a folder")
    }
    state.descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    if state.descriptor < 0 {
      throw FileError(path: path, operation: "read")
    }
    posix_fadvise(state.descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  /// Reads until the block is full with at least one whole line, or the file ends; returns whether it ended.
  private static func fillFromFile(_ block: LineBlock, _ state: inout State) throws -> Bool {
    while true {
      let room = block.capacity - LineBlock.padding - block.count
      if room == 0 {
        // The last line feed; what is behind it begins the next block.
        let bytes = UnsafeRawBufferPointer(start: block.memory, count: block.count)
        if let last = bytes.lastIndex(of: 10) {
          let end = last + 1
          state.rest.append(
            contentsOf: UnsafeRawBufferPointer(start: block.memory + end, count: block.count - end))
          block.count = end
          return false
        }
        block.grow()
        continue
      }
      let count = read(state.descriptor, block.memory + block.count, room)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: state.path, operation: "read")
      }
      if count == 0 { return true }
      block.count += count
      state.bytesRead += count
    }
  }

  private static func finish(_ block: LineBlock, _ state: inout State) {
    (block.memory + block.count).initializeMemory(as: UInt8.self, repeating: 0, count: LineBlock.padding)
    let bytes = UnsafeRawBufferPointer(start: block.memory, count: block.count)
    if state.line == 1 {
      state.header = Array(bytes.prefix { $0 != 10 })
      if state.header.last == 13 { state.header.removeLast() }
      if state.header.starts(with: [0xEF, 0xBB, 0xBF]) { state.header.removeFirst(3) }  // a byte order mark
    }
    block.header = state.header
    block.index = state.index
    block.path = state.path
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
