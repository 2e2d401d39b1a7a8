import BERT
import Files
import FoundationEssentials
import TestSupport
import Testing

@Suite struct CheckpointConfigTests {
  private let sizes =
    #""vocab_size": 100, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "#
    + #""intermediate_size": 48"#

  private func read(_ json: String) throws -> BertConfig {
    try withTemporaryDirectory { folder in
      try Files.write(json, to: folder + "/config.json")
      return try BertConfig(file: folder + "/config.json")
    }
  }

  /// What is said of a bad file, after its path.
  private func complaint(_ json: String) -> String {
    do { return "read: \(try read(json))" } catch var error as ModelError {
      #expect(error.path?.hasSuffix("/config.json") == true)
      error.path = nil
      return "\(error)"
    } catch { return "another kind of error: \(error)" }
  }

  @Test func defaultsAreThoseOfTransformers() throws {
    let config = try read("{\(sizes), \"some_other_key\": [1, {\"a\": null}]}")
    #expect(
      config
        == BertConfig(
          vocabSize: 100, hiddenSize: 12, numHiddenLayers: 2, numAttentionHeads: 3, intermediateSize: 48))
    #expect(config.layerNormEps == 1e-12 && config.maxPositionEmbeddings == 512 && config.typeVocabSize == 2)
    #expect(config.hiddenAct == .gelu && config.hiddenDropoutProb == 0.1 && config.labels == nil)
  }

  @Test func everyKeyIsRead() throws {
    let config = try read(
      """
      {\(sizes), "hidden_act": "gelu_pytorch_tanh", "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0.25,
       "classifier_dropout": 0.5, "layer_norm_eps": 1e-5, "initializer_range": 0.3,
       "max_position_embeddings": 40, "type_vocab_size": 1, "pad_token_id": 7, "problem_type": "regression",
       "id2label": {"1": "b", "0": "a", "10": "k", "2": "c", "3": "d", "4": "e", "5": "f", "6": "g", "7": "h",
       "8": "i", "9": "j"}, "model_type": "bert", "position_embedding_type": "absolute", "is_decoder": false}
      """)
    #expect(config.hiddenAct == .geluNew && config.hiddenDropoutProb == 0 && config.padTokenID == 7)
    #expect(config.attentionProbsDropoutProb == 0.25 && config.classifierDropout == 0.5)
    #expect(config.layerNormEps == 1e-5 && config.initializerRange == 0.3 && config.typeVocabSize == 1)
    #expect(config.maxPositionEmbeddings == 40 && config.problemType == "regression")
    #expect(config.labels == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"])
    #expect(try JSONDecoder().decode(BertConfig.self, from: JSONEncoder().encode(config)) == config)
  }

  @Test func labelsMayBeWholeNumbers() throws {
    let config = try read("{\(sizes), \"id2label\": {\"0\": 0, \"2\": \"2\", \"1\": -1}}")
    #expect(config.labels == ["0", "-1", "2"])
  }

  @Test(arguments: [
    ("gelu", Activation.gelu), ("gelu_python", .gelu), ("gelu_10", .gelu10), ("gelu_new", .geluNew),
    ("gelu_fast", .geluNew), ("gelu_accurate", .geluNew), ("gelu_pytorch_tanh", .geluNew),
    ("quick_gelu", .quickGelu), ("relu", .relu), ("silu", .silu), ("swish", .silu),
  ])
  func activationsAreReadByTheirNames(name: String, activation: Activation) throws {
    let config = try read("{\(sizes), \"hidden_act\": \"\(name)\"}")
    #expect(config.hiddenAct == activation)
    #expect(try JSONDecoder().decode(BertConfig.self, from: JSONEncoder().encode(config)) == config)
  }

  @Test func complaintsNameFileKeyExpectedAndFound() {
    #expect(complaint("{}") == "vocab_size: expected a whole number, found nothing")
    #expect(complaint("[1]").hasPrefix("config: expected a JSON object, found "))
    #expect(complaint("{\"a\": ").hasPrefix("config: expected a JSON object, found "))
    func with(_ pair: String) -> String { complaint("{\(sizes), \(pair)}") }
    #expect(with(#""type_vocab_size": "two""#) == "type_vocab_size: expected a whole number, found 'two'")
    #expect(with(#""type_vocab_size": 1.5"#) == "type_vocab_size: expected a whole number, found 1.5")
    #expect(with(#""type_vocab_size": [2]"#) == "type_vocab_size: expected a whole number, found a list")
    #expect(with(#""model_type": "roberta""#) == "model_type: expected bert or distilbert, found 'roberta'")
    #expect(with(#""position_embedding_type": "relative_key""#).hasSuffix("absolute, found 'relative_key'"))
    #expect(
      with(#""hidden_act": "mish""#)
        == "hidden_act: expected one of gelu, gelu_10, gelu_accurate, gelu_fast, gelu_new, gelu_python, "
        + "gelu_pytorch_tanh, quick_gelu, relu, silu, swish, found 'mish'")
    #expect(with(#""is_decoder": true"#).hasPrefix("is_decoder: expected false"))
    #expect(with(#""pad_token_id": 100"#) == "pad_token_id: expected 0 to 99, found 100")
    #expect(with(#""hidden_dropout_prob": 1"#).hasPrefix("hidden_dropout_prob: expected"))
    #expect(
      with(#""id2label": {"0": "a", "2": "b"}"#) == "id2label: expected the ids 0 to 1, found no 1 among 0, 2"
    )
    #expect(
      with(#""id2label": {"0": "a", "1": "a"}"#) == "id2label: expected different names, found 'a' twice")
    #expect(with(#""id2label": {}"#).hasPrefix("id2label: expected 1 to"))
    #expect(
      with(#""id2label": {"0": 1.5, "1": "a"}"#)
        == "id2label: expected an object of texts or whole numbers, found another kind of value")
  }

  @Test(arguments: [
    ("vocab_size", "0"), ("vocab_size", "9223372036854775807"), ("hidden_size", "-12"),
    ("hidden_size", "1000000"), ("num_hidden_layers", "0"), ("num_hidden_layers", "100000"),
    ("num_attention_heads", "5"), ("intermediate_size", "9223372036854775807"),
  ])
  func impossibleSizesAreRefused(key: String, value: String) {
    var sizes = [
      "vocab_size": "100", "hidden_size": "12", "num_hidden_layers": "2", "num_attention_heads": "3",
    ]
    sizes["intermediate_size"] = "48"
    sizes[key] = value
    let json = "{" + sizes.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
    #expect(complaint(json).hasPrefix(key + ": expected "))
  }

  @Test func shapesAreWrittenAsLayersHiddenHeads() throws {
    let short = try BertConfig(shape: "3x384x12", vocabSize: 50)
    #expect(short.numHiddenLayers == 3 && short.hiddenSize == 384 && short.numAttentionHeads == 12)
    #expect(short.intermediateSize == 1536 && short.shape == "3x384x12")
    #expect(try BertConfig(shape: "2x128x2x500", vocabSize: 50).shape == "2x128x2x500")
    for wrong in [
      "", "3x384", "3x384x", "3x384x12x5x6", "ax2x3", "3x-4x1", "3x384x7", "99999999999999999999x1x1",
    ] {
      #expect(throws: ModelError.self) { try BertConfig(shape: wrong, vocabSize: 50) }
    }
  }
}
