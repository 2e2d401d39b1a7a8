/// Makes a WordPiece vocabulary from text: the same bytes for the same text and settings, always.
///
/// Words are counted, each is a sequence of scalars (those after the first with the prefix), and the best pair
/// of neighbours is joined, again and again, until the vocabulary is full. Results depend on neither the number
/// of threads nor the order of files.
public struct VocabularyTrainer: Sendable {
  /// What makes a pair the best.
  public enum Algorithm: String, Sendable, CaseIterable {
    /// The most frequent pair: what Hugging Face's `WordPieceTrainer` does under its name.
    case bpe
    /// The pair whose joining raises the text's likelihood most: count(ab) / (count(a) count(b)).
    case wordpiece
  }

  /// What to make, of what.
  public struct Settings: Sendable, Equatable {
    /// How many tokens the vocabulary has, special ones included.
    public var size: Int
    /// How pairs are chosen.
    public var algorithm: Algorithm
    /// Rarer pairs are not joined.
    public var minimumFrequency: Int
    /// The most distinct scalars; rarer ones become unknown.
    public var alphabetLimit: Int
    /// The first tokens of the vocabulary, in this order.
    public var specialTokens: [String]
    /// Lower-casing, accents, Chinese characters and the prefix, as in the tokenizer to come.
    public var tokenizer: TokenizerSettings
    /// The most distinct words to learn from; rarer ones are left out, ties by bytes.
    public var maximumWords: Int
    /// About how many bytes word counting may take before it turns to temporary files.
    public var memoryLimit: Int
    /// How many threads count words.
    public var threads: Int

    /// Settings like those of `BertWordPieceTokenizer.train` but where given.
    public init(
      size: Int, algorithm: Algorithm = .bpe, minimumFrequency: Int = 2, alphabetLimit: Int = 1000,
      specialTokens: [String]? = nil, tokenizer: TokenizerSettings = .init(), maximumWords: Int = 2_000_000,
      memoryLimit: Int = 256 << 20, threads: Int = 1
    ) {
      self.size = size
      self.algorithm = algorithm
      self.minimumFrequency = minimumFrequency
      self.alphabetLimit = alphabetLimit
      self.specialTokens = specialTokens ?? tokenizer.specialTokens
      self.tokenizer = tokenizer
      self.maximumWords = maximumWords
      self.memoryLimit = memoryLimit
      self.threads = threads
    }
  }

  /// How far the training is.
  public enum Progress: Sendable, Equatable {
    /// Words are being counted; so many bytes have been read.
    case counting(bytes: Int)
    /// Pairs are being joined; the vocabulary has so many tokens of those wanted.
    case joining(tokens: Int, of: Int)
  }

  /// What came out, and what it was made from.
  public struct Result: Sendable {
    /// The vocabulary.
    public let vocabulary: Vocabulary
    /// How many words the text had, repeats included.
    public let words: Int64
    /// How many distinct words.
    public let distinctWords: Int
    /// How many distinct words were learnt from.
    public let wordsUsed: Int
    /// How many pieces the words take in the end, repeats included.
    public let pieces: Int64
    /// How many maximal parts of invalid UTF-8 were dropped.
    public let invalidCount: Int
  }

  /// What to make, of what.
  public let settings: Settings

  /// A trainer with settings that make sense together.
  public init(_ settings: Settings) throws {
    self.settings = settings
    func require(_ condition: Bool, _ message: String) throws {
      if !condition { throw TokenizerError(message) }
    }
    try require(settings.minimumFrequency >= 1, "the minimum frequency must be at least 1")
    try require(settings.alphabetLimit >= 1, "the alphabet limit must be at least 1")
    try require(settings.maximumWords >= 1, "the number of words must be at least 1")
    try require(
      settings.size > settings.specialTokens.count && settings.size < 1 << 24,
      "the size must lie between \(settings.specialTokens.count + 1), to hold the special tokens, and 16777215"
    )
    try require(
      Set(settings.specialTokens).count == settings.specialTokens.count, "a special token comes twice")
    for token in settings.specialTokens {
      try require(!token.isEmpty && !token.utf8.contains(10), "a special token is empty or holds a line feed")
    }
  }

  /// Trains on the lines of files, plain or in gzip; `-` is standard input.
  ///
  /// Throws `FileError` where one cannot be read, `TextError` where one is not UTF-8 (unless `skipsInvalid` has such
  /// bytes left out), `TokenizerError` where there are no words or the size cannot hold their letters.
  public func train(
    files: [String], column: LineColumn? = nil, skipsInvalid: Bool = false,
    progress: (@Sendable (Progress) -> Void)? = nil
  ) throws -> Result {
    let counter = WordCounter(
      settings: settings.tokenizer, maximumWords: settings.maximumWords, memoryLimit: settings.memoryLimit)
    var report: (@Sendable (Int) -> Void)?
    if let progress { report = { progress(.counting(bytes: $0)) } }
    let words = try counter.count(
      files, threads: settings.threads, column: column, skipsInvalid: skipsInvalid, progress: report)
    if words.total == 0 { throw TokenizerError("the text has no words to learn from") }
    return try train(words, progress)
  }

  /// Trains on words with their counts.
  func train(_ words: WordCounts, _ progress: (@Sendable (Progress) -> Void)?) throws -> Result {
    var tokens = TokenList(prefix: settings.tokenizer.continuingSubwordPrefix)
    for token in settings.specialTokens { _ = tokens.id(Array(token.utf8)) }
    let alphabet = words.scalars.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(settings.alphabetLimit).map(\.key).sorted()
    var sequences = WordSequences(words: words, alphabet: Set(alphabet))
    sequences.number(alphabet, &tokens)
    if tokens.count > settings.size {
      throw TokenizerError(
        "a vocabulary of \(settings.size) cannot hold \(settings.specialTokens.count) special tokens and the "
          + "text's alphabet, \(tokens.count) in all; choose a larger size or a smaller alphabet limit")
    }
    var joiner = PairJoiner(
      sequences, algorithm: settings.algorithm, minimumFrequency: settings.minimumFrequency)
    joiner.join(&tokens, until: settings.size) { count in
      progress?(.joining(tokens: count, of: settings.size))
    }
    return Result(
      vocabulary: try Vocabulary(tokens: tokens.strings), words: words.total, distinctWords: words.distinct,
      wordsUsed: words.counts.count, pieces: joiner.pieceCount, invalidCount: words.invalidCount)
  }
}

/// The growing vocabulary: tokens in order, found by their bytes.
struct TokenList {
  let prefix: [UInt8]
  private(set) var tokens: [[UInt8]] = []
  private var ids: [[UInt8]: Int32] = [:]

  init(prefix: String) { self.prefix = Array(prefix.utf8) }

  var count: Int { tokens.count }
  var strings: [String] { tokens.map { String(decoding: $0, as: UTF8.self) } }

  /// The id of a token, a new one where it is new.
  mutating func id(_ token: [UInt8]) -> Int32 {
    if let id = ids[token] { return id }
    let id = Int32(tokens.count)
    tokens.append(token)
    ids[token] = id
    return id
  }

  /// The id of two tokens joined: the second one's prefix goes.
  mutating func join(_ left: Int32, _ right: Int32) -> Int32 {
    let tail = tokens[Int(right)]
    return id(tokens[Int(left)] + (tail.starts(with: prefix) ? tail.dropFirst(prefix.count) : tail[...]))
  }
}

/// Words as sequences of token ids, end to end.
struct WordSequences {
  /// The ids of all words.
  var symbols: [Int32] = []
  /// Where each word begins in `symbols`, and one more.
  var starts: [Int32] = [0]
  /// How often each word comes.
  var counts: [Int64] = []
  private var scalars: [UInt32] = []

  /// Takes words apart into the scalars of an alphabet; others are dropped, as the reference does.
  init(words: WordCounts, alphabet: Set<UInt32>) {
    for index in words.counts.indices {
      let bytes = words.bytes[words.starts[index]..<words.starts[index + 1]]
      let before = scalars.count
      for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars
      where alphabet.contains(scalar.value) {
        scalars.append(scalar.value)
      }
      if scalars.count == before { continue }
      starts.append(Int32(scalars.count))
      counts.append(words.counts[index])
    }
  }

  /// Gives every scalar a token, and those that continue words another one with the prefix, each in rising order.
  mutating func number(_ alphabet: [UInt32], _ tokens: inout TokenList) {
    func bytes(_ scalar: UInt32) -> [UInt8] {
      Unicode.Scalar(scalar).map { Array(String(Character($0)).utf8) } ?? []
    }
    var first: [UInt32: Int32] = [:]
    var later: [UInt32: Int32] = [:]
    for scalar in alphabet { first[scalar] = tokens.id(bytes(scalar)) }
    var continuing: Set<UInt32> = []
    for word in counts.indices {
      for position in Int(starts[word] + 1)..<max(Int(starts[word] + 1), Int(starts[word + 1])) {
        continuing.insert(scalars[position])
      }
    }
    for scalar in continuing.sorted() { later[scalar] = tokens.id(tokens.prefix + bytes(scalar)) }
    symbols.reserveCapacity(scalars.count)
    for word in counts.indices {
      for position in Int(starts[word])..<Int(starts[word + 1]) {
        let table = position == Int(starts[word]) ? first : later
        symbols.append(table[scalars[position]] ?? 0)
      }
    }
  }
}
