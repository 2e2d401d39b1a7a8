/// The reusable memory of one encoding thread: word cache, Unicode pages, buffers.
///
/// Not for two threads at once. A tokenizer keeps some for its own methods; loops that want to encode without
/// taking a lock for each text hold one themselves.
public final class TokenizerWorkspace {
  let core: TokenizerCore
  /// Behind a pointer, for a class's own storage is checked for exclusive access at every use.
  private let encoder: UnsafeMutablePointer<WordEncoder>
  /// The ids of the last text, without special tokens; there is room before and behind them for the template's.
  private(set) var ids: UnsafeMutablePointer<Int32>
  private(set) var ranges: UnsafeMutablePointer<Range<Int>>?
  private var capacity: Int

  /// Memory for encoding with `tokenizer`.
  public convenience init(_ tokenizer: Tokenizer) { self.init(tokenizer.core) }

  init(_ core: TokenizerCore, words: WordTable? = nil) {
    self.core = core
    capacity = 4096 + 2 * WordEncoder.slack(core)
    ids = .allocate(capacity: capacity + core.beforeCount + core.behindCount) + core.beforeCount
    encoder = .allocate(capacity: 1)
    encoder.initialize(to: WordEncoder(core, out: ids, words: words))
  }

  deinit {
    encoder.pointee.deallocate()
    encoder.deinitialize(count: 1)
    encoder.deallocate()
    (ids - core.beforeCount).deallocate()
    ranges?.deallocate()
  }

  /// How many maximal parts of invalid UTF-8 this workspace has dropped so far.
  ///
  /// Python's decoder would have put a U+FFFD for each, which cleaning drops: the ids are the same.
  public var invalidCount: Int { encoder.pointee.invalidCount }

  /// Encodes a text and returns its ids, with the template's tokens around them or without; they stay here.
  ///
  /// Of more than `maxLength`, those go that `truncationSide` does not keep.
  func framed(
    _ text: UnsafeRawBufferPointer, readable: Int, maxLength: Int?, addSpecialTokens: Bool
  ) -> UnsafeBufferPointer<Int32> {
    let core = core
    let before = addSpecialTokens ? core.beforeCount : 0
    let behind = addSpecialTokens ? core.behindCount : 0
    let limit = max(0, (maxLength ?? .max) - before - behind)
    let count = encode(text, readable: readable, limit: core.keepsEnd ? .max : limit, traced: false)
    let kept = min(count, limit)
    let first = core.keepsEnd ? ids + (count - kept) : ids
    let frame = core.frame
    for index in 0..<before { first[index - before] = frame[index] }
    for index in 0..<behind { first[kept + index] = frame[before + index] }
    return UnsafeBufferPointer(start: first - before, count: before + kept + behind)
  }

  /// How many pairs of places its word cache has.
  var cacheSetCount: Int { encoder.pointee.cache.setCount }

  /// Empties the word cache, when numbers of words begin anew.
  func forgetWords() { encoder.pointee.forgetWords() }

  /// Encodes a text into `ids`, and into `ranges` if `traced`, and returns how many ids there are.
  ///
  /// Stops after `limit` ids. Of the text's memory, `readable` bytes may be read.
  func encode(_ text: UnsafeRawBufferPointer, readable: Int, limit: Int, traced: Bool) -> Int {
    guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self), limit > 0 else { return 0 }
    encoder.pointee.out = ids
    encoder.pointee.produced = 0
    if traced && ranges == nil { ranges = .allocate(capacity: capacity) }
    encoder.pointee.ranges = traced ? ranges : nil
    if core.splitsTexts {
      let splitter = TextSplitter(core)
      let (segments, invalid) = splitter.segments(UnsafeBufferPointer(start: base, count: text.count))
      encoder.pointee.invalidCount += invalid
      for segment in segments {
        if encoder.pointee.produced >= limit { break }
        makeRoom()
        switch segment {
        case .text(let range):
          run(base, range.lowerBound, range.upperBound, readable: readable, limit: limit)
        case .normalized(let form, let range):
          for word in core.pipeline.words(form, range) {
            if encoder.pointee.produced >= limit { break }
            makeRoom()
            encoder.pointee.encodeWord(form, word)
          }
        case .token(let id, let range): encoder.pointee.emit(id, range)
        case .word(let range): encoder.pointee.encodeWhole(base, range)
        }
      }
    } else {
      run(base, 0, text.count, readable: readable, limit: limit)
    }
    return min(encoder.pointee.produced, limit)
  }

  private func run(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, readable: Int, limit: Int) {
    var position = start
    while position < end && encoder.pointee.produced < limit {
      makeRoom()
      position = encoder.pointee.encode(
        base, position, end, readable: readable, capacity: min(limit, capacity - encoder.pointee.slack))
    }
    encoder.pointee.endText()
  }

  /// Doubles the buffers where the next word may not fit.
  private func makeRoom() {
    let count = encoder.pointee.produced
    if count + encoder.pointee.slack < capacity { return }
    let larger =
      UnsafeMutablePointer<Int32>.allocate(capacity: 2 * capacity + core.beforeCount + core.behindCount)
      + core.beforeCount
    larger.moveInitialize(from: ids, count: count)
    (ids - core.beforeCount).deallocate()
    ids = larger
    encoder.pointee.out = larger
    if let old = ranges {
      let larger = UnsafeMutablePointer<Range<Int>>.allocate(capacity: 2 * capacity)
      if encoder.pointee.ranges != nil {
        larger.moveInitialize(from: old, count: count)
        encoder.pointee.ranges = larger
      }
      old.deallocate()
      ranges = larger
    }
    capacity *= 2
  }
}

/// The workspaces that a tokenizer's own methods use; as many as have ever been needed at once.
final class WorkspacePool: Sendable {
  /// A workspace that goes from thread to thread, while none has it.
  private struct Spare: @unchecked Sendable {
    let workspace: TokenizerWorkspace
  }

  private let free = Guarded<[Spare]>([])

  /// Runs `body` with a workspace that nobody else has.
  func with<Result>(_ core: TokenizerCore, _ body: (TokenizerWorkspace) throws -> Result) rethrows -> Result {
    let spare = free.withLock { $0.popLast() } ?? Spare(workspace: TokenizerWorkspace(core))
    defer { free.withLock { $0.append(spare) } }
    return try body(spare.workspace)
  }
}
