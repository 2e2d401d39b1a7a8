import ArgumentParser
import BERT
import Files
import Runs
import Tokenization
import Training

/// `anneal vocab extend`.
struct VocabExtendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extend",
    abstract: "Give a vocabulary, and the model that reads with it, more words.",
    discussion: """
      --add is a file of words, one a line. Each becomes a token at the end of the vocabulary, as texts have it once they \
      are normalised (in small letters where the vocabulary is uncased), and its embedding begins as the mean of those of \
      the pieces that it was read as before. Words that are there already, that hold white space or that texts are cut \
      into several words at are left out, and said. What is written is read by transformers too; train the model on \
      text with the new words before they mean more than their pieces. With --vocab and no --model, the vocabulary alone \
      is written.

      Example: anneal vocab extend --model runs/teacher --add words.txt --output extended
      """)

  @Option(
    help: ArgumentHelp("The words to add, one a line; - is standard input.", valueName: "file"),
    completion: .file())
  var add: String

  @Option(
    help: ArgumentHelp(
      "The folder of a checkpoint or of a run, whose vocabulary is extended.", valueName: "dir"),
    completion: .directory)
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The vocabulary, a token a line: the model's own, or one without a model.", valueName: "file"),
    completion: .file())
  var vocab: String?

  @Flag(help: "Keep upper case and accents, where there is no model to say so.")
  var cased = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The folder to write, or without a model the vocabulary.", valueName: "path"),
    completion: .directory)
  var output: String

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(name: .shortAndLong, help: "No notes on standard error.")
  var quiet = false

  private struct Result: Encodable {
    struct Refusal: Encodable {
      let line: Int
      let word: String
      let reason: String
    }
    let output: String
    let added: [String]
    let leftOut: [Refusal]
    let tokens: Int

    enum CodingKeys: String, CodingKey {
      case output, added, tokens
      case leftOut = "left_out"
    }
  }

  func validate() throws {
    if model == nil && vocab == nil { throw ValidationError("Give --model, or --vocab.") }
    if model != nil && cased {
      throw ValidationError("--cased goes with --vocab alone: a model says so itself.")
    }
  }

  func run() throws {
    try Output.refuse(output, among: [add, vocab].compactMap(\.self))
    var words: [String] = []
    var reader = try LineReader(add)
    while let lines = try reader.next() { words += lines }
    guard let model else {
      let old = try Tokenizer(vocabularyFile: vocab ?? "", settings: TokenizerSettings(doLowerCase: !cased))
      let found = try VocabularyExtension(words, of: old)
      try Files.write(found.tokenizer.vocabulary.tokens.map { $0 + "\n" }.joined(), to: output)
      return try tell(found)
    }
    let folder = RunFolder.model(at: model)
    if try Files.exists(output) && (!Files.isDirectory(output) || !Files.list(output).isEmpty) {
      throw FileError(
        path: output, operation: "write", reason: "there is something already: give a folder of another name")
    }
    let loaded = try BertModel.load(directory: folder, head: .asStored)
    let tokenizer = try ModelFolder.tokenizer(folder)
    try Evaluator.checkVocabulary(loaded.model, tokenizer)
    if let vocab, try Vocabulary(file: vocab).tokens != tokenizer.vocabulary.tokens {
      throw TokenizerError(path: vocab, "it is not the vocabulary of \(model), whose tokens are others")
    }
    if !quiet { for note in loaded.notes { Output.error(note) } }
    let found = try VocabularyExtension(words, of: tokenizer)
    let extended = try loaded.model.extended(from: found.firstID, with: found.words.map(\.pieces))
    try extended.save(to: output, with: found.tokenizer)
    if case .sequenceClassification = extended.head {
      let old = try ModelFolder(folder, model: loaded.model, tokenizer: tokenizer)
      try GoldenRows(
        model: extended, tokenizer: found.tokenizer, maxLength: old.maxLength(nil) ?? .max,
        pairs: old.hasPairs ?? true,
        program: ProgramVersion.number
      ).write(to: output)
    }
    try tell(found)
  }

  private func tell(_ found: VocabularyExtension) throws {
    if !quiet {
      for refusal in found.refusals {
        Output.error("\(add):\(refusal.number): '\(refusal.word.prefix(80))' is left out: \(refusal.reason)")
      }
      let unknown = found.words.filter { $0.pieces.contains(found.tokenizer.unkID) }.map(\.token)
      if !unknown.isEmpty {
        Output.error(
          "\(add): \(unknown.count) words were unknown and begin as that: "
            + unknown.prefix(8).joined(separator: ", "))
      }
    }
    let tokens = found.tokenizer.vocabulary.count
    if json {
      return try Output.write(
        json: Result(
          output: output, added: found.words.map(\.token),
          leftOut: found.refusals.map { .init(line: $0.number, word: $0.word, reason: $0.reason) },
          tokens: tokens))
    }
    try Output.write(
      "\(output): \(found.words.count) words added, \(found.refusals.count) left out, \(tokens) tokens\n")
  }
}
