/// A tokenizer's tables, built once and shared by all who encode with it.
///
/// Immutable after `init`.
final class TokenizerCore: @unchecked Sendable {
  /// What the fast path does at an ASCII byte.
  enum ByteKind {
    static let word: UInt8 = 0
    static let space: UInt8 = 1
    static let punctuation: UInt8 = 2
    /// Punctuation that may begin an added token.
    static let addedToken: UInt8 = 3
    /// Controls and everything beyond ASCII: left to the general path.
    static let slow: UInt8 = 4
  }

  let vocabulary: Vocabulary
  let settings: TokenizerSettings
  let trie: PieceTrie
  let added: AddedTokenTable
  let unk: Int32
  let cls: Int32
  let sep: Int32
  /// A `ByteKind` for each byte.
  let byteKinds: UnsafeMutablePointer<UInt8>
  /// The id of each ASCII punctuation mark as a word.
  let punctuationIDs: UnsafeMutablePointer<Int32>

  var stripAccents: Bool { settings.stripAccents ?? settings.doLowerCase }

  /// What decides ids beside the vocabulary: the settings, and the tokens that are looked for in effect.
  var rules: (some Equatable) {
    struct Rules: Equatable {
      var settings: TokenizerSettings
      var added: [AddedToken]
    }
    var rules = Rules(settings: settings, added: [])
    (rules.settings.modelMaxLength, rules.settings.stripAccents) = (nil, stripAccents)
    rules.settings.addedTokens = []
    rules.added = added.entries.map { entry in
      var token = entry.token
      token.id = entry.id
      return token
    }
    .sorted { $0.content < $1.content }
    return rules
  }

  convenience init(vocabulary given: Vocabulary, settings: TokenizerSettings) throws {
    let (vocabulary, added) = try AddedTokenTable.make(given, settings)
    func required(_ token: String) throws -> Int32 {
      if let id = vocabulary.id(of: token) { return id }
      throw TokenizerError(
        path: given.path, "the vocabulary has no token \(token), which the tokenizer needs")
    }
    try self.init(
      vocabulary, settings, added: added, unk: required(settings.unkToken), cls: required(settings.clsToken),
      sep: required(settings.sepToken))
  }

  /// Tables that number words instead of encoding them: ASCII punctuation in order, the unknown word is -1.
  convenience init(countingWith settings: TokenizerSettings) throws {
    let punctuation = (0..<128 as Range<UInt8>).filter(\.isASCIIPunctuation).map { String(UnicodeScalar($0)) }
    try self.init(
      Vocabulary(tokens: punctuation), settings, added: AddedTokenTable(entries: [], specialIDs: []), unk: -1,
      cls: -1, sep: -1)
  }

  private init(
    _ vocabulary: Vocabulary, _ settings: TokenizerSettings, added: AddedTokenTable, unk: Int32, cls: Int32,
    sep: Int32
  ) throws {
    // Room for the longest word is made ahead, so a file could ask for much with few bytes.
    guard (1...10_000).contains(settings.maxInputCharsPerWord) else {
      throw TokenizerError(
        path: vocabulary.path,
        "max_input_chars_per_word must lie between 1 and 10000; it is \(settings.maxInputCharsPerWord)")
    }
    self.vocabulary = vocabulary
    self.settings = settings
    self.added = added
    self.unk = unk
    self.cls = cls
    self.sep = sep
    trie = try PieceTrie(
      vocabulary, prefix: settings.continuingSubwordPrefix, splitsPunctuation: settings.neverSplit.isEmpty)
    byteKinds = .allocate(capacity: 256)
    punctuationIDs = .allocate(capacity: 128)
    punctuationIDs.initialize(repeating: unk, count: 128)
    for byte in 0..<256 {
      let scalar = UInt32(byte)
      var kind = ByteKind.slow
      if byte < 0x80 && ReferenceUnicode.isSpace(scalar) {
        kind = ByteKind.space
      } else if byte < 0x80 && ReferenceUnicode.isPunctuation(scalar) {
        kind = added.beginsInLine(UInt8(byte)) ? ByteKind.addedToken : ByteKind.punctuation
        let id = withUnsafeBytes(of: UInt8(byte)) { vocabulary.id(of: $0) }
        punctuationIDs[byte] = id ?? unk
      } else if byte > 0x20 && byte < 0x7F {
        kind = ByteKind.word
      }
      byteKinds[byte] = kind
    }
  }

  deinit {
    byteKinds.deallocate()
    punctuationIDs.deallocate()
  }
}
