import Files
import Tensors
import TestSupport
import Testing

@testable import BERT

/// Models whose weights are read where their file lies: the same answers, and nothing that would write to them.
@Suite struct MappedModelTests {
  private let batch = TinyModels.batch([5, 1, 17, 9])

  private func logits(_ model: BertModel) throws -> [UInt32] {
    let workspace = Workspace()
    let output = try model.forward(batch, workspace: workspace)
    let logits = try #require(output.logits)
    return (0..<logits.rows).flatMap { logits.row($0).map(\.bitPattern) }
  }

  @Test(arguments: [Head.sequenceClassification(labels: 3), .maskedLM], [20, 32])
  func answersAreTheSame(_ head: Head, hidden: Int) throws {
    try withTemporaryDirectory { folder in
      // Query, key and value are one product where their rows fill cache lines, three where they do not.
      try TinyModels.model(head: head, hidden: hidden).save(to: folder)
      let (copied, mapped) = (
        try BertModel.load(directory: folder).model,
        try BertModel.load(directory: folder, isMapped: true).model
      )
      #expect(!mapped.parameters.formatted.isEmpty && copied.parameters.formatted.isEmpty)
      #expect(mapped.modules == copied.modules && mapped.precision == "float32")
      #expect(try logits(mapped) == logits(copied))
      // Saved, also over the very file that it is read from, and widened, it is what it was.
      try mapped.save(to: folder)
      #expect(try logits(mapped) == logits(copied))
      #expect(try logits(mapped.widened()) == logits(copied))
      #expect(try logits(BertModel.load(directory: folder).model) == logits(copied))
      #expect(try mapped.widened().quantized(to: "int8").precision == "int8")
    }
  }

  @Test func whatWouldWriteIsRefused() throws {
    try withTemporaryDirectory { folder in
      try TinyModels.model(head: .sequenceClassification(labels: 2)).save(to: folder)
      let mapped = try BertModel.load(directory: folder, isMapped: true).model
      #expect {
        try mapped.requireFloat32(for: "training")
      } throws: {
        "\($0)".contains("widened()")
      }
      #expect(throws: ModelError.self) { try mapped.quantized(to: "int8") }
    }
  }

  /// Half precision is widened, and a file whose floats are on odd places is copied: there is nothing to read in place.
  @Test func whatCannotBeReadInPlaceIsCopied() throws {
    try withTemporaryDirectory { folder in
      let model = try TinyModels.model(head: .sequenceClassification(labels: 2))
      try model.save(to: folder)
      let path = folder + "/model.safetensors"
      let bytes = try Files.read(path)
      let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      // One blank more in the header: every tensor is a byte further.
      let more = length + 1
      let head = (0..<8).map { UInt8(truncatingIfNeeded: more >> (8 * $0)) }
      try Files.write(head + bytes[8..<8 + length] + [0x20] + bytes[(8 + length)...], to: path)
      let odd = try BertModel.load(directory: folder, isMapped: true).model
      #expect(odd.parameters.formatted.isEmpty)
      #expect(try logits(odd) == logits(model))
    }
  }

  @Test func valuesThatAreNotFiniteAreRefused() throws {
    try withTemporaryDirectory { folder in
      let model = try TinyModels.model(head: .sequenceClassification(labels: 2))
      model.parameters.matrix(BertModel.wordEmbeddings)[7, 3] = .nan
      try model.save(to: folder)
      #expect {
        _ = try BertModel.load(directory: folder, isMapped: true)
      } throws: {
        "\($0)".contains("finite values") && "\($0)".contains("word_embeddings")
      }
    }
  }
}
