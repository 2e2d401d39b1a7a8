import BERT
import Files
import GLUE
import TestSupport
import Testing
import Tokenization

@testable import Sentences

@Suite struct SentenceEncoderTests {
  private func encoder() throws -> SentenceEncoder {
    let words = (0..<20).map { "w\($0)" }
    let vocabulary = try Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words)
    var config = BertConfig(
      vocabSize: vocabulary.count, hiddenSize: 16, numHiddenLayers: 2, numAttentionHeads: 2,
      intermediateSize: 32)
    config.maxPositionEmbeddings = 12
    return try SentenceEncoder(
      model: BertModel(config: config, head: .none, seed: 5), tokenizer: Tokenizer(vocabulary: vocabulary))
  }

  private let texts = ["w1 w2 w3", "", "w4", "w1 w2 w3 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14"]

  /// Pooled vectors are what the tokens' vectors give by the formula, and are bound by the longest sequence.
  @Test(arguments: Pooling.allCases) func poolingFollowsItsFormula(pooling: Pooling) throws {
    let encoder = try encoder()
    let tokens = try encoder.tokenVectors(texts)
    #expect(tokens.map(\.vectors.count) == [5, 2, 3, 12])
    let vectors = try encoder.vectors(texts, pooling: pooling, normalized: false)
    for (vector, token) in zip(vectors, tokens) {
      let rows = pooling == .mean ? token.vectors : [token.vectors[0]]
      for column in 0..<16 {
        let mean = rows.reduce(0) { $0 + Double($1[column]) } / Double(rows.count)
        #expect(abs(Double(vector[column]) - mean) < 1e-6)
      }
    }
  }

  /// A sentence's vector has the same bits whatever stands beside it, and length 1 where that is asked for.
  @Test func vectorsDoNotDependOnTheirNeighbours() throws {
    let encoder = try encoder()
    let together = try encoder.vectors(texts)
    for (text, vector) in zip(texts, together) {
      #expect(try encoder.vectors([text])[0].map(\.bitPattern) == vector.map(\.bitPattern))
      #expect(abs(vector.reduce(0) { $0 + Double($1) * Double($1) } - 1) < 1e-6)
    }
    #expect(try encoder.vectors([]).isEmpty)
  }

  /// A folder with the files of sentence-transformers, and what the encoder of it makes of them.
  private func folder(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let encoder = try encoder()
    try withTemporaryDirectory { folder in
      try encoder.model.save(to: folder)
      try encoder.tokenizer.save(to: folder)
      for (name, text) in files { try Files.write(text, to: folder + "/" + name) }
      try body(folder)
    }
  }

  @Test func settingsOfSentenceTransformersAreHeeded() throws {
    let modes = { (mean: Bool, cls: Bool) in
      #"{"word_embedding_dimension": 16, "pooling_mode_cls_token": \#(cls), "pooling_mode_mean_tokens": \#(mean), "#
        + #""include_prompt": true}"#
    }
    try folder([:]) { folder in
      let encoder = try SentenceEncoder(directory: folder)
      #expect(encoder.maxLength == 12 && encoder.pooling == .mean)
    }
    let length = #"{"max_seq_length": 6, "do_lower_case": false}"#
    try folder(["sentence_bert_config.json": length, "1_Pooling/config.json": modes(false, true)]) { folder in
      let encoder = try SentenceEncoder(directory: folder)
      #expect(encoder.maxLength == 6 && encoder.pooling == .cls)
      #expect(try encoder.tokenVectors(texts)[3].vectors.count == 6)
      #expect(try encoder.vectors(texts) == encoder.vectors(texts, pooling: .cls))
      #expect(try encoder.vectors(texts) != encoder.vectors(texts, pooling: .mean))
      #expect(try SentenceEncoder(directory: folder, maxLength: 9).maxLength == 9)
    }
    try folder(["1_Pooling/config.json": modes(true, false)]) { folder in
      let encoder = try SentenceEncoder(directory: folder)
      #expect(encoder.pooling == .mean)
    }
    for (name, text, expected, found) in [
      (
        "1_Pooling/config.json", modes(false, false),
        "pooling_mode_mean_tokens or pooling_mode_cls_token alone", "none"
      ),
      (
        "1_Pooling/config.json", modes(true, true),
        "pooling_mode_mean_tokens or pooling_mode_cls_token alone",
        "pooling_mode_cls_token, pooling_mode_mean_tokens"
      ),
      ("sentence_bert_config.json", #"{"max_seq_length": -1}"#, "max_seq_length of at least 3", "-1"),
    ] {
      try folder([name: text]) { folder in
        #expect(
          throws: SentenceError.settings(path: "\(folder)/\(name)", expected: expected, found: found)
        ) { try SentenceEncoder(directory: folder) }
      }
    }
    try folder(["1_Pooling/config.json": "["]) { folder in
      #expect(throws: FileError.self) { try SentenceEncoder(directory: folder) }
    }
  }

  @Test func aVocabularyThatIsTooLargeIsRefused() throws {
    let words = (0..<40).map { "w\($0)" }
    let vocabulary = try Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words)
    let model = try encoder().model
    #expect(throws: SentenceError.self) {
      try SentenceEncoder(model: model, tokenizer: Tokenizer(vocabulary: vocabulary))
    }
  }
}

/// The published model of sentence vectors beside the repository.
@Suite(.enabled(if: SharedData.isAvailable)) struct PublishedSentenceModelTests {
  /// The similarities that the model's publisher prints for these sentences (sbert.net, quick start).
  @Test func similaritiesAreThosePublished() throws {
    let encoder = try SentenceEncoder(directory: SharedData.path + "/models/all-MiniLM-L6-v2")
    let vectors = try encoder.vectors([
      "The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.",
    ])
    let published = [(0, 1, 0.6660), (0, 2, 0.1046), (1, 2, 0.1411)]
    for (first, second, similarity) in published {
      #expect(abs(cosineSimilarity(vectors[first], vectors[second]) - similarity) < 5e-5)
    }
  }

  /// Without any training on it, similarity orders the pairs of STS-B dev as people do.
  @Test func similarityFollowsSTSB() throws {
    let encoder = try SentenceEncoder(directory: SharedData.path + "/models/all-MiniLM-L6-v2")
    let task = try GLUETask.named("STS-B")
    let examples = try task.load(.dev, from: SharedData.path + "/glue").examples
    let first = try encoder.vectors(examples.map(\.first))
    let second = try encoder.vectors(examples.map { $0.second ?? "" })
    let predictions = zip(first, second).map { Label.score(cosineSimilarity($0, $1)) }
    let metrics = try task.metrics(predictions: predictions, of: examples)
    let spearman = try #require(metrics.values.first { $0.name == "spearman" }?.value)
    print("STS-B dev, Spearman without training: \(spearman)")
    #expect(spearman > 0.86)
  }
}

@Suite struct SavedEncoderTests {
  /// A folder that was saved gives the same vectors, cut and pooled as before.
  @Test(arguments: Pooling.allCases) func aSavedEncoderIsTheSame(pooling: Pooling) throws {
    try withTemporaryDirectory { folder in
      let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<40).map { "w\($0)" }
      let encoder = try SentenceEncoder(
        model: TinyModels.model(head: .none), tokenizer: Tokenizer(vocabulary: Vocabulary(tokens: words)),
        maxLength: 9, pooling: pooling)
      try encoder.save(to: folder)
      let saved = try SentenceEncoder(directory: folder)
      #expect(saved.pooling == pooling && saved.maxLength == 9)
      let texts = ["w5 w6", "w7 w8 w9 w10 w11 w12 w13 w14 w15 w16"]
      #expect(try saved.vectors(texts) == encoder.vectors(texts))
    }
  }

  @Test func theFolderOfARunIsTold() throws {
    try withTemporaryDirectory { folder in
      func said(_ path: String) -> String {
        do { _ = try SentenceEncoder(directory: path) } catch { return "\(error)" }
        return ""
      }
      try Files.write(#"{"status": "running"}"#, to: folder + "/run/run.json")
      #expect(said(folder + "/run").hasSuffix("found an unfinished run: anneal resume \(folder)/run"))
      try TinyModels.model(head: .none).save(to: folder + "/run/model")
      #expect(said(folder + "/run").hasSuffix("found the folder of a run: did you mean \(folder)/run/model?"))
    }
  }
}
