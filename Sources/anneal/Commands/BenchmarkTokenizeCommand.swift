import ArgumentParser
import Tokenization

/// `anneal benchmark tokenize`.
struct BenchmarkTokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Measure how fast a file's lines become ids, in memory.",
    discussion: """
      Reads the file, then encodes all of its lines with [CLS] and [SEP], again and again, and prints the best \
      pass: of those that remember the words of the passes before, and of those that begin anew. \
      MB are 1,000,000 bytes of UTF-8 without line feeds.

      Example: anneal benchmark tokenize reviews.txt --model model --threads 1
      """)

  @Argument(help: "A text file.", completion: .file())
  var file: String

  @OptionGroup var tokenizer: TokenizerOptions

  @Option(help: "Only this column of a tab-separated file: its name in the first line, or its number from 1.")
  var column: String?

  @Flag(help: "Leave the first line out, where the column is a number.")
  var header = false

  @OptionGroup var threads: TextThreads

  @Option(help: "How many seconds to measure for.")
  var seconds = 2.0

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  private struct Figures: Encodable {
    let mbPerS: Double
    let firstMbPerS: Double
    let tokensPerS: Double
    let linesPerS: Double
    let lines: Int
    let tokens: Int
    let bytes: Int
    let threads: Int
    let peakRssMb: Double

    enum CodingKeys: String, CodingKey {
      case lines, tokens, bytes, threads
      case mbPerS = "mb_per_s"
      case firstMbPerS = "first_mb_per_s"
      case tokensPerS = "tokens_per_s"
      case linesPerS = "lines_per_s"
      case peakRssMb = "peak_rss_mb"
    }
  }

  func validate() throws {
    if !(0...3600).contains(seconds) {
      throw ValidationError("--seconds must be from 0 to 3600, not \(seconds).")
    }
    if header && column == nil { throw ValidationError("--header goes with --column") }
  }

  func run() throws {
    let tokenizer = try tokenizer.load()
    let column = try column.map { try LineColumn($0, header: header) }
    let benchmark = try TokenizeBenchmark(tokenizer, file: file, column: column, threads: threads.count)
    if benchmark.lineCount == 0 { throw TokenizerError(path: file, "there are no lines to measure with") }
    var first = Double.infinity
    var best = Double.infinity
    var tokens = 0
    let start = TokenizeProgress.now()
    var passes = 0
    while passes < 4 || TokenizeProgress.now() - start < seconds {
      if passes.isMultiple(of: 2) {
        benchmark.forget()
        first = min(first, Benchmark.seconds { tokens = benchmark.pass() })
      } else {
        best = min(best, Benchmark.seconds { tokens = benchmark.pass() })
      }
      passes += 1
    }
    let figures = Figures(
      mbPerS: Double(benchmark.byteCount) / 1e6 / best,
      firstMbPerS: Double(benchmark.byteCount) / 1e6 / first, tokensPerS: Double(tokens) / best,
      linesPerS: Double(benchmark.lineCount) / best, lines: benchmark.lineCount, tokens: tokens,
      bytes: benchmark.byteCount, threads: threads.count, peakRssMb: Benchmark.peakMegabytes)
    if json { return try Output.write(json: figures) }
    try Output.write(
      """
      \(Int(figures.mbPerS)) MB/s, a first pass \(Int(figures.firstMbPerS)), \(Int(figures.tokensPerS)) tokens/s, \(Int(figures.linesPerS)) lines/s
      \(figures.lines) lines, \(figures.bytes) bytes, \(tokens) tokens, \(figures.threads) threads, \
      best of \(passes) passes

      """)
  }
}
