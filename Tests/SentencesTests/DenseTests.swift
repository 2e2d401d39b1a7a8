import BERT
import Files
import Glibc
import Sentences
import TestSupport
import Testing
import Tokenization

/// A linear layer behind sentence vectors, as sentence-transformers keeps it.
@Suite struct DenseTests {
  private static func write(to folder: String, dense: Dense? = nil, normalizes: Bool = false) throws {
    let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad"]
    var config = try BertConfig(shape: "1x4x1", vocabSize: tokens.count)
    config.initializerRange = 0.5
    let encoder = try SentenceEncoder(
      model: BertModel(config: config, head: .none, seed: 1),
      tokenizer: Tokenizer(vocabulary: Vocabulary(tokens: tokens)), dense: dense)
    try encoder.save(to: folder)
    try encoder.saveSettings(to: folder, normalizes: normalizes)
  }

  private static let rows: [[Float]] = [
    [1, 0, 0, 0], [0, 2, 0, 0], [1, 1, 1, 1], [0, 0, 0, -1], [0.5, 0, 0, 0],
  ]

  @Test func itIsWrittenAndRead() throws {
    try withTemporaryDirectory { folder in
      try Self.write(to: folder + "/plain")
      try Self.write(to: folder + "/dense", dense: Dense(weight: Self.rows), normalizes: true)
      let (plain, encoder) = (
        try SentenceEncoder(directory: folder + "/plain"), try SentenceEncoder(directory: folder + "/dense")
      )
      #expect(plain.dense == nil && encoder.dense == Dense(weight: Self.rows))
      let x = try plain.vectors(["good bad"], normalized: false)[0]
      let y = try encoder.vectors(["good bad"], normalized: false)[0]
      let expected = [x[0], 2 * x[1], x[0] + x[1] + x[2] + x[3], -x[3], x[0] / 2]
      #expect(zip(y, expected).allSatisfy { abs($0 - $1) < 1e-5 } && y.count == 5)
      let unit = try encoder.vectors(["good bad"])[0]
      #expect(abs(unit.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5 && abs(cosineSimilarity(unit, y) - 1) < 1e-6)
      let modules = String(decoding: try Files.read(folder + "/dense/modules.json"), as: UTF8.self)
      #expect(modules.contains("2_Dense") && modules.contains("3_Normalize"))
    }
  }

  @Test func aBiasAndTanhAreRead() throws {
    try withTemporaryDirectory { folder in
      try Self.write(to: folder, dense: Dense(weight: Self.rows))
      let x = try SentenceEncoder(directory: folder).vectors(["bad"], normalized: false)[0]
      let bias: [Float] = [0.1, -0.2, 0.3, 0, 1]
      try Self.rows.flatMap(\.self).withUnsafeBufferPointer { weight in
        try bias.withUnsafeBufferPointer { bias in
          try SafetensorsWriter.write(
            [("linear.weight", [5, 4], weight), ("linear.bias", [5], bias)],
            to: folder + "/2_Dense/model.safetensors")
        }
      }
      func config(_ activation: String, outputs: Int = 5) throws {
        try Files.write(
          #"{"in_features": 4, "out_features": \#(outputs), "bias": true, "activation_function": "\#(activation)"}"#,
          to: folder + "/2_Dense/config.json")
      }
      try config("torch.nn.modules.activation.Tanh")
      let y = try SentenceEncoder(directory: folder).vectors(["bad"], normalized: false)[0]
      for row in 0..<5 { #expect(abs(y[row] - tanh(x[row] + bias[row])) < 1e-5) }
      func complaint() -> String {
        do {
          _ = try SentenceEncoder(directory: folder)
          return "read"
        } catch { return "\(error)" }
      }
      try config("torch.nn.modules.activation.ReLU")
      #expect(complaint().contains("activation.Tanh, found torch.nn.modules.activation.ReLU"))
      try config("torch.nn.modules.linear.Identity", outputs: 6)
      #expect(complaint().hasSuffix("expected linear.weight of shape [6, 4], found shape [5, 4]"))
      try Files.write("[]", to: folder + "/2_Dense/config.json")
      #expect(
        complaint().hasSuffix(
          "2_Dense/config.json: cannot read: it is not the expected JSON: another type of value"),
        "\(complaint())")
      try Files.write(#"{"in_features": 4, "out_features": 5}"#, to: folder + "/2_Dense/config.json")
      #expect(complaint().hasSuffix("bias is missing"), "\(complaint())")
    }
  }
}
