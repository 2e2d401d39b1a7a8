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
  /// How tokens' vectors become a sentence's where nobody says otherwise.
  public let pooling: Pooling
  /// What stands behind the pooling; nil where nothing does.
  public let dense: Dense?

  private let workspace = Workspace()
  private let request: OutputRequest

  /// Reads `config.json`, weights and tokenizer of a Hugging Face folder, and what sentence-transformers keeps there.
  ///
  /// `maxLength` is bounded by what model and tokenizer allow; if left out it is `max_seq_length` of
  /// `sentence_bert_config.json`, or that bound. The pooling is that of `1_Pooling/config.json`, or the mean; one that
  /// is not among ``Pooling`` is refused.
  public convenience init(directory: String, maxLength: Int? = nil) throws {
    let settings = try SentenceSettings(directory: directory)
    try self.init(
      model: BertModel.load(directory: directory, head: .none).model,
      tokenizer: Tokenizer(directory: directory), maxLength: maxLength ?? settings.maxLength,
      pooling: settings.pooling ?? .mean, dense: settings.dense)
  }

  /// An encoder of a model and a tokenizer that belong together, with a layer behind its vectors where there is one.
  public init(
    model: BertModel, tokenizer: Tokenizer, maxLength: Int? = nil, pooling: Pooling = .mean,
    dense: Dense? = nil
  ) throws {
    if let dense, dense.inputs != model.config.hiddenSize {
      throw SentenceError.settings(
        path: "the layer behind the pooling (Dense)", expected: "in_features \(model.config.hiddenSize)",
        found: "\(dense.inputs)")
    }
    self.dense = dense
    if tokenizer.requiredVocabularySize > model.config.vocabSize {
      throw SentenceError.vocabulary(
        tokens: tokenizer.requiredVocabularySize, embeddings: model.config.vocabSize)
    }
    self.model = model
    self.tokenizer = tokenizer
    self.pooling = pooling
    self.maxLength = min(
      maxLength ?? .max, model.config.maxPositionEmbeddings, tokenizer.settings.modelMaxLength ?? .max)
    var request = OutputRequest()
    request.logits = false
    request.hiddenStates = [model.config.numHiddenLayers]
    self.request = request
  }

  /// Writes model and tokenizer into one folder, with length and pooling as sentence-transformers keeps them.
  ///
  /// Throws `FileError` where a file cannot be written.
  public func save(to directory: String) throws {
    try model.save(to: directory)
    try tokenizer.save(to: directory)
    try saveSettings(to: directory)
  }

  /// Writes what sentence-transformers keeps beside a model: its parts, length and pooling, and whether vectors are
  /// scaled to length 1 there too.
  ///
  /// Throws `FileError` where a file cannot be written.
  public func saveSettings(to directory: String, normalizes: Bool = false) throws {
    try SentenceSettings.write(
      maxLength: maxLength, pooling: pooling, width: model.config.hiddenSize, dense: dense,
      normalizes: normalizes, to: directory)
  }

  /// One vector for each text, in the order of the texts.  // [texts][hidden], or [texts][outputs of `dense`]
  ///
  /// The pooling is the encoder's own if left out. With `normalized` their Euclidean length is 1, so that the dot
  /// product of two is their cosine similarity.
  public func vectors(_ texts: [String], pooling: Pooling? = nil, normalized: Bool = true) throws
    -> [[Float]]
  {
    let pooling = pooling ?? self.pooling
    var result: [[Float]] = []
    result.reserveCapacity(texts.count)
    try forEachBatch(texts) { _, states in
      for rows in states {
        guard let dense else {
          result.append(pooling.vector(of: rows, normalized: normalized))
          continue
        }
        let vector = dense.applied(to: pooling.vector(of: rows, normalized: false))
        result.append(normalized ? Pooling.normalized(vector) : vector)
      }
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
      while next < texts.count, encodings.isEmpty || tokens < Batch.inferenceTokens {
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
