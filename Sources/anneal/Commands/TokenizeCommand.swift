import ArgumentParser
import Glibc
import Tokenization

/// `anneal tokenize`.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Turn lines of text into BERT's token ids, exactly as Hugging Face does.",
    discussion: """
      Writes one line for each input line, in order, with [CLS] and [SEP]. Formats:
        ids     ids between spaces
        tokens  tokens between spaces
        jsonl   an object a line: text, ids, tokens, offsets (in characters), byte_offsets; with pairs also \
      pair, and token_types (0 in the first text, 1 in the second)
        binary  little-endian: all ids (int32), row starts (int64, rows + 1), with pairs the second texts' \
      starts (int64, rows), then a footer of int64: number of ids, number of rows, 1 with pairs, "ANNLIDS1".
      numpy: a = np.fromfile(F, "<i4"); n, rows, _ = a[-8:-2].view("<i8"); ids = a[:n]; \
      starts = a[n:n + 2 * (rows + 1)].view("<i8")

      Files are UTF-8, plain or in gzip; other bytes and NULs are refused with their line. With --skip-invalid they \
      are left out, as a reader that puts U+FFFD for them would leave them, and counted. --verify holds the \
      tokenizer against a file of JSON lines with text (or a and b) and ids.

      Example: anneal tokenize reviews.txt --model model --max-length 128 --format binary --output ids.bin
      """)

  @Argument(help: "Text files; - or none is standard input.", completion: .file())
  var files: [String] = []

  @OptionGroup var tokenizer: TokenizerOptions

  @Option(help: "What to write.")
  var format = TokenFormat.ids

  @Option(help: "The most tokens of a row, special ones included.")
  var maxLength: Int?

  @Option(help: "What is cut from pairs that are longer.")
  var truncation = TruncationName.longestFirst

  @Flag(help: "Write what is beyond --max-length as further rows.")
  var overflow = false

  @Option(help: "How many tokens such a row repeats of the one before.")
  var stride = 0

  @Option(help: "Only this column of tab-separated files: its name in the first line, or its number from 1.")
  var column: String?

  @Option(help: "The column of the second texts of pairs.")
  var pairColumn: String?

  @Flag(help: "Leave each file's first line out, where the columns are numbers.")
  var header = false

  @Flag(help: "Leave [CLS] and [SEP] out.")
  var noSpecialTokens = false

  @Flag(help: "Leave invalid UTF-8 and NULs out instead of refusing them.")
  var skipInvalid = false

  /// What is done anyway, and was not always.
  @Flag(help: .hidden)
  var strict = false

  @Option(
    help: "A file of JSON lines with text and ids to compare with, instead of text files.",
    completion: .file())
  var verify: String?

  @OptionGroup var threads: TextThreads

  @Option(name: .shortAndLong, help: "Where to write instead of standard output.", completion: .file())
  var output: String?

  @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
  var quiet = false

  func validate() throws {
    if let maxLength, maxLength < 1 { throw ValidationError("--max-length must be at least 1") }
    if overflow && maxLength == nil { throw ValidationError("--overflow needs --max-length") }
    if stride != 0 && !overflow { throw ValidationError("--stride needs --overflow") }
    if stride < 0 { throw ValidationError("--stride must not be negative") }
    if (pairColumn != nil || header) && column == nil {
      throw ValidationError("--pair-column and --header go with --column")
    }
    if strict && skipInvalid { throw ValidationError("Give --strict or --skip-invalid, not both.") }
    if format == .binary && Output.isTerminal(output) {
      throw ValidationError("--format binary is not for a terminal: say --output FILE, or send it on.")
    }
    if verify != nil && !files.isEmpty { throw ValidationError("--verify takes no text files") }
    let chosen =
      maxLength != nil || column != nil || header || noSpecialTokens || strict || skipInvalid || output != nil
      || format != .ids
    if verify != nil && chosen {
      throw ValidationError(
        "--verify compares with what the file says; it goes with --vocab, --model and --cased alone")
    }
  }

  func run() throws {
    let tokenizer = try tokenizer.load()
    if let verify { return try TokenizeVerification(tokenizer, file: verify).run() }
    let special = noSpecialTokens ? 0 : tokenizer.specialTokenCount(pair: pairColumn != nil)
    if let maxLength, maxLength < special {
      throw TokenizerError("a maximum length of \(maxLength) leaves no room for \(special) special tokens")
    }
    let files = files.isEmpty ? ["-"] : files
    try Output.refuse(output, among: files)
    if !quiet && column.map({ Int($0) != nil }) ?? true {
      FileShapes.say(of: files, skipsHeader: column == nil ? nil : header)
    }
    let job = TokenizeJob(
      tokenizer: tokenizer, format: format, maxLength: maxLength,
      truncation: truncation.truncation, overflow: overflow, stride: stride,
      column: try column.map { try LineColumn($0, header: header) },
      pairColumn: try pairColumn.map { try LineColumn($0, header: header) },
      addSpecialTokens: !noSpecialTokens, skipsInvalid: skipInvalid)
    let progress = quiet ? nil : TokenizeProgress("tokenizing", files: files)
    let sink = try TokenizeSink(path: output, isBinary: format == .binary, hasPairs: pairColumn != nil)
    let digits = IDDigits(tokenizer.vocabulary)
    let reader = LineBlockReader(files)
    let states = try ParallelBlocks.inOrder(reader, threads: threads.count) {
      TokenizeJob.State(tokenizer)
    } makeResult: {
      TokenizeJob.Rows(digits)
    } work: { state, block, rows in
      try job.work(state, block, rows)
    } emit: { rows in
      try sink.write(rows)
      progress?.update(bytes: reader.bytesRead)
    }
    try sink.finish()
    progress?.finish()
    let invalid = states.reduce(0) { $0 + $1.invalidCount }
    if invalid > 0 && !quiet {
      Output.error("anneal: left out \(invalid) sequences of invalid UTF-8")
    }
  }
}
