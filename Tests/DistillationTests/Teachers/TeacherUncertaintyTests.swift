import BERT
import Files
import GLUE
import Tensors
import TestSupport
import Testing
import Tokenization
import Training

@testable import Distillation

/// How sure a teacher is: the variance over passes with dropout, of each row by itself.
@Suite(.serialized) struct TeacherUncertaintyTests {
  private static let examples = (1..<700).map { row in
    Example(first: (0..<(1 + row % 7)).map { ["a", "b", "c"][(row + $0) % 3] }.joined(separator: " "))
  }

  private static func teacher(dropout: Double = 0.2) throws -> Teacher {
    let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c"]
    var config = BertConfig(
      vocabSize: words.count, hiddenSize: 16, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 16)
    (config.hiddenDropoutProb, config.attentionProbsDropoutProb) = (dropout, dropout)
    (config.labels, config.initializerRange) = (["0", "1"], 0.3)
    return try Teacher(
      model: BertModel(config: config, head: .sequenceClassification(labels: 2), seed: 3),
      tokenizer: Tokenizer(vocabulary: Vocabulary(tokens: words)), task: GLUETask.named("SST-2"),
      studentLabels: ["0", "1"])
  }

  private static func measured(
    _ teacher: Teacher, _ request: UncertaintyRequest = UncertaintyRequest(passes: 5),
    rows: [Example] = examples,
    cache: LogitCache? = nil
  ) throws -> [Double] {
    try teacher.measureUncertainty(of: rows, maxLength: nil, request, cache: cache)
    let ids = rows.indices.map { RowID(number: $0) }
    return try teacher.uncertainties(
      for: LabelledBatch(
        batch: Batch(inputIDs: ids.map { _ in [5] }), targets: ids.map { _ in nil }, rows: ids))
  }

  /// The variance of each logit over the passes, in two passes over the numbers.
  @Test func itIsTheVarianceOverPassesWithDropout() throws {
    let teacher = try Self.teacher()
    let rows = try TaskRows(Self.examples, tokenizer: teacher.tokenizer, maxLength: 20, toModel: nil)
    var answers: [[[Double]]] = []
    for pass in 0..<5 {
      answers.append(
        try (0..<rows.count).map { row in
          let batch = rows.batch([row])
          let output = try teacher.model.forward(
            batch.batch,
            mode: .training(DropoutKey(seed: 1, step: UInt64(pass), sequences: batch.rows.map(\.key))),
            workspace: Workspace())
          let logits = try #require(output.logits)
          return withExtendedLifetime((logits, output)) { logits.row(0).map(Double.init) }
        })
    }
    let exact = (0..<rows.count).map { row in
      (0..<2).reduce(0.0) { sum, label in
        let values = answers.map { $0[row][label] }
        let mean = values.reduce(0, +) / 5
        return sum + values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4 / 2
      }
    }
    let mean = exact.reduce(0, +) / Double(exact.count)
    for (own, value) in zip(try Self.measured(teacher), exact) { #expect(abs(own - value / mean) < 1e-5) }
    #expect(exact.max() ?? 0 > 1.2 * mean)
    #expect(rows.slices(tokens: Batch.inferenceTokens).count > 1)
  }

  /// More rows than one batch holds.
  @Test func neitherThreadsNorBatchesMatter() throws {
    defer { Parallel.configure(threads: 0) }
    let teacher = try Self.teacher()
    Parallel.configure(threads: 1)
    let rows = try TaskRows(Self.examples, tokenizer: teacher.tokenizer, maxLength: 20, toModel: nil)
    let one = try teacher.variances(of: rows, UncertaintyRequest(passes: 3))
    Parallel.configure(threads: 3)
    #expect(try teacher.variances(of: rows, UncertaintyRequest(passes: 3)) == one)
    let few = try TaskRows(
      Array(Self.examples.prefix(4)), tokenizer: teacher.tokenizer, maxLength: 20, toModel: nil)
    #expect(try teacher.variances(of: few, UncertaintyRequest(passes: 3)) == Array(one.prefix(4)))
  }

  @Test func aTeacherThatDropsNothingIsRefused() throws {
    #expect(throws: DistillationError.self) { try Self.measured(Self.teacher(dropout: 0)) }
    #expect(
      try Self.measured(Self.teacher(dropout: 0), UncertaintyRequest(passes: 4, dropout: 0.1)).count == 699)
  }

  @Test func rowsThatNobodyMeasuredHaveNone() throws {
    let teacher = try Self.teacher()
    let batch = LabelledBatch(batch: Batch(inputIDs: [[5]]), targets: [nil], rows: [0])
    #expect(throws: DistillationError.self) { try teacher.uncertainties(for: batch) }
    _ = try Self.measured(teacher)
    #expect(try teacher.uncertainties(for: batch).count == 1)
    let other = LabelledBatch(batch: batch.batch, targets: [nil], rows: [RowID(dataSet: 2, number: 0)])
    #expect(throws: DistillationError.self) { try teacher.uncertainties(for: other) }
  }

  @Test func whatWasMeasuredIsKept() throws {
    try withTemporaryDirectory { folder in
      let cache = LogitCache(folder: folder, teacherHash: "one") { _ in }
      let first = try Self.measured(Self.teacher(), cache: cache)
      #expect(try Files.list(folder).count == 1)
      // A teacher of other dropout would say other things: it is not asked.
      #expect(try Self.measured(Self.teacher(dropout: 0.5), cache: cache) == first)
    }
  }
}
