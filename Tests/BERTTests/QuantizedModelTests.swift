import Files
import Tensors
import TestSupport
import Testing

@testable import BERT

/// Models whose weights are in 8 bits: near themselves in float32, the same bytes everywhere, on the disk and back.
@Suite(.serialized) struct QuantizedModelTests {
  private static let heads: [Head] = [.none, .sequenceClassification(labels: 3), .maskedLM]

  private func bits(_ output: EncoderOutput) -> [[UInt32]] {
    output.parts.flatMap { _, matrix in
      (0..<matrix.rows).map { matrix.row($0).map(\.bitPattern) }
    }
  }

  private func request(_ head: Head) -> OutputRequest {
    var request = TinyModels.everything
    request.logits = head != .none
    return request
  }

  /// How far states and logits are from those in float32, in shares of their largest.
  private func distance(_ model: BertModel, _ other: BertModel) throws -> Double {
    let batch = TinyModels.batch([9, 1, 30])
    let parts = try [model, other].map {
      try $0.forward(batch, request: request($0.head), workspace: Workspace()).parts
        .filter { $0.name.hasPrefix("hidden") || $0.name == "logits" }
    }
    #expect(parts[0].count > 3)
    return zip(parts[0], parts[1]).reduce(0) { worst, pair in
      let (a, b) = (pair.0.matrix, pair.1.matrix)
      let largest = (0..<a.rows).flatMap { a.row($0).map { abs($0) } }.max() ?? 1
      return (0..<a.rows).reduce(worst) { worst, row in
        zip(a.row(row), b.row(row)).reduce(worst) { max($0, Double(abs($1.0 - $1.1) / largest)) }
      }
    }
  }

  @Test(arguments: heads) func aQuantizedModelIsNearItselfInFloat32(head: Head) throws {
    let model = try TinyModels.model(head: head, hidden: 32)
    let quantized = try model.quantized(to: "int8")
    #expect(quantized.precision == "int8" && model.precision == "float32")
    let distance = try distance(model, quantized)
    #expect(distance > 1e-4 && distance < 0.15, "\(distance)")
    // What stays in float32 moves nothing.
    let kept = try model.quantized(to: "int8", keeping: Set(model.modules))
    let nothing = try self.distance(model, kept)
    #expect(kept.precision == "float32" && nothing == 0)
  }

  /// With weights that 8 bits hold exactly, only the rows are rounded: an exact product of what the rows became.
  @Test func widenedWeightsAreWhatTheQuantizedStandFor() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 3), hidden: 32)
    let quantized = try model.quantized(to: "int8")
    let widened = try quantized.widened()
    #expect(widened.precision == "float32" && widened.config.quantization == nil)
    let again = try widened.quantized(to: "int8")
    let batch = TinyModels.batch([5, 12])
    let outputs = try [quantized, again].map {
      bits(try $0.forward(batch, request: request($0.head), workspace: Workspace()))
    }
    #expect(outputs[0] == outputs[1])
    for entry in model.parameters.layout.entries {
      let (a, b) = (model.parameters.matrix(entry.name), widened.parameters.matrix(entry.name))
      for row in 0..<a.rows {
        let step = (a.row(row).map { abs($0) }.max() ?? 0) / 127
        let isExact = entry.shape.count == 1 || entry.name.hasPrefix("classifier")
        #expect(zip(a.row(row), b.row(row)).allSatisfy { abs($0 - $1) <= (isExact ? 0 : 0.501 * step) })
      }
    }
  }

  @Test func theSameBytesForAnyBatchAndThreads() throws {
    defer { Parallel.configure(threads: 0) }
    let model = try TinyModels.model(head: .sequenceClassification(labels: 3), hidden: 32).quantized(
      to: "int8")
    let all = TinyModels.batch((0..<23).map { 1 + $0 * 7 % 40 })
    func logits(_ chosen: [Int]) throws -> [[UInt32]] {
      let batch = Batch(
        inputIDs: chosen.map { Array(all.inputIDs[all.tokens(of: $0)]) },
        tokenTypeIDs: chosen.map { Array(all.tokenTypeIDs[all.tokens(of: $0)]) })
      let found = try #require(try model.forward(batch, workspace: Workspace()).logits)
      return (0..<found.rows).map { found.row($0).map(\.bitPattern) }
    }
    let whole = try logits(Array(0..<23))
    for threads in [1, 2, 3] {
      Parallel.configure(threads: threads)
      for chosen in [[0], [22], [5, 3], Array((0..<23).reversed()), [7, 7, 1, 20, 11]] {
        #expect(try logits(chosen) == chosen.map { whole[$0] })
      }
    }
  }

  @Test(arguments: heads) func foldersGiveTheSameModelBack(head: Head) throws {
    try withTemporaryDirectory { folder in
      let model = try TinyModels.model(head: head, hidden: 32)
      let quantized = try model.quantized(to: "int8", keeping: ["bert.encoder.layer.1.output.dense"])
      try quantized.save(to: folder + "/int8")
      let loaded = try BertModel.load(directory: folder + "/int8").model
      #expect(loaded.precision == "int8" && loaded.head == head)
      #expect(
        loaded.config.quantization?.modulesToNotConvert == ["bert.encoder.layer.1.output.dense"]
          && loaded.config.quantization?.quantMethod == "anneal-int8")
      let batch = TinyModels.batch([3, 17])
      let outputs = try [quantized, loaded].map {
        bits(try $0.forward(batch, request: request(head), workspace: Workspace()))
      }
      #expect(outputs[0] == outputs[1])
      // Saved again it is the same file.
      try loaded.save(to: folder + "/again")
      for name in ["config.json", "model.safetensors"] {
        #expect(try Files.read("\(folder)/int8/\(name)") == Files.read("\(folder)/again/\(name)"))
      }
      // Without the configuration's word for it, bytes are no weights.
      try model.save(to: folder + "/plain")
      try Files.write(
        try Files.read(folder + "/int8/model.safetensors"), to: folder + "/plain/model.safetensors")
      #expect(throws: ModelError.self) { try BertModel.load(directory: folder + "/plain") }
    }
  }

  @Test func whatNeedsFloat32IsRefused() throws {
    let quantized = try TinyModels.model(head: .sequenceClassification(labels: 3)).quantized(to: "int8")
    #expect(throws: ModelError.self) { try quantized.quantized(to: "int8") }
    #expect(throws: ModelError.self) { try quantized.extended(from: 40, with: [[1]]) }
    let error = #expect(throws: ModelError.self) { try quantized.requireFloat32(for: "training", path: "m") }
    #expect(error?.description.contains("anneal quantize --undo") == true)
    let model = try TinyModels.model(head: .none)
    #expect(throws: ModelError.self) { try model.quantized(to: "int4") }
    #expect(throws: ModelError.self) { try model.quantized(to: "int8", keeping: ["classifier"]) }
  }

  /// Tensors of a folder in 8 bits, one of them changed: what is said names the file, the tensor and what it should be.
  @Test func damagedTensorsAreRefused() throws {
    let scale = "bert.encoder.layer.0.output.dense.weight_scale"
    let query = "bert.encoder.layer.0.attention.self.query.weight"
    try withTemporaryDirectory { folder in
      try TinyModels.model(head: .none, hidden: 32).quantized(to: "int8").save(to: folder)
      let file = try SafetensorsFile(folder + "/model.safetensors")
      func refused(
        without dropped: String? = nil, _ name: String, _ dtype: SafetensorsType, _ shape: [Int],
        _ bytes: [UInt8]
      ) throws -> String {
        try bytes.withUnsafeBytes { bytes in
          var items = file.names.filter { $0 != name && $0 != dropped }.compactMap { name in
            file[name].map {
              SafetensorsWriter.Item(name: name, dtype: $0.dtype, shape: $0.shape, bytes: $0.bytes)
            }
          }
          if dropped == nil { items.append(.init(name: name, dtype: dtype, shape: shape, bytes: bytes)) }
          let other = folder + "/other"
          try SafetensorsWriter.write(items: items, to: other + "/model.safetensors")
          try Files.write(try Files.read(folder + "/config.json"), to: other + "/config.json")
          let error = #expect(throws: ModelError.self) { try BertModel.load(directory: other) }
          return error?.description ?? ""
        }
      }
      func floats(_ values: [Float]) -> [UInt8] { values.flatMap { withUnsafeBytes(of: $0) { Array($0) } } }
      var scales = [Float](repeating: 0.5, count: 32)
      for odd: Float in [.nan, .infinity, 0, -1, .leastNonzeroMagnitude] {
        scales[9] = odd
        let said = try refused(scale, .float32, [32], floats(scales))
        #expect(said.contains(scale) && said.contains("element 9"), "\(said)")
      }
      scales[9] = 1
      #expect(try refused(scale, .float32, [31], floats(Array(scales[1...]))).contains("shape [32]"))
      #expect(try refused(scale, .float32, [32, 1], floats(scales)).contains("shape [32]"))
      #expect(try refused(scale, .float16, [32], Array(repeating: 60, count: 64)).contains("F32"))
      #expect(try refused(without: scale, scale, .float32, [32], floats(scales)).contains("no such tensor"))
      #expect(
        try refused(query, .int8, [32, 16], Array(repeating: 1, count: 512)).contains("shape [32, 32]"))
      #expect(
        try refused(
          without: query + "_scale", query, .float32, [32, 32], floats(.init(repeating: 1, count: 1024))
        )
        .contains("tensor"))
      #expect(
        try refused("bert.pooler.dense.weight", .uint8, [32, 32], .init(repeating: 1, count: 1024)).contains(
          "U8"))
      #expect(
        try refused("bert.pooler.dense.bias", .int8, [32], .init(repeating: 1, count: 32)).contains("I8"))
    }
  }
}
