/// The tokens that are looked for in a text before words are: special tokens, added tokens, never-split words.
///
/// Where all of them begin with ASCII punctuation and have no options (BERT's five), the encoder meets them on
/// its way, for it stops at every such byte. Otherwise texts are cut at them first (`TextSplitter`).
struct AddedTokenTable: Sendable {
  /// One token to look for.
  struct Entry: Sendable {
    let bytes: [UInt8]
    let id: Int32
    let token: AddedToken
    /// A never-split word: counts only between white space, and its id comes from WordPiece.
    let isWord: Bool
  }

  /// All entries; longer ones first, so that the first that fits is the longest.
  let entries: [Entry]
  /// Those to look for in the text as given.
  let plainEntries: [Entry]
  /// Those to look for in the normalised text.
  let normalizedEntries: [Entry]
  /// Whether texts have to be cut at these tokens before they are encoded.
  let needsSplitting: Bool
  /// The ids that decoding leaves out as special tokens.
  let specialIDs: Set<Int32>
  private let firstBytes: [Bool]

  /// The vocabulary with those added tokens that it lacked, and the table.
  static func make(
    _ vocabulary: Vocabulary, _ settings: TokenizerSettings
  ) throws -> (Vocabulary, AddedTokenTable) {
    var tokens = settings.specialTokens.filter { name in
      settings.findsSpecialTokens && vocabulary.id(of: name) != nil
        && !settings.addedTokens.contains { $0.hasContent(of: AddedToken(name)) }
    }.map { AddedToken($0) }
    for token in settings.addedTokens {
      if token.content.isEmpty { throw TokenizerError("an added token is empty") }
      tokens.removeAll { $0.hasContent(of: token) }
      tokens.append(token)
    }
    var missing = tokens.filter { vocabulary.id(of: $0.content) == nil }
    missing.sort {
      $0.id != $1.id
        ? ($0.id ?? .max) < ($1.id ?? .max) : $0.content.utf8.lexicographicallyPrecedes($1.content.utf8)
    }
    let complete = try vocabulary.appending(missing.map(\.content))
    var entries: [Entry] = []
    var specialIDs: Set<Int32> = []
    for token in tokens {
      guard let id = complete.id(of: token.content) else { continue }
      if let wanted = token.id, wanted != id {
        throw TokenizerError(
          path: vocabulary.path,
          "the added token \(token.content) should have id \(wanted); by the vocabulary it has \(id)")
      }
      entries.append(Entry(bytes: Array(token.content.utf8), id: id, token: token, isWord: false))
      if token.special { specialIDs.insert(id) }
    }
    for word in settings.neverSplit {
      if word.isEmpty { throw TokenizerError("a never_split word is empty") }
      let bytes = Array(word.utf8)
      if entries.contains(where: { $0.bytes == bytes }) { continue }
      entries.append(
        Entry(
          bytes: bytes, id: -1, token: AddedToken(word, special: false, normalized: false), isWord: true))
    }
    return (complete, AddedTokenTable(entries: entries, specialIDs: specialIDs))
  }

  /// A table of these tokens.
  init(entries: [Entry], specialIDs: Set<Int32>) {
    // Of equal tokens the first counts: special ones come before others, as the reference keeps them.
    let ordered = entries.filter(\.token.special) + entries.filter { !$0.token.special }
    self.entries = Self.longestFirst(ordered) { $0.bytes.count }
    self.specialIDs = specialIDs
    plainEntries = self.entries.filter { !$0.token.normalized }
    normalizedEntries = self.entries.filter { $0.token.normalized }
    needsSplitting = entries.contains { entry in
      let token = entry.token
      let plain = !token.singleWord && !token.lstrip && !token.rstrip && !token.normalized
      return entry.isWord || !plain || !entry.bytes[0].isASCIIPunctuation
    }
    var first = [Bool](repeating: false, count: 256)
    for entry in entries { first[Int(entry.bytes[0])] = true }
    firstBytes = first
  }

  /// Elements by falling length, equal ones as they came.
  static func longestFirst<Element>(_ elements: [Element], by length: (Element) -> Int) -> [Element] {
    elements.enumerated().sorted {
      (length($1.element), $0.offset) < (length($0.element), $1.offset)
    }.map(\.element)
  }

  /// Whether the encoder should look for a token at this byte.
  func beginsInLine(_ byte: UInt8) -> Bool { !needsSplitting && firstBytes[Int(byte)] }

  /// The longest plain token at a position of a text.
  func match(_ text: UnsafePointer<UInt8>, _ position: Int, _ end: Int) -> Entry? {
    for entry in entries where entry.bytes.count <= end - position {
      if entry.bytes.elementsEqual(UnsafeBufferPointer(start: text + position, count: entry.bytes.count)) {
        return entry
      }
    }
    return nil
  }
}

extension UInt8 {
  /// Whether this is one of ASCII's 32 symbols.
  var isASCIIPunctuation: Bool { ReferenceUnicode.isPunctuation(UInt32(self)) && self < 0x80 }
}
