/// BERT's tokenizer: text to ids as Hugging Face's `BertTokenizerFast` does it, scalar for scalar.
///
/// A text is cut at special tokens, cleaned, split at Chinese characters, stripped of accents, lower-cased, cut into
/// words at white space and punctuation, and each word into the longest pieces of the vocabulary. A value that
/// any number of threads may use at once.
public struct Tokenizer: Sendable {
  let core: TokenizerCore
  private let pool = WorkspacePool()

  /// Makes a tokenizer; throws where the vocabulary lacks `[UNK]`, `[CLS]` or `[SEP]`.
  public init(vocabulary: Vocabulary, settings: TokenizerSettings = .init()) throws {
    core = try TokenizerCore(vocabulary: vocabulary, settings: settings)
  }

  /// Makes a tokenizer from a `vocab.txt`.
  public init(vocabularyFile: String, settings: TokenizerSettings = .init()) throws {
    try self.init(vocabulary: Vocabulary(file: vocabularyFile), settings: settings)
  }

  /// The vocabulary, with the added tokens that the file lacked.
  public var vocabulary: Vocabulary { core.vocabulary }
  /// What the tokenizer was made with.
  public var settings: TokenizerSettings { core.settings }
  /// The id of the unknown token.
  public var unkID: Int32 { core.unk }
  /// The id that begins every encoding.
  public var clsID: Int32 { core.cls }
  /// The id that ends every text.
  public var sepID: Int32 { core.sep }
  /// The id of the padding token, nil where the vocabulary has none.
  public var padID: Int32? { vocabulary.id(of: settings.padToken) }
  /// The id of the mask token, nil where the vocabulary has none.
  public var maskID: Int32? { vocabulary.id(of: settings.maskToken) }
  /// The ids that `decode` leaves out as special tokens.
  public var specialIDs: Set<Int32> { core.added.specialIDs }

  /// Whether every text has the same ids by both: the same vocabulary and rules, however they are written down.
  ///
  /// A `modelMaxLength` is no rule, for nothing applies it by itself.
  public func givesSameIDs(as other: Tokenizer) -> Bool {
    vocabulary == other.vocabulary && core.rules == other.core.rules
  }

  /// The ids of a text or a pair.
  ///
  /// - Parameters:
  ///   - text: the text, or the first of a pair.
  ///   - pair: the second text.
  ///   - maxLength: the most tokens, special ones included; nil for no limit, whatever `modelMaxLength` says.
  ///   - truncation: what goes where there are more; a text is not read further than it has to be.
  ///   - addSpecialTokens: whether `[CLS] first [SEP] second [SEP]` or the texts' own tokens alone.
  ///   - offsets: whether the byte ranges are wanted; encoding is several times as fast without.
  /// - Throws: where `maxLength` leaves no room, or `truncation` cannot be done.
  public func encode(
    _ text: String, pair: String? = nil, maxLength: Int? = nil, truncation: Truncation = .longestFirst,
    addSpecialTokens: Bool = true, offsets: Bool = true
  ) throws -> Encoding {
    let room = try room(maxLength, pair: pair != nil, addSpecialTokens, truncation)
    return try pool.with(core) { workspace in
      let limits = Self.limits(truncation, room: room, pair: pair != nil)
      var first = workspace.tokens(text, limit: limits.first, traced: offsets)
      var second = pair.map { workspace.tokens($0, limit: limits.second, traced: offsets) }
      if let pair, first.ids.count == room, second?.ids.count == room, room % 2 == 1 {
        // Which of two long texts gets the odd token depends on which is longer in full.
        first = workspace.tokens(text, limit: .max, traced: offsets)
        second = workspace.tokens(pair, limit: .max, traced: offsets)
      }
      let lengths = try truncation.lengths(
        first: first.ids.count, second: second?.ids.count, room: room)
      first.truncate(to: lengths.first)
      second?.truncate(to: lengths.second)
      return assemble(first, second, addSpecialTokens, offsets)
    }
  }

  /// Adds the ids of UTF-8 text to an array, without memory of its own beyond the workspace's.
  ///
  /// Invalid UTF-8 is dropped and counted in the workspace. Stops after `maxLength` ids, special ones included.
  /// - Parameters:
  ///   - text: the bytes.
  ///   - ids: what the ids are added to.
  ///   - workspace: memory to work in, for one caller at a time.
  ///   - maxLength: the most ids that are added; the special ones are there in any case.
  ///   - addSpecialTokens: whether [CLS] and [SEP] frame the ids.
  ///   - readable: how many bytes from the text's start on may be read, where more of the same buffer follows; 16
  ///     bytes behind the text are enough for the fastest path to the end. nil where none may be.
  public func encode(
    utf8 text: UnsafeRawBufferPointer, into ids: inout [Int32], workspace: TokenizerWorkspace,
    maxLength: Int? = nil, addSpecialTokens: Bool = true, readable: Int? = nil
  ) {
    precondition(workspace.core === core, "the workspace belongs to another tokenizer")
    let limit = max(0, (maxLength ?? .max) - (addSpecialTokens ? 2 : 0))
    let count = workspace.encode(text, readable: readable ?? text.count, limit: limit, traced: false)
    ids.append(contentsOf: workspace.framed(count, addSpecialTokens: addSpecialTokens))
  }

  /// Writes the ids of UTF-8 text to a buffer and returns how many there are, nil where they do not fit.
  ///
  /// As `encode(utf8:into:workspace:maxLength:addSpecialTokens:readable:)`, but for a caller's own memory.
  public func encode(
    utf8 text: UnsafeRawBufferPointer, to buffer: UnsafeMutableBufferPointer<Int32>,
    workspace: TokenizerWorkspace, maxLength: Int? = nil, addSpecialTokens: Bool = true, readable: Int? = nil
  ) -> Int? {
    precondition(workspace.core === core, "the workspace belongs to another tokenizer")
    let special = addSpecialTokens ? 1 : 0
    let limit = max(0, (maxLength ?? .max) - 2 * special)
    let count = workspace.encode(text, readable: readable ?? text.count, limit: limit, traced: false)
    if count + 2 * special > buffer.count { return nil }
    return buffer.update(fromContentsOf: workspace.framed(count, addSpecialTokens: addSpecialTokens))
  }

  /// Every window of a text too long for one, each beginning `stride` tokens before the last one's end.
  ///
  /// Of a pair, each text that `truncation` shortens is cut into windows; they come as the reference orders
  /// them: the first ones together, as `encode` gives them; each later one of the first text with all of the
  /// second; then the first one with the later ones of the second.
  public func encodeWindows(
    _ text: String, pair: String? = nil, maxLength: Int, stride: Int = 0,
    truncation: Truncation = .longestFirst, addSpecialTokens: Bool = true, offsets: Bool = true
  ) throws -> [Encoding] {
    let room = try room(maxLength, pair: pair != nil, addSpecialTokens, truncation)
    let (first, second) = pool.with(core) { workspace in
      (
        workspace.tokens(text, limit: .max, traced: offsets),
        pair.map { workspace.tokens($0, limit: .max, traced: offsets) }
      )
    }
    if truncation == .none || first.ids.count + (second?.ids.count ?? 0) <= room {
      return [assemble(first, second, addSpecialTokens, offsets)]
    }
    let lengths = try truncation.lengths(first: first.ids.count, second: second?.ids.count, room: room)
    let firsts = try first.windows(lengths.first, stride: stride)
    guard let second else { return firsts.map { assemble($0, nil, addSpecialTokens, offsets) } }
    let seconds = try second.windows(lengths.second, stride: stride)
    var result = [assemble(firsts[0], seconds[0], addSpecialTokens, offsets)]
    for first in firsts.dropFirst() {
      for second in seconds { result.append(assemble(first, second, addSpecialTokens, offsets)) }
    }
    for second in seconds.dropFirst() {
      result.append(assemble(firsts[0], second, addSpecialTokens, offsets))
    }
    return result
  }

  private func room(
    _ maxLength: Int?, pair: Bool, _ addSpecialTokens: Bool, _ truncation: Truncation
  ) throws -> Int {
    guard let maxLength, truncation != .none else { return .max }
    let special = addSpecialTokens ? (pair ? 3 : 2) : 0
    if maxLength < special {
      throw TokenizerError("a maximum length of \(maxLength) leaves no room for \(special) special tokens")
    }
    return maxLength - special
  }

  /// How far each text has to be read for truncation to know what it needs.
  private static func limits(_ truncation: Truncation, room: Int, pair: Bool) -> (first: Int, second: Int) {
    switch truncation {
    case .none: (.max, .max)
    case .longestFirst: (room, room)
    case .onlyFirst: (pair ? max(room, 1) : room, .max)
    case .onlySecond: (.max, max(room, 1))
    }
  }

  private func assemble(
    _ first: TokenRun, _ second: TokenRun?, _ addSpecialTokens: Bool, _ withOffsets: Bool
  ) -> Encoding {
    let special = addSpecialTokens ? 1 : 0
    let count = first.ids.count + (second?.ids.count ?? 0) + (second == nil ? 2 : 3) * special
    var result = Encoding(ids: [], tokenTypeIDs: [], offsets: [], specialTokensMask: [])
    result.ids.reserveCapacity(count)
    result.tokenTypeIDs.reserveCapacity(count)
    result.specialTokensMask.reserveCapacity(count)
    if withOffsets { result.offsets.reserveCapacity(count) }
    func addSpecial(_ id: Int32, _ type: Int32) {
      if !addSpecialTokens { return }
      result.ids.append(id)
      result.tokenTypeIDs.append(type)
      result.specialTokensMask.append(true)
      if withOffsets { result.offsets.append(0..<0) }
    }
    func add(_ run: TokenRun, _ type: Int32) {
      result.ids += run.ids
      result.tokenTypeIDs += repeatElement(type, count: run.ids.count)
      result.specialTokensMask += repeatElement(false, count: run.ids.count)
      result.offsets += run.ranges
      addSpecial(core.sep, type)
    }
    addSpecial(core.cls, 0)
    add(first, 0)
    if let second { add(second, 1) }
    return result
  }
}

/// The tokens of one text before special tokens are put around them.
struct TokenRun {
  var ids: [Int32]
  var ranges: [Range<Int>]

  /// Drops all tokens but the first `length`.
  mutating func truncate(to length: Int) {
    if length >= ids.count { return }
    ids.removeLast(ids.count - length)
    if !ranges.isEmpty { ranges.removeLast(ranges.count - length) }
  }

  /// Pieces of `length` tokens, each beginning `stride` tokens before the end of the one before it; the whole run
  /// where it is no longer than that.
  func windows(_ length: Int, stride: Int) throws -> [TokenRun] {
    if ids.count <= length { return [self] }
    guard (0..<length).contains(stride) else {
      throw TokenizerError(
        "the stride must lie between 0 and \(length - 1), for a window holds \(length); it is \(stride)")
    }
    var result: [TokenRun] = []
    var start = 0
    while true {
      let window = start..<min(start + length, ids.count)
      result.append(
        TokenRun(ids: Array(ids[window]), ranges: ranges.isEmpty ? [] : Array(ranges[window])))
      if window.upperBound == ids.count { return result }
      start += length - stride
    }
  }
}

extension TokenizerWorkspace {
  /// The first `limit` tokens of a string.
  func tokens(_ text: String, limit: Int, traced: Bool) -> TokenRun {
    var text = text
    return text.withUTF8 { bytes in
      let count = encode(
        UnsafeRawBufferPointer(bytes), readable: bytes.count, limit: limit, traced: traced)
      return TokenRun(
        ids: Array(UnsafeBufferPointer(start: ids, count: count)),
        ranges: traced ? Array(UnsafeBufferPointer(start: ranges, count: count)) : [])
    }
  }
}
