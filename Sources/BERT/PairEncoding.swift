import Tensors

/// How a model reads the two texts of a pair.
///
/// `config.json` keeps it as `anneal_pair_encoding`, where it is not `cross`.
public enum PairEncoding: String, Sendable, Codable, CaseIterable {
  /// Both in one sequence, as BERT does: a cross-encoder.
  case cross
  /// Each by itself, so that two vectors are compared: a bi-encoder (Reimers and Gurevych 2019, Sentence-BERT).
  case bi
}

extension BertConfig {
  /// Changes how pairs are read; a bi-encoder's vectors are means until `pooling` says otherwise.
  public mutating func read(pairs: PairEncoding) {
    if pairs == pairEncoding { return }
    (pairEncoding, pooling) = (pairs, pairs == .bi ? .mean : .cls)
  }

  /// Whether a bi-encoder answers by the cosine of its two vectors: where there is one label, a score.
  func comparesByCosine(labels: Int) -> Bool { labels == 1 && !isMultiLabel }

  /// What the classifier of a sequence or a pair reads: a pooled state; `(u, v, |u - v|)`; or a cosine.
  func classifierWidth(labels: Int) -> Int {
    pairEncoding == .cross ? hiddenSize : comparesByCosine(labels: labels) ? 1 : 3 * hiddenSize
  }
}

extension Batch {
  /// The texts of pairs as sequences of their own, 2i and 2i + 1 being those of pair i; tokens stay where they are.
  ///
  /// A sequence is the two texts as each is read by itself, the tokens of the second in segment 1. Throws `ModelError`
  /// for a sequence that is no such pair.
  func textsApart() throws -> Batch {
    var starts = [0]
    for sequence in 0..<sequenceCount {
      let tokens = tokens(of: sequence)
      guard let second = tokens.first(where: { tokenTypeIDs[$0] != 0 }), second > tokens.lowerBound,
        tokenTypeIDs[second..<tokens.upperBound].allSatisfy({ $0 == 1 })
      else {
        throw ModelError(
          subject: "sequence \(sequence)",
          expected: "a pair of texts, as a bi-encoder compares them: segments of 0, then of 1",
          found: tokens.allSatisfy { tokenTypeIDs[$0] == 0 } ? "one text" : "other segments")
      }
      starts += [second, tokens.upperBound]
    }
    return Batch(
      inputIDs: inputIDs, tokenTypeIDs: [Int32](repeating: 0, count: tokenCount), sequenceStarts: starts)
  }
}

extension ForwardMode {
  /// The same for the texts of pairs: of a pair's key the first text has it, and the second one made of it.
  func textsApart(_ pairs: Int) -> ForwardMode {
    guard let dropout else { return self }
    var mode = self
    mode.dropout?.sequences = (dropout.sequences ?? (0..<UInt64(pairs)).map { $0 }).flatMap {
      [$0, CounterRandom.mix($0 &+ 0xA076_1D64_78BD_642F)]
    }
    return mode
  }
}
