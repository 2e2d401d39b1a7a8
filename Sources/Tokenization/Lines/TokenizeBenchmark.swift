import Dispatch
import Synchronization

/// A file's lines in memory, encoded as a whole as often as is asked for.
public final class TokenizeBenchmark: @unchecked Sendable {
  private let tokenizer: Tokenizer
  private var workspaces: [TokenizerWorkspace]
  private var bytes: [UInt8] = []
  private var lines: [Range<Int>] = []
  /// One thread's ids, which begin anew where they are full.
  private let buffers: [UnsafeMutableBufferPointer<Int32>]

  /// Reads a file's lines, or a column of them, into memory.
  public init(_ tokenizer: Tokenizer, file: String, column: LineColumn?, threads: Int) throws {
    self.tokenizer = tokenizer
    workspaces = (0..<max(1, threads)).map { _ in TokenizerWorkspace(tokenizer) }
    var bytes: [UInt8] = []
    var lines: [Range<Int>] = []
    let reader = LineBlockReader([file])
    let block = LineBlock()
    while try reader.next(block) {
      try block.requireText()
      let place = try column?.resolved(in: block)
      try block.forEachLine { line in
        var text = line
        if let place {
          guard let found = try place.find(in: line, block: block) else { return }
          text = found
        }
        lines.append(bytes.count..<(bytes.count + text.count))
        bytes.append(contentsOf: text)
        bytes.append(10)
      }
    }
    bytes.append(contentsOf: repeatElement(0, count: LineBlock.padding))
    self.bytes = bytes
    self.lines = lines
    let longest = lines.reduce(0) { max($0, $1.count) }
    buffers = workspaces.map { _ in .allocate(capacity: max(1 << 16, 2 * longest + 16)) }
  }

  deinit { for buffer in buffers { buffer.deallocate() } }

  /// The number of lines.
  public var lineCount: Int { lines.count }
  /// Their bytes without line feeds.
  public var byteCount: Int { lines.reduce(0) { $0 + $1.count } }

  /// Forgets the words that passes have seen, so that the next is as a first one.
  public func forget() { workspaces = workspaces.map { _ in TokenizerWorkspace(tokenizer) } }

  /// Encodes all lines with special tokens and returns the number of tokens.
  public func pass() -> Int {
    // Parts small enough that threads end together, large enough that taking one costs nothing.
    let part = max(64, lines.count / (32 * workspaces.count))
    let parts = (lines.count + part - 1) / part
    let next = Atomic<Int>(0)
    let total = Atomic<Int>(0)
    nonisolated(unsafe) let workspaces = workspaces
    bytes.withUnsafeBytes { text in
      lines.withUnsafeBufferPointer { lines in
        nonisolated(unsafe) let text = text
        nonisolated(unsafe) let lines = lines
        DispatchQueue.concurrentPerform(iterations: workspaces.count) { thread in
          let workspace = workspaces[thread]
          let buffer = buffers[thread]
          var tokens = 0
          while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if index >= parts { break }
            var used = 0
            for line in lines[(index * part)..<min(lines.count, (index + 1) * part)] {
              let rest = UnsafeMutableBufferPointer(rebasing: buffer[used...])
              let source = UnsafeRawBufferPointer(rebasing: text[line])
              let readable = text.count - line.lowerBound
              if let count = tokenizer.encode(
                utf8: source, to: rest, workspace: workspace, readable: readable)
              {
                used += count
                tokens += count
              } else {
                tokens +=
                  tokenizer.encode(utf8: source, to: buffer, workspace: workspace, readable: readable) ?? 0
                used = 0
              }
            }
          }
          total.wrappingAdd(tokens, ordering: .relaxed)
        }
      }
    }
    return total.load(ordering: .relaxed)
  }
}
