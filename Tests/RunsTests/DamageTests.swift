import BERT
import Files
import TestSupport
import Testing

@testable import Distillation
@testable import Runs
@testable import Training

/// A damaged teacher cache is made again and damaged settings are refused or possible, never a crash.
@Suite struct DamageTests {
  private struct Recomputed: Error {}

  @Test func aDamagedCacheIsNeverBelieved() throws {
    let rows = TaskRows(
      inputIDs: [[2, 7, 3], [2, 8, 9, 3], [2, 3]], tokenTypeIDs: [[0, 0, 0], [0, 0, 0, 0], [0, 0]],
      targets: [nil, nil, nil])
    let logits: [[Float]] = [[0.5, -1], [2, 3], [-0.25, 8]]
    try withTemporaryDirectory { folder in
      let cache = LogitCache(folder: folder, teacherHash: "teacher") { _ in }
      #expect(try cache.logits(rows) { _ in logits } == logits)
      let path = try folder + "/" + #require(Files.list(folder).first)
      let sound = try Files.read(path)
      var mutations = Mutations(seed: 20)
      var memory = MemoryWatch("teacher cache")
      var recomputed = 0
      for _ in 0..<Mutations.count {
        let damaged = mutations.damage(sound)
        try overwrite(path, with: damaged)
        do {
          #expect(
            try memory.reading(damaged.count) { try cache.logits(rows) { _ in throw Recomputed() } } == logits
          )
        } catch is Recomputed { recomputed += 1 }
      }
      #expect(memory.excess == nil)
      memory.report()
      // Some damage is to what is not read, such as blanks of the header.
      #expect(recomputed > Mutations.count / 2 && recomputed < Mutations.count)
    }
  }

  /// Settings with a value of every kind.
  private static func settings() throws -> DistillSettings {
    var settings = DistillSettings(task: "RTE", output: "run")
    settings.recipe = try Recipe.named("annealing-intermediate")
    settings.student = "2x16x2"
    settings.teacher = "teacher"
    settings.stageEpochs = [3, 2]
    settings.maxTemperature = 2
    settings.layerMap = try LayerMap("0:0,1:2")
    settings.assistants = ["4x16x2", "1+3"]
    (settings.otherTeachers, settings.teacherWeights, settings.teacherAverage) = (
      ["other"], [2, 1.5], .logits
    )
    (settings.unlabelled, settings.studentFrom, settings.cacheStates) = (["texts"], "origin", true)
    settings.training.epochs = 4
    settings.training.batchTokens = 64
    settings.training.saveSteps = 5
    settings.training.patience = 3
    return settings
  }

  /// Makes what settings can make long: the stages and the steps of an epoch.
  private static func use(_ settings: DistillSettings) throws {
    try settings.training.validate()
    let stages = try RecipeStages(settings, with: .standard)
    _ = try stages.intermediateTerm()
    _ = try Assistants.links(of: settings, with: .standard)
    _ = EpochPlan(lengths: [3, 9, 4], settings: settings.training, stage: 0, epoch: 0)
    _ = try settings.layerMap?.resolved(student: 2, teacher: 4, embeddings: true)
  }

  private static func isOurs(_ error: any Error) -> Bool {
    error is FileError || error is TrainingError || error is DistillationError || error is ModelError
  }

  /// As run folders and checkpoints keep them.
  @Test func damagedSettingsAreRefusedOrPossible() throws {
    let sound = try JSON.encode(Self.settings())
    _ = try JSON.decode(DistillSettings.self, from: sound, path: "settings.json")
    var mutations = Mutations(seed: 21)
    var memory = MemoryWatch("settings in JSON")
    for _ in 0..<Mutations.count {
      let damaged = mutations.damage(sound)
      do {
        try memory.reading(damaged.count) {
          try Self.use(JSON.decode(DistillSettings.self, from: damaged, path: "settings.json"))
        }
      } catch {
        #expect(Self.isOurs(error), "\(error)")
      }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count)
    #expect(memory.excess == nil)
    memory.report()
  }

  /// As people write them, with everything that YAML has.
  @Test(arguments: ["settings", "sweep"]) func damagedSettingsFilesAreRefusedOrPossible(kind: String) throws {
    let written =
      kind == "sweep"
      ? Self.sweep
      : try Self.settings().text().replacing(
        "weights: {}", with: "weights: &some {\"hidden_mse\": 0.5, 'attention_mse': !!float 1e-1} # a comment"
      )
    var mutations = Mutations(seed: 22)
    // Yams keeps each scalar with its tag, its mark and its style.
    var memory = MemoryWatch("\(kind) in YAML", multiple: 256)
    func read(_ path: String) throws {
      if kind == "sweep" { return _ = try SweepFile(path) }
      try Self.use(SettingsFile.read(DistillSettings.self, from: path))
    }
    try mutations.eachDamagedFile(of: Array(written.utf8), named: "settings.yaml") { path in
      do {
        try memory.reading(MappedFile(path).bytes.count) { try read(path) }
      } catch {
        #expect(Self.isOurs(error), "\(error)")
      }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count)
    #expect(memory.excess == nil)
    memory.report()
  }

  private static let sweep = """
    output: runs/sweep
    seeds: [1, 2]
    baseline: kd
    teacher: {shape: 2x16x2, vocab: vocab.txt, training: {num_train_epochs: 2}}
    settings: &all
      training:
        batch_size: 8
    tasks:
      RTE: {settings: {limit: 10}}
      CoLA:
    students:
      small: {student: 1x16x2}
    methods:
      kd: {temperature: 2.0}
      labels: {}
    exceptions:
      - {task: RTE, method: kd, settings: {temperature: 3}}
    """
}
