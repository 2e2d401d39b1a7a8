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

  /// All tokens, those that the vocabulary lacked included.
  let vocabulary: Vocabulary
  /// The tokens that words are cut into: added tokens are none of its pieces.
  let modelVocabulary: Vocabulary
  let settings: TokenizerSettings
  let trie: PieceTrie
  let added: AddedTokenTable
  let unk: Int32
  /// What is put around texts.
  let template: TemplateProcessing
  /// The ids before a text by itself, then those behind it, and how many there are of each.
  let frame: UnsafeMutablePointer<Int32>
  let beforeCount: Int
  let behindCount: Int
  /// The steps before words are looked up, and whether they are others than BERT's own.
  let pipeline: TextPipeline
  let hasOwnPipeline: Bool
  /// The tokens to look for in the normalised text, normalised themselves; longer ones first.
  let normalizedPatterns: [(bytes: [UInt8], entry: AddedTokenTable.Entry)]
  /// A `ByteKind` for each byte.
  let byteKinds: UnsafeMutablePointer<UInt8>
  /// The id of each ASCII punctuation mark as a word.
  let punctuationIDs: UnsafeMutablePointer<Int32>

  var stripAccents: Bool { settings.stripAccents ?? settings.doLowerCase }

  /// Whether texts go through a `TextSplitter` before they are encoded.
  let splitsTexts: Bool
  /// Whether the end of a text stays where it is cut.
  let keepsEnd: Bool

  /// What decides ids beside the vocabulary: how it is read, and the tokens that are looked for in effect.
  var rules: (some Equatable) {
    struct Rules: Equatable {
      var pipeline: TextPipeline
      var template: TemplateProcessing
      var truncationSide: TruncationSide
      var prefix: [UInt8]
      var maxInputCharsPerWord: Int
      var unk: Int32
      var modelCount: Int
      var added: [AddedToken]
    }
    let tokens = added.entries.map { entry in
      var token = entry.token
      token.id = entry.id
      return token
    }
    return Rules(
      pipeline: pipeline, template: template, truncationSide: settings.truncationSide,
      prefix: Array(settings.continuingSubwordPrefix.utf8),
      maxInputCharsPerWord: settings.maxInputCharsPerWord, unk: unk, modelCount: modelVocabulary.count,
      added: tokens.sorted { $0.content.utf8.lexicographicallyPrecedes($1.content.utf8) })
  }

  convenience init(vocabulary given: Vocabulary, settings: TokenizerSettings) throws {
    let (vocabulary, added) = try AddedTokenTable.make(given, settings)
    func required(_ token: String, in vocabulary: Vocabulary) throws -> Int32 {
      if let id = vocabulary.id(of: token) { return id }
      throw TokenizerError(
        path: given.path, "the vocabulary has no token \(token), which the tokenizer needs")
    }
    let unk = try required(settings.unkToken, in: given)
    let template =
      try settings.template
      ?? .bert(
        cls: required(settings.clsToken, in: vocabulary), sep: required(settings.sepToken, in: vocabulary))
    try template.check(count: vocabulary.count, path: given.path)
    try self.init(vocabulary, given, settings, added: added, unk: unk, template: template)
  }

  /// Tables that number words instead of encoding them: ASCII punctuation in order, the unknown word is -1.
  convenience init(countingWith settings: TokenizerSettings) throws {
    let punctuation = (0..<128 as Range<UInt8>).filter(\.isASCIIPunctuation).map { String(UnicodeScalar($0)) }
    let vocabulary = try Vocabulary(tokens: punctuation)
    try self.init(
      vocabulary, vocabulary, settings, added: AddedTokenTable(entries: [], specialIDs: []), unk: -1,
      template: TemplateProcessing(
        single: [.first(typeID: 0)], pair: [.first(typeID: 0), .second(typeID: 1)]))
  }

  private init(
    _ vocabulary: Vocabulary, _ modelVocabulary: Vocabulary, _ settings: TokenizerSettings,
    added: AddedTokenTable, unk: Int32, template: TemplateProcessing
  ) throws {
    // Room for the longest word is made ahead, so a file could ask for much with few bytes.
    guard (1...10_000).contains(settings.maxInputCharsPerWord) else {
      throw TokenizerError(
        path: vocabulary.path,
        "max_input_chars_per_word must lie between 1 and 10000; it is \(settings.maxInputCharsPerWord)")
    }
    self.vocabulary = vocabulary
    self.modelVocabulary = modelVocabulary
    self.settings = settings
    self.added = added
    self.unk = unk
    self.template = template
    let (before, behind) = template.frame
    beforeCount = before.count
    behindCount = behind.count
    frame = .allocate(capacity: before.count + behind.count)
    frame.initialize(from: before + behind, count: before.count + behind.count)
    hasOwnPipeline = settings.pipeline != nil
    splitsTexts = added.needsSplitting || settings.pipeline != nil
    keepsEnd = settings.truncationSide == .left
    let pipeline = settings.pipeline ?? .bert(settings)
    self.pipeline = pipeline
    let patterns = try added.normalizedEntries.map { entry in
      let bytes = entry.bytes.withUnsafeBufferPointer { pipeline.normalize($0, 0..<$0.count).utf8().bytes }
      if bytes.isEmpty {
        throw TokenizerError(
          path: vocabulary.path,
          "the added token \(entry.token.content) is nothing once it is normalized; it would be found everywhere"
        )
      }
      return (bytes: bytes, entry: entry)
    }
    normalizedPatterns = AddedTokenTable.longestFirst(patterns) { $0.bytes.count }
    trie = try PieceTrie(
      modelVocabulary, prefix: settings.continuingSubwordPrefix,
      splitsPunctuation: settings.neverSplit.isEmpty && !hasOwnPipeline)
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
        let id = withUnsafeBytes(of: UInt8(byte)) { modelVocabulary.id(of: $0) }
        punctuationIDs[byte] = id ?? unk
      } else if byte > 0x20 && byte < 0x7F {
        kind = ByteKind.word
      }
      byteKinds[byte] = kind
    }
  }

  deinit {
    frame.deallocate()
    byteKinds.deallocate()
    punctuationIDs.deallocate()
  }
}
