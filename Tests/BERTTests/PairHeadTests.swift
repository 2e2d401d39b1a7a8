import BERT
import Files
import Tensors
import TestSupport
import Testing

/// Batches of pairs as a bi-encoder takes them.
enum PairBatch {
  /// The texts of two batches, the first with the first and so on.
  static func of(_ first: Batch, _ second: Batch) -> Batch {
    let texts = (0..<first.sequenceCount).map {
      (Array(first.inputIDs[first.tokens(of: $0)]), Array(second.inputIDs[second.tokens(of: $0)]))
    }
    return Batch(
      inputIDs: texts.map { $0.0 + $0.1 },
      tokenTypeIDs: texts.map { [Int32](repeating: 0, count: $0.0.count) + $0.1.map { _ in 1 } })
  }
}

/// A bi-encoder: what it computes of pairs, its way back, its files, and what it has no part of.
@Suite(.serialized) struct PairHeadTests {
  static func model(
    labels: Int, pooling: HeadPooling = .mean, dropout: Double = 0, hidden: Int = 20
  ) throws -> BertModel {
    let cross = try TinyModels.model(
      head: .sequenceClassification(labels: labels), hidden: hidden, dropout: dropout)
    var config = cross.config
    config.read(pairs: .bi)
    config.pooling = pooling
    let model = try BertModel(config: config, head: cross.head, seed: 1)
    let stream = CounterRandom(seed: 3, purpose: .init("pairs"))
    for (index, entry) in model.parameters.layout.entries.enumerated() {
      let values = model.parameters.values.base + entry.offset
      if let own = cross.parameters.layout.entry(entry.name), own.shape == entry.shape {
        values.update(from: cross.parameters.values.base + own.offset, count: entry.count)
      } else {
        for i in 0..<entry.count { values[i] = Float(0.4 * stream.normal(UInt64(index * 1000 + i))) }
      }
    }
    return model
  }

  private static func pairs(_ first: [Int], _ second: [Int]) -> Batch {
    PairBatch.of(TinyModels.batch(first), TinyModels.batch(second, seed: 2))
  }

  private static func texts(of batch: Batch, _ row: Int) -> ([Int32], [Int32]) {
    let tokens = batch.tokens(of: row)
    let cut = tokens.first { batch.tokenTypeIDs[$0] == 1 } ?? tokens.upperBound
    return (
      Array(batch.inputIDs[tokens.lowerBound..<cut]), Array(batch.inputIDs[cut..<tokens.upperBound])
    )
  }

  /// Logits and the gradient of a random sum of them, against central differences in double precision.
  @Test(arguments: [1, 3], HeadPooling.allCases) func logitsAndGradients(labels: Int, pooling: HeadPooling)
    throws
  {
    let model = try Self.model(labels: labels, pooling: pooling)
    let batch = Self.pairs([5, 1, 12], [9, 4, 1])
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    let output = try model.forward(batch, mode: .differentiable, workspace: workspace)
    let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
    let (logits, change) = (try #require(output.logits), try #require(gradient.logits))
    let stream = CounterRandom(seed: 5, purpose: .init("loss"))
    let weights = (0..<logits.count).map { Double(Float(stream.normal(UInt64($0)))) }
    for (place, weight) in weights.enumerated() { change.base[place] = Float(weight) }
    model.backward(gradient, workspace: workspace, into: gradients)
    var reference = ReferenceEncoder(model)
    func exact() -> [Double] {
      (0..<3).flatMap { row in
        let (first, second) = Self.texts(of: batch, row)
        return reference.pairLogits(first, second)
      }
    }
    for (place, value) in exact().enumerated() { #expect(abs(Double(logits.base[place]) - value) < 2e-5) }
    func loss() -> Double { zip(exact(), weights).reduce(0) { $0 + $1.0 * $1.1 } }
    for (index, entry) in gradients.layout.entries.enumerated() {
      let stream = CounterRandom(seed: 9, purpose: .init("direction"), step: UInt64(index))
      let direction = (0..<entry.count).map { stream.normal(UInt64($0)) }
      let start = reference.weights[entry.name] ?? []
      let ends = [1e-6, -1e-6].map { step in
        reference.weights[entry.name] = zip(start, direction).map { $0 + step * $1 }
        return loss()
      }
      reference.weights[entry.name] = start
      let values = gradients.store.values.base + entry.offset
      let slope = (0..<entry.count).reduce(0) { $0 + Double(values[$1]) * direction[$1] }
      let numeric = (ends[0] - ends[1]) / 2e-6
      #expect(abs(numeric - slope) <= 1e-3 + 1e-3 * abs(numeric), "\(entry.name): \(numeric), \(slope)")
    }
  }

  /// A pair's answer is that of its two texts, whatever stands beside it and on however many threads.
  @Test(arguments: [1, 3], [false, true]) func aPairIsAnsweredByItself(labels: Int, training: Bool) throws {
    defer { Parallel.configure(threads: 0) }
    let model = try Self.model(labels: labels, dropout: training ? 0.2 : 0)
    let all = Self.pairs([5, 1, 40, 12], [9, 4, 1, 60])
    func bits(_ chosen: [Int], threads: Int) throws -> [[UInt32]] {
      Parallel.configure(threads: threads)
      let batch = Batch(
        inputIDs: chosen.map { Array(all.inputIDs[all.tokens(of: $0)]) },
        tokenTypeIDs: chosen.map { Array(all.tokenTypeIDs[all.tokens(of: $0)]) })
      let key = DropoutKey(seed: 1, step: 2, sequences: chosen.map { UInt64($0) })
      let found = try #require(
        try model.forward(batch, mode: training ? .training(key) : .evaluation, workspace: Workspace()).logits
      )
      return (0..<found.rows).map { found.row($0).map(\.bitPattern) }
    }
    let whole = try bits([0, 1, 2, 3], threads: 1)
    for chosen in [[3], [2, 0], [1, 1, 3, 2]] {
      for threads in [1, 3] { #expect(try bits(chosen, threads: threads) == chosen.map { whole[$0] }) }
    }
    // The two texts of a pair drop different things.
    let twin = Self.pairs([7], [7])
    let same = Batch(
      inputIDs: [Array(twin.inputIDs[0..<7] + twin.inputIDs[0..<7])],
      tokenTypeIDs: [[0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]])
    let mode: ForwardMode = training ? .training(DropoutKey(seed: 1, step: 1)) : .evaluation
    let states = try #require(
      try model.forward(same, request: [.hiddenStates(3)], mode: mode, workspace: Workspace()).hiddenStates[3]
    )
    #expect((Array(states.row(2)) == Array(states.row(9))) == !training)
  }

  @Test func whatIsNoPairIsRefused() throws {
    let model = try Self.model(labels: 3)
    func complaint(_ batch: Batch, _ request: OutputRequest = OutputRequest()) -> String {
      do {
        _ = try model.forward(batch, request: request, workspace: Workspace())
        return "answered"
      } catch { return "\(error)" }
    }
    let pair = Self.pairs([3], [4])
    #expect(complaint(pair, [.hiddenStates(3), .logits]) == "answered")
    #expect(complaint(Batch(inputIDs: [[1, 2, 3]])).hasSuffix("segments of 0, then of 1, found one text"))
    for types: [Int32] in [[1, 1, 1], [0, 1, 0]] {
      #expect(
        complaint(Batch(inputIDs: [[1, 2, 3]], tokenTypeIDs: [types])).hasSuffix("found other segments"))
    }
    for part in [OutputPart.firstTokenStates(1), .attentionProbabilities(2)] {
      #expect(complaint(pair, [part]).contains("the request '\(part)': expected logits or states of tokens"))
    }
  }

  @Test(arguments: [1, 3]) func aFolderKeepsHowPairsAreRead(labels: Int) throws {
    try withTemporaryDirectory { folder in
      let model = try Self.model(labels: labels)
      try model.save(to: folder)
      let text = String(decoding: try Files.read(folder + "/config.json"), as: UTF8.self)
      #expect(text.contains("\"anneal_pair_encoding\" : \"bi\"") && text.contains("\"BertModel\""))
      let (batch, workspace) = (Self.pairs([7, 3], [2, 9]), Workspace())
      func logits(_ model: BertModel) throws -> [Float] {
        let found = try #require(try model.forward(batch, workspace: workspace).logits)
        return (0..<found.rows).flatMap { Array(found.row($0)) }
      }
      let stored = try BertModel.load(directory: folder).model
      #expect(try logits(stored) == logits(model))
      let quantized = try Self.model(labels: labels, hidden: 32).quantized(to: "int8")
      #expect(try logits(quantized) != logits(Self.model(labels: labels, hidden: 32)))
      // The encoder alone reads single texts.
      let encoder = try BertModel.load(directory: folder, head: .none).model
      #expect(throws: Never.self) {
        try encoder.forward(Batch(inputIDs: [[1, 2]]), request: [.hiddenStates(3)], workspace: workspace)
      }
      // A head that reads pairs in the other way is none, and is replaced where that is asked for.
      let names = labels == 1 ? ["LABEL_0"] : ["LABEL_0", "LABEL_1", "LABEL_2"]
      func other(_ reinitialize: Bool) throws -> LoadedModel {
        try BertModel.load(
          directory: folder,
          head: .sequenceClassification(
            labels: names, reinitialize: reinitialize, seed: 1, pairEncoding: .cross))
      }
      #expect {
        try other(false)
      } throws: {
        "\($0)".contains("expected that of a cross-encoder, found that of a bi-encoder")
      }
      let cross = try other(true)
      #expect(cross.notes.contains { $0.contains("was replaced by a new one of a cross-encoder") })
      #expect(cross.model.config.pairEncoding == .cross && cross.model.config.pooling == .cls)
      try Files.write(text.replacing(": \"bi\"", with: ": \"tri\""), to: folder + "/config.json")
      #expect {
        try BertModel.load(directory: folder)
      } throws: {
        "\($0)".hasSuffix("anneal_pair_encoding: expected cross or bi, found 'tri'")
      }
    }
  }
}
