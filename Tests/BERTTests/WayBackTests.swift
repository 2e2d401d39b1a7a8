import Tensors
import TestSupport
import Testing

@testable import BERT

/// What a way back says of itself: from where on gradients are final, and which rows it touches.
@Suite struct WayBackTests {
  private static func pass(
    _ head: Head, _ request: OutputRequest, into gradients: GradientStore, _ model: BertModel
  )
    throws -> (Workspace, OutputGradient)
  {
    let workspace = Workspace()
    let batch = TinyModels.batch([5, 1, 9])
    let output = try model.forward(batch, request: request, mode: .differentiable, workspace: workspace)
    let gradient = model.makeGradient(for: request, workspace: workspace)
    for (index, part) in output.parts.enumerated() {
      guard let slope = gradient.parts.first(where: { $0.name == part.name })?.matrix else { continue }
      for row in 0..<slope.rows {
        for column in 0..<slope.columns { slope[row, column] = Float((row + 3 * column + index) % 5) - 2 }
      }
    }
    return (workspace, gradient)
  }

  private static func copy(_ values: UnsafeMutableBufferPointer<Float>) -> [UInt32] {
    values.map(\.bitPattern)
  }

  private static let requests: [(Head, OutputRequest)] = [
    (.sequenceClassification(labels: 3), OutputRequest()), (.maskedLM, OutputRequest()),
    (.none, [.hiddenStates(3)]), (.none, [.hiddenStates(1)]),
  ]

  @Test(arguments: 0..<4)
  func whatIsFinishedGetsNothingMore(place: Int) throws {
    let (head, request) = Self.requests[place]
    let model = try TinyModels.model(head: head)
    let gradients = GradientStore(layout: model.parameters.layout)
    gradients.zero()
    let (workspace, gradient) = try Self.pass(head, request, into: gradients, model)
    var levels: [Int] = []
    var then: [String: [UInt32]] = [:]
    model.backward(gradient, workspace: workspace, into: gradients) { level in
      levels.append(level)
      for entry in gradients.layout.entries
      where BertModel.level(of: entry.name) >= level && then[entry.name] == nil {
        then[entry.name] = Self.copy(gradients.floats(entry.offset..<entry.offset + entry.count))
      }
    }
    let top = place == 3 ? 1 : 3
    #expect(levels == Array((0...top + 1).reversed()))
    #expect(then.count == gradients.layout.entries.count)
    for entry in gradients.layout.entries {
      let end = Self.copy(gradients.floats(entry.offset..<entry.offset + entry.count))
      #expect(then[entry.name] == end, "\(entry.name)")
    }
    // Nothing is asked of a layer before it had its turn: the first layer's weights do move.
    #expect(then["bert.encoder.layer.0.output.dense.weight"]?.contains { $0 & 0x7FFF_FFFF != 0 } == true)
  }

  /// Rows are known before the way back, all of them where the output layer is the table.
  @Test(arguments: 0..<4)
  func rowsAreKnownBefore(place: Int) throws {
    let (head, request) = Self.requests[place]
    let model = try TinyModels.model(head: head)
    let (before, after) = (
      GradientStore(layout: model.parameters.layout), GradientStore(layout: model.parameters.layout)
    )
    let (workspace, gradient) = try Self.pass(head, request, into: before, model)
    model.touch(gradient, workspace: workspace, in: before)
    model.backward(gradient, workspace: workspace, into: after)
    #expect(before.touchedRows == after.touchedRows)
    #expect((before.touchedRows.count == 40) == (place == 1))
  }

  /// Reading some parameters leaves it to the next pass to write the others.
  @Test func readingAPartFillsThatPart() throws {
    let model = try TinyModels.model(head: .none)
    let gradients = GradientStore(layout: model.parameters.layout)
    let entry = try #require(gradients.layout.entry("bert.encoder.layer.1.output.dense.bias"))
    let other = try #require(gradients.layout.entry("bert.encoder.layer.0.output.dense.bias"))
    for value in [entry, other] { gradients.store.values.base[value.offset] = 5 }
    gradients.zero()
    #expect(gradients.floats(entry.offset..<entry.offset + entry.count).allSatisfy { $0 == 0 })
    #expect(gradients.floats(other.offset..<other.offset + other.count).allSatisfy { $0 == 0 })
  }

  @Test func parametersHaveTheirLevel() {
    #expect(BertModel.level(of: "bert.embeddings.LayerNorm.bias") == 0)
    #expect(BertModel.level(of: "bert.encoder.layer.0.output.dense.bias") == 1)
    #expect(BertModel.level(of: "bert.encoder.layer.11.attention.self.query.weight") == 12)
    for name in ["bert.pooler.dense.weight", "classifier.bias", "projection"] {
      #expect(BertModel.level(of: name) == .max)
    }
  }
}
