import BERT
import Files
import Sentences
import Tensors
import TestSupport
import Testing
import Tokenization

/// A bi-encoder's folder, read for its vectors.
@Suite struct BiEncoderFolderTests {
  @Test func itsAnswerIsTheCosineOfItsVectors() throws {
    try withTemporaryDirectory { folder in
      let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film", "plot"]
      let tokenizer = try Tokenizer(vocabulary: Vocabulary(tokens: tokens)).readingPairs(apart: true)
      for pooling in [HeadPooling.mean, .cls] {
        var config = try BertConfig(shape: "2x16x2", vocabSize: tokens.count)
        config.read(pairs: .bi)
        (config.pooling, config.initializerRange) = (pooling, 0.4)
        let model = try BertModel(config: config, head: .sequenceClassification(labels: 1), seed: 2)
        try model.save(to: folder)
        try tokenizer.save(to: folder)
        try SentenceEncoder(model: model, tokenizer: tokenizer, pooling: pooling == .mean ? .mean : .cls)
          .saveSettings(to: folder)
        let encoder = try SentenceEncoder(directory: folder)
        #expect(encoder.pooling == (pooling == .mean ? .mean : .cls))
        let vectors = try encoder.vectors(["good film", "bad bad plot"])
        let pair = try tokenizer.encode("good film", pair: "bad bad plot")
        let logits = try #require(
          try model.forward(
            Batch(inputIDs: [pair.ids], tokenTypeIDs: [pair.tokenTypeIDs]), workspace: Workspace()
          ).logits)
        #expect(abs(Double(logits[0, 0]) - cosineSimilarity(vectors[0], vectors[1])) < 1e-5)
      }
    }
  }
}
