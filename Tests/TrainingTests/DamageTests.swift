import BERT
import Files
import Tensors
import TestSupport
import Testing
import Tokenization

@testable import Training

/// A damaged checkpoint is passed over for the one before it, never believed and never a crash.
@Suite struct DamageTests {
  /// A store of two small checkpoints, after steps 1 and 2, and the tensors of their parts.
  private static func store(in folder: String) throws -> (CheckpointStore, CheckpointStore.Part) {
    let model = try BertModel(
      config: BertConfig(
        vocabSize: 3, hiddenSize: 2, numHiddenLayers: 1, numAttentionHeads: 1, intermediateSize: 2),
      head: .sequenceClassification(labels: 2), seed: 1)
    let values = ParameterStore(layout: model.parameters.layout)
    let store = CheckpointStore(
      folder: folder + "/checkpoints", owner: folder, settings: TrainingSettings(),
      basis: TrainingBasis(
        settings: .object(["task": .text("RTE"), "limit": .whole(3), "newHead": .bool(false)]),
        training: .object(["weight_decay": .number(0.01), "epochs": .null]), inputs: ["train rows": "ab"]))
    let part = CheckpointStore.Part(file: "model.safetensors", stores: [("", values)])
    for step in 1...2 {
      values.values.base.update(repeating: Float(step), count: values.values.count)
      _ = try store.write(state(step), parts: [part])
    }
    return (store, part)
  }

  /// A state of the second of two stages.
  private static func state(_ step: Int) -> TrainerState {
    var state = TrainerState()
    (state.stage, state.isStageOpen, state.epoch, state.stepInEpoch) = (1, true, 1, 1)
    (state.step, state.totalSteps, state.loggedEvents, state.checkpoints) = (3 + step, 9 + step, 12, step)
    state.best = ["accuracy": 0.5, "f1": .nan]
    state.stageResults = [
      StageResult(name: "intermediate", steps: 6, epochs: 3, bestEpoch: 2, bestStep: 4, best: [:], last: [:])
    ]
    return state
  }

  @Test func damagedGoldenRowsAreReadOrRefused() throws {
    let row = GoldenRows.Row(
      text: "a \u{301}", pair: "b", window: 0, inputIDs: [1, 2, 0], tokenTypeIDs: [0, 0, 1],
      logits: [0.5, -1e-3])
    let golden = GoldenRows(
      header: GoldenRows.Header(program: "1", maxLength: 3, labels: ["x", "y"]), rows: [row, row])
    let model = try BertModel(
      config: BertConfig(
        vocabSize: 5, hiddenSize: 2, numHiddenLayers: 1, numAttentionHeads: 1, intermediateSize: 2),
      head: .sequenceClassification(labels: 2), seed: 1)
    let tokenizer = try Tokenizer(vocabulary: Vocabulary(tokens: ["[UNK]", "[CLS]", "[SEP]", "a", "b"]))
    var mutations = Mutations(seed: 12)
    var memory = MemoryWatch("golden rows", allowance: 1 << 20)
    try mutations.eachDamagedFile(of: golden.bytes, named: GoldenRows.fileName, count: Mutations.count / 3) {
      path in
      do {
        try memory.reading(MappedFile(path).bytes.count) {
          if let read = try GoldenRows(file: path) {
            _ = try GoldenCheck(read, model: model, tokenizer: tokenizer)
          }
        }
      } catch { #expect(error is FileError || error is TokenizerError || error is TrainingError, "\(error)") }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count / 3)
    #expect(memory.excess == nil)
    memory.report()
  }

  @Test func damageOfAnyFileIsFound() throws {
    try withTemporaryDirectory { folder in
      let (store, part) = try Self.store(in: folder)
      let paths = try store.paths()
      try #require(paths.count == 2)
      let (older, newest) = (paths[0], paths[1])
      let files = try Files.list(newest)
      #expect(files == ["checksums.json", "model.safetensors", "state.json"])
      let sound = try files.map { try Files.read(newest + "/" + $0) }
      var mutations = Mutations(seed: 30)
      var memory = MemoryWatch("checkpoints")
      var passedOver = 0
      for round in 0..<Mutations.count {
        let file = round % 3
        let damaged = mutations.damage(sound[file])
        try overwrite(newest + "/" + files[file], with: damaged)
        var notes: [String] = []
        let found = try #require(
          try memory.reading(damaged.count) { try store.newest { notes.append($0) } })
        if found.path == older {
          passedOver += 1
          #expect(notes.count == 1 && found.state.totalSteps == 10)
        } else {
          // Only blanks of the list of checksums may differ.
          #expect(damaged == sound[file] || file == 0)
          #expect(found.state.totalSteps == 11)
          try store.read(part, from: found.path)
        }
        try overwrite(newest + "/" + files[file], with: sound[file])
      }
      #expect(passedOver > Mutations.count / 2)
      #expect(memory.excess == nil)
      memory.report()
    }
  }

  /// Damage that the checksums were made to fit: nobody's accident, but a file from elsewhere can be anything.
  @Test func whatTheChecksumsFitIsReadOrRefused() throws {
    try withTemporaryDirectory { folder in
      let (store, part) = try Self.store(in: folder)
      let newest = try #require(try store.paths().last)
      let state = try Files.read(newest + "/state.json")
      let weights = try Files.read(newest + "/model.safetensors")
      let sums = String(decoding: try Files.read(newest + "/checksums.json"), as: UTF8.self)
      func entry(_ bytes: [UInt8]) -> (count: String, hash: String) {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        return ("\"bytes\" : \(bytes.count)", hash.hexadecimal)
      }
      var mutations = Mutations(seed: 31)
      var memory = MemoryWatch("checkpoints whose checksums fit")
      var (taken, believed) = (0, 0)
      for round in 0..<Mutations.count {
        let isState = round % 2 == 0
        let sound = isState ? state : weights
        let damaged = mutations.damage(sound)
        let (old, new) = (entry(sound), entry(damaged))
        try overwrite(newest + (isState ? "/state.json" : "/model.safetensors"), with: damaged)
        try overwrite(
          newest + "/checksums.json",
          with: Array(sums.replacing(old.hash, with: new.hash).replacing(old.count, with: new.count).utf8))
        do {
          let found = try memory.reading(damaged.count) {
            let found = try #require(try store.newest { _ in })
            try store.read(part, from: found.path)
            return found
          }
          taken += found.path == newest ? 1 : 0
          if found.state.impossibility(stepCounts: [[2, 2, 2], [3, 3]]) == nil { believed += 1 }
        } catch {
          #expect(error is TrainingError || error is ModelError, "\(error)")
        }
        try overwrite(newest + (isState ? "/state.json" : "/model.safetensors"), with: sound)
      }
      #expect(taken > 0 && taken < Mutations.count && believed > 0 && believed < Mutations.count)
      #expect(memory.excess == nil)
      memory.report()
    }
  }

  @Test func aStateThatNeverWasIsNamed() {
    let counts = [[2, 2, 2], [3, 3]]
    let sound = Self.state(1)
    #expect(sound.impossibility(stepCounts: counts) == nil)
    func complaint(_ change: (inout TrainerState) -> Void) -> String? {
      var state = sound
      change(&state)
      return state.impossibility(stepCounts: counts)
    }
    for stage in [-1, 0, 2, Int.max] {
      #expect(complaint { $0.stage = stage } == "it has a stage that the run has not")
    }
    #expect(complaint { $0.isStageOpen = false } == "it has a stage that the run has not")
    for epoch in [-1, 2, Int.max, Int.min] {
      #expect(complaint { $0.epoch = epoch } == "it has a step that stage 2 has not")
    }
    for step in [-1, 0, 4, Int.max] {
      #expect(complaint { $0.stepInEpoch = step } == "it has a step that stage 2 has not")
    }
    #expect(complaint { $0.totalSteps = 11 } == "its steps do not add up")
    #expect(complaint { $0.stageResults[0].steps = .max } == "its steps do not add up")
    for number in [-1, Int.max] {
      #expect(complaint { $0.loggedEvents = number } == "it counts what cannot be")
      #expect(complaint { $0.examples = number } == "it counts what cannot be")
      #expect(complaint { $0.evaluationsSinceBest = number } == "it counts what cannot be")
    }
  }
}
