import Synchronization

/// The reusable memory of one encoding thread: word cache, Unicode pages, buffers.
///
/// Not for two threads at once. A tokenizer keeps some for its own methods; loops that want to encode without
/// taking a lock for each text hold one themselves.
public final class TokenizerWorkspace: @unchecked Sendable {
  let core: TokenizerCore
  var encoder: WordEncoder
  /// The ids of the last text, without special tokens.
  private(set) var ids: UnsafeMutablePointer<Int32>
  private(set) var ranges: UnsafeMutablePointer<Range<Int>>?
  private var capacity: Int

  /// Memory for encoding with `tokenizer`.
  public convenience init(_ tokenizer: Tokenizer) { self.init(tokenizer.core) }

  init(_ core: TokenizerCore, words: WordTable? = nil) {
    self.core = core
    capacity = 4096 + 2 * WordEncoder.slack(core)
    ids = .allocate(capacity: capacity)
    encoder = WordEncoder(core, out: ids, words: words)
  }

  deinit {
    encoder.deallocate()
    ids.deallocate()
    ranges?.deallocate()
  }

  /// How many maximal parts of invalid UTF-8 this workspace has dropped so far.
  ///
  /// Python's decoder would have put a U+FFFD for each, which cleaning drops: the ids are the same.
  public var invalidCount: Int { encoder.invalidCount }

  /// Empties the word cache, when numbers of words begin anew.
  func forgetWords() { encoder.cache.clear() }

  /// Encodes a text into `ids`, and into `ranges` if `traced`, and returns how many ids there are.
  ///
  /// Stops after `limit` ids. Of the text's memory, `readable` bytes may be read.
  func encode(_ text: UnsafeRawBufferPointer, readable: Int, limit: Int, traced: Bool) -> Int {
    guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self), limit > 0 else { return 0 }
    encoder.out = ids
    encoder.produced = 0
    if traced && ranges == nil { ranges = .allocate(capacity: capacity) }
    encoder.ranges = traced ? ranges : nil
    if core.added.needsSplitting {
      for segment in TextSplitter(core).segments(UnsafeBufferPointer(start: base, count: text.count)) {
        if encoder.produced >= limit { break }
        makeRoom()
        switch segment {
        case .text(let range):
          run(base, range.lowerBound, range.upperBound, readable: readable, limit: limit)
        case .token(let id, let range): encoder.emit(id, range)
        case .word(let range): encoder.encodeWhole(base, range)
        }
      }
    } else {
      run(base, 0, text.count, readable: readable, limit: limit)
    }
    return min(encoder.produced, limit)
  }

  private func run(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, readable: Int, limit: Int) {
    var position = start
    while position < end && encoder.produced < limit {
      makeRoom()
      position = encoder.encode(
        base, position, end, readable: readable, capacity: min(limit, capacity - encoder.slack))
    }
  }

  /// Doubles the buffers where the next word may not fit.
  private func makeRoom() {
    let count = encoder.produced
    if count + encoder.slack < capacity { return }
    let larger = UnsafeMutablePointer<Int32>.allocate(capacity: 2 * capacity)
    larger.moveInitialize(from: ids, count: count)
    ids.deallocate()
    ids = larger
    encoder.out = larger
    if let old = ranges {
      let larger = UnsafeMutablePointer<Range<Int>>.allocate(capacity: 2 * capacity)
      if encoder.ranges != nil {
        larger.moveInitialize(from: old, count: count)
        encoder.ranges = larger
      }
      old.deallocate()
      ranges = larger
    }
    capacity *= 2
  }
}

/// The workspaces that a tokenizer's own methods use; as many as have ever been needed at once.
final class WorkspacePool: Sendable {
  private let free = Mutex<[TokenizerWorkspace]>([])

  /// Runs `body` with a workspace that nobody else has.
  func with<Result>(_ core: TokenizerCore, _ body: (TokenizerWorkspace) throws -> Result) rethrows -> Result {
    let workspace = free.withLock { $0.popLast() } ?? TokenizerWorkspace(core)
    defer { free.withLock { $0.append(workspace) } }
    return try body(workspace)
  }
}
