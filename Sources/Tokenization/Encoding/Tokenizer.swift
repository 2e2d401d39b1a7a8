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
  /// The id of the class token, which begins every encoding by BERT's template; nil where there is none.
  public var clsID: Int32? { vocabulary.id(of: settings.clsToken) }
  /// The id of the separator, which ends every text by BERT's template; nil where there is none.
  public var sepID: Int32? { vocabulary.id(of: settings.sepToken) }
  /// The id of the padding token, nil where the vocabulary has none.
  public var padID: Int32? { vocabulary.id(of: settings.padToken) }
  /// The id of the mask token, nil where the vocabulary has none.
  public var maskID: Int32? { vocabulary.id(of: settings.maskToken) }
  /// The ids that `decode` leaves out as special tokens.
  public var specialIDs: Set<Int32> { core.added.specialIDs }

  /// How many tokens are added to a text or a pair: 2 and 3 by BERT's template.
  public func specialTokenCount(pair: Bool) -> Int { core.template.addedCount(pair: pair) }

  /// How many embeddings a model needs for what the folder names; the five special tokens that the vocabulary lacked,
  /// and that the reference adds by itself, need none until a text holds them.
  public var requiredVocabularySize: Int {
    let special = settings.specialTokens.compactMap { vocabulary.id(of: $0) }
    return core.added.entries.filter { !$0.isWord && !special.contains($0.id) }
      .reduce(core.modelVocabulary.count) { max($0, Int($1.id) + 1) }
  }

  /// The same tokenizer with other settings.
  public func with(_ settings: TokenizerSettings) throws -> Tokenizer {
    try Tokenizer(vocabulary: core.modelVocabulary, settings: settings)
  }

  /// Whether every text has the same ids by both: the same vocabulary and rules, however they are written down.
  ///
  /// A `modelMaxLength` is no rule, for nothing applies it by itself.
  public func givesSameIDs(as other: Tokenizer) -> Bool {
    vocabulary == other.vocabulary && core.rules == other.core.rules
      && settings.readsPairsApart == other.settings.readsPairsApart
  }

  /// The ids of a text or a pair; of a pair that is read apart, those of one text behind those of the other.
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
    if settings.readsPairsApart, let pair {
      return try [text, pair].map {
        try encode(
          $0, maxLength: maxLength, truncation: truncation, addSpecialTokens: addSpecialTokens,
          offsets: offsets)
      }.joinedApart()
    }
    let room = try room(maxLength, pair: pair != nil, addSpecialTokens, truncation)
    return try pool.with(core) { workspace in
      let limits =
        settings.truncationSide == .left
        ? (first: Int.max, second: Int.max) : Self.limits(truncation, room: room, pair: pair != nil)
      var first = workspace.tokens(text, limit: limits.first, traced: offsets)
      var second = pair.map { workspace.tokens($0, limit: limits.second, traced: offsets) }
      if let pair, limits.first != .max, first.ids.count == room, second?.ids.count == room, room % 2 == 1 {
        // Which of two long texts gets the odd token depends on which is longer in full.
        first = workspace.tokens(text, limit: .max, traced: offsets)
        second = workspace.tokens(pair, limit: .max, traced: offsets)
      }
      let lengths = try truncation.lengths(
        first: first.ids.count, second: second?.ids.count, room: room)
      first.truncate(to: lengths.first, settings.truncationSide)
      second?.truncate(to: lengths.second, settings.truncationSide)
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
    ids.append(
      contentsOf: workspace.framed(
        text, readable: readable ?? text.count, maxLength: maxLength, addSpecialTokens: addSpecialTokens))
  }

  /// Writes the ids of UTF-8 text to a buffer and returns how many there are, nil where they do not fit.
  ///
  /// As `encode(utf8:into:workspace:maxLength:addSpecialTokens:readable:)`, but for a caller's own memory.
  public func encode(
    utf8 text: UnsafeRawBufferPointer, to buffer: UnsafeMutableBufferPointer<Int32>,
    workspace: TokenizerWorkspace, maxLength: Int? = nil, addSpecialTokens: Bool = true, readable: Int? = nil
  ) -> Int? {
    precondition(workspace.core === core, "the workspace belongs to another tokenizer")
    let ids = workspace.framed(
      text, readable: readable ?? text.count, maxLength: maxLength, addSpecialTokens: addSpecialTokens)
    if ids.count > buffer.count { return nil }
    return buffer.update(fromContentsOf: ids)
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
    let firsts = try first.windows(lengths.first, stride: stride, settings.truncationSide)
    guard let second else { return firsts.map { assemble($0, nil, addSpecialTokens, offsets) } }
    let seconds = try second.windows(lengths.second, stride: stride, settings.truncationSide)
    // The text that the template has first is the one whose windows come first.
    let swaps = core.template.pairBeginsWithSecond
    let (outer, inner) = swaps ? (seconds, firsts) : (firsts, seconds)
    func join(_ outer: TokenRun, _ inner: TokenRun) -> Encoding {
      swaps
        ? assemble(inner, outer, addSpecialTokens, offsets)
        : assemble(outer, inner, addSpecialTokens, offsets)
    }
    var result = [join(outer[0], inner[0])]
    for first in outer.dropFirst() { result += inner.map { join(first, $0) } }
    result += inner.dropFirst().map { join(outer[0], $0) }
    return result
  }

  private func room(
    _ maxLength: Int?, pair: Bool, _ addSpecialTokens: Bool, _ truncation: Truncation
  ) throws -> Int {
    guard let maxLength, truncation != .none else { return .max }
    let special = addSpecialTokens ? specialTokenCount(pair: pair) : 0
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
    let added = addSpecialTokens ? specialTokenCount(pair: second != nil) : 0
    let count = first.ids.count + (second?.ids.count ?? 0) + added
    var result = Encoding(ids: [], tokenTypeIDs: [], offsets: [], specialTokensMask: [])
    result.ids.reserveCapacity(count)
    result.tokenTypeIDs.reserveCapacity(count)
    result.specialTokensMask.reserveCapacity(count)
    if withOffsets { result.offsets.reserveCapacity(count) }
    func add(_ ids: [Int32], _ ranges: [Range<Int>], _ type: Int32, isSpecial: Bool) {
      result.ids += ids
      result.tokenTypeIDs += repeatElement(type, count: ids.count)
      result.specialTokensMask += repeatElement(isSpecial, count: ids.count)
      if withOffsets { result.offsets += isSpecial ? ids.map { _ in 0..<0 } : ranges }
    }
    let pieces = second == nil ? core.template.single : core.template.pair
    for piece in pieces {
      switch piece {
      case .special(let ids, let type):
        if addSpecialTokens { add(ids, [], type, isSpecial: true) }
      case .first(let type):
        add(first.ids, first.ranges, type, isSpecial: false)
      case .second(let type):
        guard let second else { continue }
        let start = result.ids.count
        add(second.ids, second.ranges, type, isSpecial: false)
        result.second = start..<result.ids.count
      }
    }
    if second == nil { result.second = result.ids.count..<result.ids.count }
    return result
  }
}

/// The tokens of one text before special tokens are put around them.
struct TokenRun {
  var ids: [Int32]
  var ranges: [Range<Int>]

  /// Drops tokens at one side until `length` are left.
  mutating func truncate(to length: Int, _ side: TruncationSide) {
    if length >= ids.count { return }
    let excess = ids.count - length
    if side == .left { ids.removeFirst(excess) } else { ids.removeLast(excess) }
    if ranges.isEmpty { return }
    if side == .left { ranges.removeFirst(excess) } else { ranges.removeLast(excess) }
  }

  /// Pieces of `length` tokens, each sharing `stride` tokens with the one before it; the whole run where it is no
  /// longer than that.
  ///
  /// They begin at the side that stays where a text is cut.
  func windows(_ length: Int, stride: Int, _ side: TruncationSide) throws -> [TokenRun] {
    if ids.count <= length { return [self] }
    if length == 0 { throw TokenizerError("a window of this length has no room for tokens of a text") }
    guard (0..<length).contains(stride) else {
      throw TokenizerError(
        "the stride must lie between 0 and \(length - 1), for a window holds \(length); it is \(stride)")
    }
    var result: [TokenRun] = []
    var start = 0
    while true {
      let fromStart = start..<min(start + length, ids.count)
      let window =
        side == .left ? (ids.count - fromStart.upperBound)..<(ids.count - fromStart.lowerBound) : fromStart
      result.append(
        TokenRun(ids: Array(ids[window]), ranges: ranges.isEmpty ? [] : Array(ranges[window])))
      if fromStart.upperBound == ids.count { return result }
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
