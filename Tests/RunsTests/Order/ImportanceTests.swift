import BERT
import Distillation
import Files
import Tensors
import TestSupport
import Testing
import Training

@testable import Runs

/// Rows drawn by importance: which, with what weights, and that these make up for it.
@Suite(.serialized) struct ImportanceTests {
  private static func rows(_ count: Int) -> TaskRows {
    TaskRows(
      inputIDs: (0..<count).map { [2, Int32(5 + $0 % 9), 3] },
      tokenTypeIDs: [[Int32]](repeating: [0, 0, 0], count: count),
      targets: (0..<count).map { .label($0 % 2) })
  }

  private static func source(
    _ count: Int, epochs: Int = 400, floor: Double = 0.1, decay: Double = 0.5, batch: Int = 4
  ) throws -> ImportanceRows {
    var settings = TrainingSettings()
    settings.batchSize = batch
    return try ImportanceRows(
      rows(count), first: count, epochs: epochs, stage: 0, settings: settings, floor: floor, decay: decay)
  }

  private static func hear(_ source: ImportanceRows, _ losses: [Double]) {
    for step in 0..<source.stepCounts[0] {
      let draw = source.draw(epoch: 0, step: step)
      source.heard(
        Figures(terms: [], gradientNorm: 0, rowLosses: draw.rows.map { losses[Int($0.number)] }), of: draw)
    }
  }

  /// Over many draws the weighted mean of any number of a row is its plain mean; the unweighted one is not.
  @Test func weightsMakeUpForChances() throws {
    let source = try Self.source(12)
    let losses = (0..<12).map { Double($0 * $0) / 40 }
    Self.hear(source, losses)
    let values = (0..<12).map { 1 + Double($0) }
    let mean = values.reduce(0, +) / 12
    // Exactly, over the chances.
    let chances = source.chances
    #expect(abs(chances.reduce(0, +) - 1) < 1e-12)
    #expect(abs(zip(chances, values).reduce(0) { $0 + $1.0 * $1.1 / (12 * $1.0) } - mean) < 1e-12)
    // And as rows are drawn.
    var (weighted, plain, squares, count) = (0.0, 0.0, 0.0, 0.0)
    for epoch in 1..<400 {
      for step in 0..<3 {
        let batch = source.draw(epoch: epoch, step: step).batches[0]
        for (row, weight) in zip(batch.rows, try #require(batch.weights)) {
          let value = values[Int(row.number)]
          weighted += Double(weight) * value
          plain += value
          squares += Double(weight) * Double(weight) * value * value
          count += 1
        }
      }
    }
    let error = ((squares / count - mean * mean) / count).squareRoot()
    #expect(abs(weighted / count - mean) < 4 * error, "\(weighted / count), \(mean), ± \(error)")
    #expect(plain / count > mean + 1, "the rows with large losses come more often")
  }

  /// A draw is a function of its place and of what was heard; the first epoch takes each row once, as planned.
  @Test func drawsAreFunctions() throws {
    let (one, other) = (try Self.source(10), try Self.source(10))
    #expect(one.stepCounts.allSatisfy { $0 == 3 })
    let first = (0..<3).flatMap { one.draw(epoch: 0, step: $0).rows.map(\.number) }
    #expect(first.sorted() == Array(0..<10) && one.draw(epoch: 0, step: 0).batches[0].weights == nil)
    for source in [one, other] { Self.hear(source, (0..<10).map { Double($0) }) }
    #expect(one.draw(epoch: 3, step: 2).rows == other.draw(epoch: 3, step: 2).rows)
    #expect(one.draw(epoch: 3, step: 1).rows != one.draw(epoch: 4, step: 1).rows)
    #expect(one.draw(epoch: 1, step: 2).rows.count == 2)
    // A row that was heard twice has the running mean of both.
    Self.hear(one, [Double](repeating: 0, count: 10))
    #expect(abs((one.memory?.matrix("losses")[0, 9] ?? 0) - 4.5) < 1e-6)
  }

  @Test func whatCannotBeIsRefused() throws {
    func refusal(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "nothing was refused"
      } catch { return "\(error)" }
    }
    #expect(refusal { _ = try Self.source(4, floor: 0) }.contains("division by zero"))
    #expect(refusal { _ = try Self.source(4, floor: 1.5) }.contains("at most 1"))
    #expect(refusal { _ = try Self.source(4, decay: 1) }.contains("decay"))
    #expect(refusal { _ = try Self.source(4, epochs: 1) }.contains("at least 2 epochs"))
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      func run(_ method: String, _ change: (inout DistillSettings) throws -> Void = { _ in }) throws {
        var settings = task.distill(output: "refused", method: method)
        settings.rows = NamedSettings("importance")
        try change(&settings)
        _ = try Distill.run(settings) { _ in }
      }
      #expect(refusal { try run("tinybert") }.contains("matrices of their own"))
      #expect(
        refusal { try run("kd") { $0.rows = try NamedSettings("importance", ["floor": 0.0]) } }.contains(
          "floor"))
      #expect(
        refusal { try run("kd") { $0.rows = try NamedSettings("importance", ["rate": 0.5]) } }.contains(
          "rate"))
    }
  }

  /// The gradient of a weighted batch is the sum of its rows' gradients by their weights.
  @Test func aRowCountsByItsWeight() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 3))
    let packed = TinyModels.batch([5, 3, 7])
    func gradient(_ weights: [Float]) throws -> [Float] {
      let learner = ModelLearner(model)
      var settings = TrainingSettings()
      settings.maxGradNorm = 0
      learner.begin(settings)
      defer { learner.end() }
      var batch = LabelledBatch(batch: packed, targets: [.label(0), .label(2), .label(1)], rows: [0, 1, 2])
      batch.weights = weights
      let position = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
      _ = try ObjectiveLesson(learner, SupervisedObjective()).take(
        Draw(batch), Step(position, number: 0, learningRate: 0, settings: settings, rows: batch.rows))
      let store = learner.gradients.store
      return (0..<store.values.count).map { store.values.base[$0] }
    }
    let parts = try [[Float(1), 0, 0], [0, 1, 0], [0, 0, 1]].map(gradient)
    let whole = try gradient([2, 0.5, 3])
    let largest = whole.reduce(0) { max($0, abs($1)) }
    for i in whole.indices {
      let sum = 2 * parts[0][i] + 0.5 * parts[1][i] + 3 * parts[2][i]
      #expect(abs(whole[i] - sum) <= 1e-5 * largest)
    }
  }

  private struct Killed: Error {}

  /// A run of drawn rows that is killed and gone on with ends with the same bytes.
  @Test func resumedBytewise() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "whole", method: "importance")
      settings.training.saveSteps = 4
      _ = try Distill.run(settings) { _ in }
      let model = "/model/model.safetensors"
      let whole = try Files.read(settings.output + model)
      settings.output = folder + "/killed"
      #expect(throws: Killed.self) {
        try Distill.run(settings) { if case .step(let step) = $0, step.step == 19 { throw Killed() } }
      }
      _ = try Resume.run(folder: settings.output) { _ in }
      #expect(try Files.read(settings.output + model) == whole)
      var plain = task.distill(output: "plain", method: "kd")
      plain.rows = NamedSettings("importance")
      _ = try Distill.run(plain) { _ in }
      #expect(try Files.read(plain.output + model) == whole, "--rows importance is the method")
    }
  }
}
