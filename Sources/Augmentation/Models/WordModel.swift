import BERT
import Files
import GLUE
import Tensors
import Tokenization
import Training

/// A model of text with its tokenizer, as it offers words in the place of others.
final class WordModel: Sendable {
  let model: BertModel
  let tokenizer: Tokenizer
  /// Whether a token goes on with a word (`##…`).  // [vocabulary]
  let continuesWord: [Bool]
  /// Whether a token may stand in a word's place: letters alone, no special token, no rest of a word.  // [vocabulary]
  let isWord: [Bool]
  /// The most tokens of a row.
  let longest: Int

  /// Reads a model's folder; throws `TrainingError.mismatch` where a masked-language head is asked for and there is none.
  init(directory: String, isMaskedLM: Bool) throws {
    model = try BertModel.load(directory: directory, head: isMaskedLM ? .asStored : .none).model.widened()
    if isMaskedLM && model.head != .maskedLM {
      throw TrainingError.mismatch(
        "\(directory): expected a masked-language model (BertForMaskedLM), found none: its head would be random numbers"
      )
    }
    tokenizer = try Tokenizer(directory: directory)
    try Evaluator.checkVocabulary(model, tokenizer)
    if isMaskedLM && tokenizer.maskID == nil {
      throw TrainingError.mismatch("\(directory): expected a vocabulary with a mask token, found none")
    }
    let tokens = tokenizer.vocabulary.tokens
    continuesWord = tokens.map { $0.hasPrefix("##") }
    let special = tokenizer.specialIDs
    isWord = tokens.indices.map { id in !special.contains(Int32(id)) && Self.isOfLetters(tokens[id]) }
    longest = MaximumLength.of(model.config, tokenizer, wanted: nil)
  }

  /// Whether a text is one word of letters.
  static func isOfLetters(_ text: String) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic }
  }

  /// The logits of one token of each sequence, `body` being called with the number of the sequence and its row.
  ///
  /// Sequences are packed into batches; no result depends on which stand together.  // row: [vocabulary]
  func logits(
    _ all: [(ids: [Int32], types: [Int32], tokens: [Int])],
    _ body: (_ sequence: Int, _ token: Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws {
    let workspace = Workspace()
    let numbers = all.indices.filter { !all[$0].tokens.isEmpty }
    let sequences = numbers.map { all[$0] }
    var start = 0
    while start < sequences.count {
      var (end, count) = (start, 0)
      while end < sequences.count,
        end == start || count + sequences[end].ids.count <= Batch.inferenceTokens
      {
        count += sequences[end].ids.count
        end += 1
      }
      let part = sequences[start..<end]
      let batch = Batch(inputIDs: part.map(\.ids), tokenTypeIDs: part.map(\.types))
      var request = OutputRequest()
      var places: [(sequence: Int, token: Int)] = []
      for (place, sequence) in part.enumerated() {
        places += sequence.tokens.indices.map { (numbers[start + place], $0) }
      }
      request.logitTokens = part.enumerated().flatMap { place, sequence in
        sequence.tokens.map { batch.sequenceStarts[place] + $0 }
      }
      let output = try model.forward(batch, request: request, workspace: workspace)
      if let logits = output.logits {
        for (row, place) in places.enumerated() { body(place.sequence, place.token, logits.row(row)) }
      }
      start = end
    }
  }

  /// The tokens with the largest numbers of a row over the vocabulary, largest first and lower ids before higher ones,
  /// among words and without `own`.
  func best(_ count: Int, of row: UnsafeMutableBufferPointer<Float>, without own: Int32?) -> [(
    id: Int32, value: Float
  )] {
    var best: [(id: Int32, value: Float)] = []
    best.reserveCapacity(count + 1)
    for id in 0..<min(row.count, isWord.count) where isWord[id] && Int32(id) != own {
      let value = row[id]
      if best.count == count, value <= best[count - 1].value { continue }
      let place = best.firstIndex { $0.value < value } ?? best.count
      best.insert((Int32(id), value), at: place)
      if best.count > count { best.removeLast() }
    }
    return best
  }

  /// How a token is written.
  func text(_ id: Int32) -> String { tokenizer.vocabulary.token(id) ?? "" }
}
