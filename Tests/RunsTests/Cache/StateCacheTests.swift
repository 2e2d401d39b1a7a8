import BERT
import Files
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation
@testable import Runs

/// A teacher's states on disk: what is read is what was computed, in half precision, and nothing else ever.
@Suite(.serialized) struct StateCacheTests {
  private struct MadeAgain: Error {}

  private static let rows = TaskRows(
    inputIDs: [[2, 7, 3], [2, 8, 9, 11, 3], [2, 3], [2, 10, 12, 14, 13, 3]],
    tokenTypeIDs: [[0, 0, 0], [0, 0, 0, 1, 1], [0, 0], [0, 0, 0, 0, 0, 0]], targets: [nil, nil, nil, nil])

  private static func model(seed: UInt64 = 3) throws -> BertModel {
    var config = BertConfig(
      vocabSize: 20, hiddenSize: 24, numHiddenLayers: 3, numAttentionHeads: 3, intermediateSize: 32)
    config.initializerRange = 0.3
    return try BertModel(config: config, head: .none, seed: seed)
  }

  /// Some of everything.
  private static var request: OutputRequest {
    var request = OutputRequest()
    request.logits = false
    request.hiddenStates = [0, 2]
    request.firstTokenStates = [1, 3]
    request.attentionProbabilities = [1, 3]
    request.attentionScores = [2]
    request.projections = [3]
    return request
  }

  private static func place(_ folder: String, _ model: BertModel, teacher: String = "a") -> StateCache.Place {
    StateCache.Place(folder: folder, teacherHash: teacher, layout: StateLayout(request, model.config))
  }

  /// All numbers of an output's parts, in the order of a layout.
  private static func numbers(
    _ output: EncoderOutput, _ batch: Batch, _ wanted: OutputRequest, _ model: BertModel
  ) -> [Float] {
    let layout = StateLayout(wanted, model.config)
    return (0..<batch.sequenceCount).flatMap { sequence in
      layout.parts.flatMap { part in
        let count = layout.count(part, tokens: batch.tokens(of: sequence).count)
        let start = layout.place(of: part, sequence: sequence, in: output, batch)
        return Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
      }
    }
  }

  @Test func whatIsReadIsWhatWasComputedInHalfPrecision() throws {
    try withTemporaryDirectory { folder in
      let model = try Self.model()
      var done: [Int] = []
      let forecast = StateCache.forecast(Self.rows, in: Self.place(folder, model))
      let cache = try StateCache.open(
        Self.rows, in: Self.place(folder, model), model: model,
        listener: .init(note: { _ in }, progress: { done.append($0) }))
      #expect(done.last == Self.rows.count)
      #expect(try forecast.bytes == Files.read(forecast.path).count && !forecast.exists)
      #expect(try Files.list(folder).count == 1, "no lock and no part is left")

      // Rows in another order, and less than there is.
      let batch = Self.rows.batch([3, 0, 2])
      var some = OutputRequest()
      some.logits = false
      some.hiddenStates = [2]
      some.firstTokenStates = [1]
      some.attentionProbabilities = [3]
      for wanted in [Self.request, some] {
        #expect(cache.holds(wanted, of: batch.rows))
        let live = try model.forward(batch.batch, request: wanted, workspace: Workspace())
        let expected = Self.numbers(live, batch.batch, wanted, model).map { Float(Float16($0)) }
        let found = Self.numbers(cache.outputs(for: batch, wanted), batch.batch, wanted, model)
        #expect(found == expected && found.contains { $0 != 0 })
      }
      some.hiddenStates = [1]
      #expect(!cache.holds(some, of: batch.rows))
    }
  }

  @Test func aDamagedFileIsNeverBelieved() throws {
    try withTemporaryDirectory { folder in
      let model = try Self.model()
      func read() throws -> [Float] {
        let cache = try StateCache.open(
          Self.rows, in: Self.place(folder, model), model: model,
          listener: .init(
            note: { if $0.contains("made again") { throw MadeAgain() } }, progress: { _ in }))
        let batch = Self.rows.batch([0, 1, 2, 3])
        return Self.numbers(cache.outputs(for: batch, Self.request), batch.batch, Self.request, model)
      }
      let expected = try read()
      let path = try folder + "/" + #require(Files.list(folder).first)
      let sound = try Files.read(path)
      var mutations = Mutations(seed: 22)
      var refused = 0
      for _ in 0..<Mutations.count {
        try overwrite(path, with: mutations.damage(sound))
        do {
          #expect(try read() == expected)
        } catch is MadeAgain { refused += 1 }
      }
      #expect(refused > Mutations.count / 2)
    }
  }

  @Test func statesOfAnotherTeacherAreMadeAgain() throws {
    try withTemporaryDirectory { folder in
      func open(_ model: BertModel, _ teacher: String, _ notes: inout [String]) throws -> [Float] {
        var said: [String] = []
        defer { notes = said }
        let cache = try StateCache.open(
          Self.rows, in: Self.place(folder, model, teacher: teacher), model: model,
          listener: .init(note: { said.append($0) }, progress: { _ in }))
        let batch = Self.rows.batch([0, 1, 2, 3])
        return Self.numbers(cache.outputs(for: batch, Self.request), batch.batch, Self.request, model)
      }
      let (first, second) = (try Self.model(seed: 3), try Self.model(seed: 4))
      var notes: [String] = []
      let own = try open(first, "a", &notes)
      let path = StateCache.forecast(Self.rows, in: Self.place(folder, second, teacher: "b")).path
      try Files.write(
        try Files.read(StateCache.forecast(Self.rows, in: Self.place(folder, first)).path), to: path)
      // What a killed process leaves goes too.
      try Files.write("half a file", to: path + ".part-1")
      let other = try open(second, "b", &notes)
      #expect(notes.contains { $0.contains("another teacher's states") }, "\(notes)")
      #expect(own != other)
      #expect(try open(second, "b", &notes) == other && notes.isEmpty)
      #expect(!Files.exists(path + ".part-1"))
    }
  }

  @Test func numbersThatHalfPrecisionLacksAreRefused() throws {
    try withTemporaryDirectory { folder in
      let model = try Self.model()
      model.parameters.matrix("bert.embeddings.LayerNorm.bias")[0, 5] = 70_000
      #expect {
        _ = try StateCache.open(
          Self.rows, in: Self.place(folder, model), model: model,
          listener: .init(note: { _ in }, progress: { _ in }))
      } throws: {
        "\($0)".contains("do not fit half precision")
      }
      #expect(try Files.list(folder).isEmpty)
    }
  }

  @Test(arguments: ["annealing-intermediate", "tinybert", "minilm", "alp", "rail", "pkd", "distilbert"])
  func runsThatWriteAndThatReadStatesAreEqual(method: String) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      func run(_ name: String, keeps: Bool) throws -> (model: String, loss: Double, forecast: Int) {
        var settings = task.distill(output: name, method: method)
        settings.training.epochs = 4
        settings.teacherCache = folder + "/cache"
        if keeps { settings.cacheStates = true }
        let forecast = try Distill.check(settings, seconds: 0.01).stateCache?.bytes ?? 0
        let recorder = TinyTask.Recorder()
        _ = try Distill.run(settings, onEvent: recorder.handle)
        let losses = recorder.log.compactMap { if case .step(let step) = $0 { step.loss } else { nil } }
        return (
          try SHA256.hexadecimal(ofFile: settings.output + "/model/model.safetensors"), losses[0], forecast
        )
      }
      let live = try run("live", keeps: false)
      let first = try run("first", keeps: true)
      let file = try #require(Files.list(folder + "/cache").first { $0.hasPrefix("states-") })
      #expect(try Files.read(folder + "/cache/" + file).count == first.forecast && live.forecast == 0)
      let second = try run("second", keeps: true)
      #expect(first.model == second.model && first.model != live.model)
      #expect(abs(first.loss - live.loss) < 1e-3 * abs(live.loss), "\(first.loss) and \(live.loss)")
    }
  }

  @Test func statesNeedAFolder() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "run")
      settings.cacheStates = true
      #expect {
        _ = try Distill.run(settings) { _ in }
      } throws: {
        "\($0)".contains("give --teacher-cache")
      }
      settings.method = "annealing"
      settings.teacherCache = folder + "/cache"
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(settings, onEvent: recorder.handle)
      #expect(recorder.notes.contains { $0.contains("no states to keep") })
    }
  }

  @Test func aRunThatIsStoppedWhileTheTeacherAnswersSaysSo() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let stop = StopFlag()
      stop.raise()
      #expect {
        _ = try Distill.run(task.distill(output: "run"), stop: stop) { _ in }
      } throws: {
        "\($0)".contains("stopped before the first step")
      }
      #expect(!Files.exists(folder + "/run/run.json"))
    }
  }
}
