public import BERT
import GLUE
public import Tokenization

extension GoldenRows {
  /// Lets a model with a classification head answer texts that are made up for it.
  ///
  /// `maxLength` is what it reads of a text; `pairs` whether it answers pairs of texts too. The same model gives the same
  /// rows, with any number of threads. Throws where the model has no such head or answers what is no number.
  public init(model: BertModel, tokenizer: Tokenizer, maxLength: Int, pairs: Bool, program: String) throws {
    let length = MaximumLength.of(model.config, tokenizer, wanted: maxLength)
    let texts = Self.texts(of: tokenizer.vocabulary, length: length)
    let isBi = model.config.pairEncoding == .bi
    var examples = texts.map { Example(first: $0) }
    if isBi {
      examples = [(0, 1), (0, 2), (3, 2), (1, 3)].map { Example(first: texts[$0], second: texts[$1]) }
    } else if pairs && model.config.typeVocabSize > 1 {
      examples += [(0, 2), (3, 2)].map { Example(first: texts[$0], second: texts[$1]) }
    }
    let read = try TaskRows(examples, tokenizer: tokenizer, maxLength: length, toModel: nil)
    let logits = try Predictor(model: model).logits(read)
    let starts = read.windows?.starts ?? Array(0...examples.count)
    let rows = examples.indices.flatMap { example in
      (starts[example]..<starts[example + 1]).map { row in
        Row(
          text: examples[example].first, pair: examples[example].second,
          window: starts[example + 1] - starts[example] > 1 ? row - starts[example] : nil,
          inputIDs: read.inputIDs[row], tokenTypeIDs: read.tokenTypeIDs[row], logits: logits[row])
      }
    }
    var header = Header(program: program, maxLength: length, labels: model.config.labels)
    header.precision = model.precision
    self.init(header: header, rows: rows)
    if model.precision == "float32" { return }
    // Where states are cut to 8 bits, the last digit of a sum decides between two steps: another processor may be off by
    // as much as cutting them moves the answers.
    let moved = try GoldenCheck(self, model: model.widened(), tokenizer: tokenizer).largestDifference
    self.header.tolerance = max(0.02, moved)
  }

  /// A plain text, one with what tokenizers differ in, a few words of the vocabulary, and more than the model takes.
  private static func texts(of vocabulary: Vocabulary, length: Int) -> [String] {
    let words = vocabulary.tokens.filter { $0.allSatisfy(\.isLetter) && !$0.isEmpty }
    func some(_ count: Int) -> String {
      (0..<count).map { words.isEmpty ? "word" : words[$0 * 7919 % words.count] }.joined(separator: " ")
    }
    return [
      "A model that arrives whole says of this line what it said at home.",
      "ÇA VA? Naïve cafe\u{301}s\u{A0}№ 42: 3.5 % of 1,000; “so it is”\t東京 [MASK] 🙂don't re-read\u{200B}it",
      some(12), some(min(length, 512) + 8),
    ]
  }
}
