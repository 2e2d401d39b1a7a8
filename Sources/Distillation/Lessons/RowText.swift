import BERT
import Tokenization
import Training

/// Rows of ids as people read them, and answers by the names of labels.
struct RowText {
  private let tokenizer: Tokenizer
  private let labels: [String]?

  /// Reads ids of a tokenizer and logits of a model with these labels; nil for scores.
  init(_ tokenizer: Tokenizer, labels: [String]?) { (self.tokenizer, self.labels) = (tokenizer, labels) }

  /// The text of a sequence of a batch, or both of a pair: without special tokens.
  func texts(_ batch: Batch, _ sequence: Int) -> [String] {
    let tokens = batch.tokens(of: sequence)
    return texts(Array(batch.inputIDs[tokens]), Array(batch.tokenTypeIDs[tokens]))
  }

  /// The texts of ids with their segments.
  func texts(_ ids: [Int32], _ segments: [Int32]) -> [String] {
    Set(segments).sorted().map { segment in
      tokenizer.decode(zip(ids, segments).filter { $1 == segment }.map(\.0))
    }
  }

  /// The probability of each label, or the score.
  func answers(_ logits: [Float]) -> [String: Double] {
    guard let labels, labels.count == logits.count, logits.count > 1 else {
      return ["score": Double(logits.first ?? .nan)]
    }
    return Dictionary(zip(labels, Answer.probabilities(logits))) { first, _ in first }
  }
}
