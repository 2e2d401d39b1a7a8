import ArgumentParser
import Runs
import Tensors
import Tokenization
import Training

/// Which tokenizer: the options that tokenize and benchmark tokenize share.
struct TokenizerOptions: ParsableArguments {
  @Option(help: "A vocabulary, a token a line.", completion: .file())
  var vocab: String?

  @Option(
    help: "A checkpoint's folder with tokenizer.json or vocab.txt, or a run's.",
    completion: .directory)
  var model: String?

  @Flag(help: "Keep upper case and accents, whatever the model folder says.")
  var cased = false

  func validate() throws {
    if (vocab == nil) == (model == nil) { throw ValidationError("give either --vocab or --model") }
  }

  /// The tokenizer that the options name.
  func load() throws -> Tokenizer {
    if let vocab { return try Tokenizer(vocabularyFile: vocab, settings: .init(doLowerCase: !cased)) }
    let tokenizer = try ModelFolder.tokenizer(RunFolder.model(at: model ?? ""))
    if !cased { return tokenizer }
    var settings = tokenizer.settings
    if settings.pipeline != nil {
      throw TokenizerError(
        path: model, "--cased changes BERT's own steps; this folder's tokenizer.json has others")
    }
    settings.doLowerCase = false
    settings.stripAccents = nil
    return try tokenizer.with(settings)
  }
}

/// How many threads work on text; all processors unless said otherwise.
struct TextThreads: ParsableArguments {
  @Option(help: "Threads that work on the text. Results do not depend on it.")
  var threads: Int?

  func validate() throws {
    if let threads { try CommonOptions.check(threads: threads) }
  }

  /// The number of threads.
  var count: Int { threads ?? Parallel.processors }
}

/// What tokenize writes.
enum TokenFormat: String, ExpressibleByArgument, CaseIterable {
  case ids
  case tokens
  case jsonl
  case binary
}

/// Where truncation cuts, on the command line.
enum TruncationName: String, ExpressibleByArgument, CaseIterable {
  case longestFirst = "longest_first"
  case onlyFirst = "only_first"
  case onlySecond = "only_second"

  /// The strategy of this name.
  var truncation: Truncation {
    switch self {
    case .longestFirst: .longestFirst
    case .onlyFirst: .onlyFirst
    case .onlySecond: .onlySecond
    }
  }
}
