import Tensors

/// What a classification head reads of a sequence's last states.
///
/// `config.json` keeps it as `anneal_pooling`, where it is not `cls`.
public enum HeadPooling: String, Sendable, Codable, CaseIterable {
  /// The state of the first token, as `BertForSequenceClassification`.
  case cls
  /// The mean of the states of all tokens, [CLS] and [SEP] among them, as Sentence-BERT (Reimers and Gurevych 2019,
  /// section 3).
  case mean
}

extension BertConfig {
  /// A sentence about a head that no class of transformers has; nil where one does.
  public var headNote: String? {
    if pairEncoding == .bi {
      return
        "the head compares the vectors of a pair's two texts (anneal_pair_encoding bi), which no class of transformers "
        + "does; sentence-transformers reads the folder for the vectors"
    }
    return pooling == .cls
      ? nil
      : "the head reads the mean of all tokens (anneal_pooling), which transformers' BertForSequenceClassification does "
        + "not: it would answer something else"
  }
}

extension Matrix {
  /// The mean of each sequence's rows.  // [sequences, columns]
  func means(of batch: Batch, in arena: Arena) -> Matrix {
    let result = arena.matrix(batch.sequenceCount, columns)
    for sequence in 0..<batch.sequenceCount {
      let (tokens, mean) = (batch.tokens(of: sequence), result.base + sequence * result.stride)
      mean.update(repeating: 0, count: columns)
      for token in tokens { VectorKernels.add(base + token * stride, to: mean, count: columns) }
      VectorKernels.scale(mean, count: columns, by: 1 / Float(tokens.count))
    }
    return result
  }

  /// Adds to each sequence's rows their share of the gradient of its mean, which is scaled in its place.
  func add(meanGradient gradient: Matrix, of batch: Batch) {
    for sequence in 0..<batch.sequenceCount {
      let (tokens, change) = (batch.tokens(of: sequence), gradient.base + sequence * gradient.stride)
      VectorKernels.scale(change, count: columns, by: 1 / Float(tokens.count))
      for token in tokens { VectorKernels.add(change, to: base + token * stride, count: columns) }
    }
  }
}
