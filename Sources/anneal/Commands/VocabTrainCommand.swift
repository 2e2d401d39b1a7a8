import ArgumentParser
import Files
import Tensors
import Tokenization

/// `anneal vocab train`.
struct VocabTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a WordPiece vocabulary on the lines of files.",
    discussion: """
      The same text and settings give the same vocabulary, byte for byte, with any number of threads and any \
      order of files. "bpe" joins the most frequent pair of pieces, as Hugging Face's WordPieceTrainer does; \
      "wordpiece" joins the pair that raises the likelihood most, count(ab) / (count(a) count(b)).

      Files are UTF-8, plain or in gzip. Memory stays bounded: word counts that outgrow it go through temporary files, and pairs are learnt from \
      the most frequent words.

      Example: anneal vocab train corpus.txt --size 8000 --output vocab.txt
      """)

  @Argument(help: "Text files; - is standard input.", completion: .file())
  var files: [String]

  @Option(help: "How many tokens the vocabulary has, special ones included.")
  var size: Int

  @Option(name: .shortAndLong, help: "Where to write the vocabulary, a token a line.", completion: .file())
  var output: String

  @Option(help: "How pairs are chosen.")
  var algorithm = TrainingAlgorithm.bpe

  @Option(help: "Rarer pairs are not joined.")
  var minFrequency = 2

  @Option(help: "The most distinct characters; rarer ones become unknown.")
  var alphabetLimit = 1000

  @Option(
    name: .customLong("special-token"),
    help: "A token to put first; repeat for several. Default: [PAD] [UNK] [CLS] [SEP] [MASK].")
  var specialTokens: [String] = []

  @Flag(help: "Keep upper case and accents.")
  var cased = false

  @Option(help: "Only this column of tab-separated files: its name in the first line, or its number from 1.")
  var column: String?

  @Flag(help: "Leave each file's first line out, where the column is a number.")
  var header = false

  @Flag(help: "Leave invalid UTF-8 and NULs out instead of refusing them.")
  var skipInvalid = false

  @Option(help: "The most distinct words to learn from; rarer ones are left out.")
  var maxWords = 2_000_000

  @Option(help: "Threads that count words.")
  var threads: Int?

  @Flag(help: "Print the figures as one JSON object.")
  var json = false

  @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
  var quiet = false

  private struct Figures: Encodable {
    let output: String
    let tokens: Int
    let words: Int
    let distinctWords: Int
    let pieces: Int
    let seconds: Double

    enum CodingKeys: String, CodingKey {
      case output, tokens, words, pieces, seconds
      case distinctWords = "distinct_words"
    }
  }

  func validate() throws {
    if size < 1 { throw ValidationError("--size must be at least 1") }
    if minFrequency < 1 { throw ValidationError("--min-frequency must be at least 1") }
    if alphabetLimit < 1 { throw ValidationError("--alphabet-limit must be at least 1") }
    if maxWords < 1 { throw ValidationError("--max-words must be at least 1") }
    if header && column == nil { throw ValidationError("--header goes with --column") }
    if let threads { try CommonOptions.check(threads: threads) }
  }

  func run() throws {
    let trainer = try VocabularyTrainer(
      .init(
        size: size, algorithm: algorithm.algorithm, minimumFrequency: minFrequency,
        alphabetLimit: alphabetLimit,
        specialTokens: specialTokens.isEmpty ? nil : specialTokens,
        tokenizer: TokenizerSettings(doLowerCase: !cased), maximumWords: maxWords,
        threads: threads ?? Parallel.processors))
    try Output.refuse(output, among: files)
    if !quiet && column.map({ Int($0) != nil }) ?? true {
      FileShapes.say(of: files, skipsHeader: column == nil ? nil : header)
    }
    let progress = quiet ? nil : TokenizeProgress("counting words", files: files)
    let start = TokenizeProgress.now()
    let result = try trainer.train(
      files: files, column: try column.map { try LineColumn($0, header: header) }, skipsInvalid: skipInvalid
    ) {
      switch $0 {
      case .counting(let bytes): progress?.update(bytes: bytes)
      case .joining(let tokens, let size): progress?.update("joining pairs: \(tokens) of \(size) tokens")
      }
    }
    progress?.finish()
    var text = ""
    for token in result.vocabulary.tokens { text += token + "\n" }
    try Files.write(text, to: output)
    let seconds = TokenizeProgress.now() - start
    if json {
      try Output.write(
        json: Figures(
          output: output, tokens: result.vocabulary.count, words: Int(result.words),
          distinctWords: result.distinctWords, pieces: Int(result.pieces), seconds: seconds))
    }
    if quiet { return }
    if result.invalidCount > 0 {
      Output.error(
        "anneal: \(result.invalidCount) pieces of invalid UTF-8 were left out")
    }
    if result.wordsUsed < result.distinctWords {
      Output.error(
        "anneal: learnt from the \(result.wordsUsed) most frequent of \(result.distinctWords) words")
    }
    if result.vocabulary.count < size {
      Output.error(
        "anneal: the text gives no more than \(result.vocabulary.count) tokens with these settings")
    }
    let perWord = Double(result.pieces) / Double(max(1, result.words))
    Output.error(
      "\(output): \(result.vocabulary.count) tokens from \(result.words) words, \(result.distinctWords) distinct; "
        + "\(hundredths(perWord)) tokens a word; \(hundredths(seconds)) s")
  }

  /// A number with two digits behind the point.
  private func hundredths(_ value: Double) -> String {
    let whole = Int((value * 100).rounded())
    return "\(whole / 100)." + (whole % 100 < 10 ? "0" : "") + "\(whole % 100)"
  }
}

/// The names of the algorithms on the command line.
enum TrainingAlgorithm: String, ExpressibleByArgument, CaseIterable {
  case bpe
  case wordpiece

  /// The algorithm of this name.
  var algorithm: VocabularyTrainer.Algorithm {
    switch self {
    case .bpe: .bpe
    case .wordpiece: .wordpiece
    }
  }
}
