import BERT
import Files
import TestSupport
import Testing
import Training

@testable import Distillation

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
      var recomputed = 0
      for _ in 0..<Mutations.count {
        try overwrite(path, with: mutations.damage(sound))
        do {
          #expect(try cache.logits(rows) { _ in throw Recomputed() } == logits)
        } catch is Recomputed { recomputed += 1 }
      }
      // Some damage is to what is not read, such as blanks of the header.
      #expect(recomputed > Mutations.count / 2 && recomputed < Mutations.count)
    }
  }

  @Test func damagedSettingsAreRefusedOrPossible() throws {
    var settings = DistillSettings(task: "RTE", output: "run")
    settings.recipe = try Recipe.named("annealing-intermediate")
    settings.student = "2x16x2"
    settings.teacher = "teacher"
    settings.stageEpochs = [3, 2]
    settings.temperature = 2
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
    var mutations = Mutations(seed: 21)
    var taken = 0
    try mutations.eachDamagedFile(of: try JSON.encode(settings), named: "settings.json") { path in
      do {
        let read = try JSON.decode(DistillSettings.self, from: path)
        try read.training.validate()
        let stages = try RecipeStages(read)
        _ = try stages.intermediateTerm()
        _ = try Assistants.links(of: read)
        // Lists that settings make long are made here.
        _ = EpochPlan(lengths: [3, 9, 4], settings: read.training, stage: 0, epoch: 0)
        _ = try read.layerMap?.resolved(student: 2, teacher: 4, embeddings: true)
        taken += 1
      } catch {
        let isOurs = error is FileError || error is TrainingError || error is DistillationError
        #expect(isOurs || error is ModelError, "\(error)")
      }
    }
    #expect(taken > 0 && taken < Mutations.count)
  }
}
