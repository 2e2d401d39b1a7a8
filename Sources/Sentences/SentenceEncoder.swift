public import BERT
import Tensors
public import Tokenization

/// Text to vectors: a tokenizer and an encoder read from one folder.
///
/// A sentence's vector does not depend on what it is encoded with, bit for bit. One value serves one caller at a
/// time; the encoder itself uses all threads.
public final class SentenceEncoder {
  /// The encoder; with a head or without.
  public let model: BertModel
  /// How text is read.
  public let tokenizer: Tokenizer
  /// Tokens after which a text is truncated.
  public let maxLength: Int

  private let workspace = Workspace()
  private let request: OutputRequest
  private static let tokensOfBatch = 2048

  /// Reads `config.json`, weights and tokenizer of a Hugging Face folder.
  ///
  /// `maxLength` is bounded by what model and tokenizer allow, and is that if left out.
  public convenience init(directory: String, maxLength: Int? = nil) throws {
    try self.init(
      model: BertModel.load(directory: directory, head: .none).model,
      tokenizer: Tokenizer(directory: directory), maxLength: maxLength)
  }

  /// An encoder of a model and a tokenizer that belong together.
  public init(model: BertModel, tokenizer: Tokenizer, maxLength: Int? = nil) throws {
    if tokenizer.vocabulary.count > model.config.vocabSize {
      throw SentenceError.vocabulary(tokens: tokenizer.vocabulary.count, embeddings: model.config.vocabSize)
    }
    self.model = model
    self.tokenizer = tokenizer
    self.maxLength = min(
      maxLength ?? .max, model.config.maxPositionEmbeddings, tokenizer.settings.modelMaxLength ?? .max)
    var request = OutputRequest()
    request.logits = false
    request.hiddenStates = [model.config.numHiddenLayers]
    self.request = request
  }

  /// One vector for each text, in the order of the texts.  // [texts][hidden]
  ///
  /// With `normalized` their Euclidean length is 1, so that the dot product of two is their cosine similarity.
  public func vectors(_ texts: [String], pooling: Pooling = .mean, normalized: Bool = true) throws
    -> [[Float]]
  {
    var result: [[Float]] = []
    result.reserveCapacity(texts.count)
    try forEachBatch(texts) { _, states in
      for rows in states { result.append(pooling.vector(of: rows, normalized: normalized)) }
    }
    return result
  }

  /// A vector for every token of each text, [CLS] and [SEP] among them, with the tokens' ids and offsets.
  public func tokenVectors(_ texts: [String]) throws -> [(encoding: Encoding, vectors: [[Float]])] {
    var result: [(encoding: Encoding, vectors: [[Float]])] = []
    try forEachBatch(texts) { encodings, states in
      for (encoding, rows) in zip(encodings, states) {
        result.append((encoding, (0..<rows.rows).map { Array(rows.row($0)) }))
      }
    }
    return result
  }

  /// Calls `body` with texts' encodings and their last states, a batch of bounded size at a time.
  private func forEachBatch(_ texts: [String], _ body: ([Encoding], [Matrix]) throws -> Void) throws {
    var next = 0
    while next < texts.count {
      var encodings: [Encoding] = []
      var tokens = 0
      while next < texts.count, encodings.isEmpty || tokens < Self.tokensOfBatch {
        encodings.append(try tokenizer.encode(texts[next], maxLength: maxLength))
        tokens += encodings[encodings.count - 1].ids.count
        next += 1
      }
      let batch = Batch(inputIDs: encodings.map(\.ids), tokenTypeIDs: encodings.map(\.tokenTypeIDs))
      let output = try model.forward(batch, request: request, workspace: workspace)
      guard let states = output.hiddenStates[model.config.numHiddenLayers] else {
        preconditionFailure("an encoder that leaves out the layer it was asked for")
      }
      try body(encodings, (0..<batch.sequenceCount).map { states.rows(batch.tokens(of: $0)) })
    }
  }
}

/// Why text cannot be encoded.
public enum SentenceError: Error, CustomStringConvertible {
  /// The tokenizer has more tokens than the model has embeddings.
  case vocabulary(tokens: Int, embeddings: Int)

  /// One line.
  public var description: String {
    switch self {
    case .vocabulary(let tokens, let embeddings):
      "the vocabulary has \(tokens) tokens, but the model only \(embeddings) embeddings: they do not belong together"
    }
  }
}
