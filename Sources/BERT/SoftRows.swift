public import Tensors

/// Tokens that go into a model as mixtures of its vocabulary instead of as ids.
///
/// The word embedding of such a token is its weights times the word embeddings; a weight of 1 for one row is the id of
/// that row. After Rashid et al. 2021 (MATE-KD), section 3.1, where a generator's probabilities stand at masked places.
public struct SoftRows: Sendable {
  /// Which tokens of the packed batch, ascending; their ids there are not read.  // [rows]
  public let tokens: [Int]
  /// The weights.  // [rows, vocabulary]
  public let weights: Matrix
  /// Whether a way back gives the gradient of the weights.
  public var wantsGradient: Bool

  /// Weights for some tokens of a batch; the memory of `weights` has to last until the way back is done.
  public init(tokens: [Int], weights: Matrix, wantsGradient: Bool = true) {
    self.tokens = tokens
    self.weights = weights
    self.wantsGradient = wantsGradient
  }

  /// Throws `ModelError` where they do not fit a batch and a vocabulary.
  func check(_ batch: Batch, vocabSize: Int) throws {
    func refuse(_ expected: String, _ found: String) -> ModelError {
      ModelError(subject: "soft rows", expected: expected, found: found)
    }
    if weights.rows != tokens.count || weights.columns != vocabSize {
      throw refuse(
        "\(tokens.count) rows of \(vocabSize) weights", "\(weights.rows) rows of \(weights.columns)")
    }
    for (place, token) in tokens.enumerated() {
      if token < 0 || token >= batch.tokenCount {
        throw refuse("tokens from 0 to \(batch.tokenCount - 1)", "\(token)")
      }
      if place > 0 && token <= tokens[place - 1] {
        throw refuse("tokens in ascending order", "\(token) after \(tokens[place - 1])")
      }
    }
  }

  /// The row of each token, -1 for those that have an id.  // [tokens of the batch]
  func places(_ tokenCount: Int) -> [Int] {
    var places = [Int](repeating: -1, count: tokenCount)
    for (place, token) in tokens.enumerated() { places[token] = place }
    return places
  }
}
