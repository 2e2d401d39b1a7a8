import BERT
import Tensors
import TestSupport
import Testing

/// The same bytes whatever the batch, its order and the number of threads.
@Suite(.serialized) struct InvarianceTests {
  private func bits(_ matrix: Matrix) -> [UInt32] {
    (0..<matrix.rows).flatMap { row in matrix.row(row).map(\.bitPattern) }
  }

  private func model(_ head: Head, dropout: Double) throws -> BertModel {
    var config = BertConfig(
      vocabSize: 100, hiddenSize: 384, numHiddenLayers: 2, numAttentionHeads: 12, intermediateSize: 1536)
    (config.hiddenDropoutProb, config.attentionProbsDropoutProb) = (dropout, dropout)
    return try BertModel(config: config, head: head, seed: 3)
  }

  @Test(arguments: [false, true]) func sequencesDoNotDependOnTheirBatch(training: Bool) throws {
    let model = try model(.sequenceClassification(labels: 2), dropout: 0.1)
    let all = TinyModels.batch((0..<23).map { 1 + $0 * 7 % 40 })
    var request = OutputRequest()
    request.hiddenStates = [1]
    func run(_ chosen: [Int]) throws -> (logits: [[UInt32]], states: [[UInt32]]) {
      let batch = Batch(
        inputIDs: chosen.map { Array(all.inputIDs[all.tokens(of: $0)]) },
        tokenTypeIDs: chosen.map { Array(all.tokenTypeIDs[all.tokens(of: $0)]) })
      let key = DropoutKey(seed: 1, step: 2, sequences: chosen.map { UInt64($0) })
      let output = try model.forward(
        batch, request: request, mode: training ? .training(key) : .evaluation, workspace: Workspace())
      let (logits, states) = (try #require(output.logits), try #require(output.hiddenStates[1]))
      return (
        (0..<chosen.count).map { bits(logits.rows($0..<$0 + 1)) },
        (0..<chosen.count).map { bits(states.rows(batch.tokens(of: $0))) }
      )
    }
    let whole = try run(Array(0..<23))
    for chosen in [[0], [22], [5, 3], Array((0..<23).reversed()), [7, 7, 1, 20, 11]] {
      let part = try run(chosen)
      for (place, sequence) in chosen.enumerated() {
        #expect(part.logits[place] == whole.logits[sequence] && part.states[place] == whole.states[sequence])
      }
    }
  }

  /// First tokens alone give what the whole layer gives.
  @Test func firstTokensAlone() throws {
    let model = try model(.sequenceClassification(labels: 2), dropout: 0.1)
    let batch = TinyModels.batch([3, 40, 1, 12])
    var whole = OutputRequest()
    whole.hiddenStates = [2]
    for mode in [ForwardMode.evaluation, .training(DropoutKey(seed: 1, step: 1))] {
      let alone = try model.forward(batch, mode: mode, workspace: Workspace())
      let full = try model.forward(batch, request: whole, mode: mode, workspace: Workspace())
      #expect(bits(try #require(alone.logits)) == bits(try #require(full.logits)))
    }
  }

  @Test func gradientsDoNotDependOnThreads() throws {
    defer { Parallel.configure(threads: 0) }
    var results: [[UInt32]] = []
    for threads in [1, 2, 3, 7] {
      Parallel.configure(threads: threads)
      let model = try model(.sequenceClassification(labels: 2), dropout: 0.1)
      let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
      let batch = TinyModels.batch((0..<19).map { 1 + $0 * 11 % 60 })
      let output = try model.forward(
        batch, mode: .training(DropoutKey(seed: 1, step: 1)), workspace: workspace)
      let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
      let (logits, change) = (try #require(output.logits), try #require(gradient.logits))
      for i in 0..<logits.count { change.base[i] = logits.base[i] - Float(i % 2) }
      model.backward(gradient, workspace: workspace, into: gradients)
      let values = gradients.store.values
      results.append((0..<values.count).map { values.base[$0].bitPattern })
    }
    for result in results { #expect(result == results[0]) }
  }

  @Test func dropoutFollowsItsKeyAndItsShare() throws {
    let model = try model(.none, dropout: 0.5)
    let batch = TinyModels.batch([20, 20])
    var request = OutputRequest()
    request.hiddenStates = [0]
    func zeros(_ key: DropoutKey) throws -> [Bool] {
      let output = try model.forward(batch, request: request, mode: .training(key), workspace: Workspace())
      return bits(try #require(output.hiddenStates[0])).map { $0 << 1 == 0 }
    }
    let first = try zeros(DropoutKey(seed: 1, step: 1))
    #expect(abs(Double(first.count { $0 }) / Double(first.count) - 0.5) < 0.03)
    #expect(try zeros(DropoutKey(seed: 1, step: 1)) == first)
    #expect(try zeros(DropoutKey(seed: 1, step: 2)) != first)
    #expect(try zeros(DropoutKey(seed: 2, step: 1)) != first)
    #expect(Array(first[..<(20 * 384)]) != Array(first[(20 * 384)...]))
  }

  @Test func badBatchesAreRefused() throws {
    let model = try TinyModels.model(head: .none)
    let bad = [
      Batch(inputIDs: [[1, 40]]), Batch(inputIDs: [[-1]]), Batch(inputIDs: [[1], []]),
      Batch(inputIDs: [[Int32](repeating: 1, count: 71)]), Batch(inputIDs: [[1]], tokenTypeIDs: [[2]]),
    ]
    for batch in bad {
      #expect(throws: ModelError.self) { try model.forward(batch, workspace: Workspace()) }
    }
    let longest = Batch(inputIDs: [[Int32](repeating: 1, count: 70)])
    #expect(throws: Never.self) { try model.forward(longest, workspace: Workspace()) }
  }
}
