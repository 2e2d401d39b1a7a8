import BERT
import Distillation
import Files
import Ranks
import Runs
import TestSupport
import Testing
import Training

/// Runs over ranks, which are threads here: the same run as on one.
@Suite struct RankRunTests {
  /// What a run came to: its folder's bytes, its steps and its result.
  private struct Outcome: Sendable {
    var model: [UInt8]
    var steps: [StepRecord]
    var results: [RunResult]
  }

  private static func finetune(
    _ folder: String, _ size: Int, name: String,
    change: @escaping @Sendable (inout FinetuneSettings) -> Void = { _ in }
  ) throws -> Outcome {
    let task = try TinyTask(in: folder)
    var settings = task.finetune(output: name, shape: "2x16x2")
    settings.overwrite = true
    settings.training.overlapComm = true
    change(&settings)
    let chosen = settings
    return try outcome(
      RankThreads.run(size) { ranks in try Self.steps { try Finetune.run(chosen, ranks: ranks, onEvent: $0) }
      },
      RunFolder(settings.output))
  }

  /// Runs a body and keeps the steps that it says.
  private static func steps(
    _ body: (@escaping (RunEvent) throws -> Void) throws -> RunResult
  ) throws -> (RunResult, [StepRecord]) {
    final class Log { var steps: [StepRecord] = [] }
    let log = Log()
    let result = try body { event in
      guard case .step(var step) = event else { return }
      step.seconds = 0
      log.steps.append(step)
    }
    return (result, log.steps)
  }

  private static func outcome(
    _ found: [Result<(RunResult, [StepRecord]), any Error>], _ folder: RunFolder
  ) throws -> Outcome {
    let all = try found.map { try $0.get() }
    for other in all.dropFirst() { #expect(other.1.isEmpty) }
    return Outcome(
      model: try Files.read(folder.model + "/model.safetensors"), steps: all[0].1, results: all.map(\.0))
  }

  /// Parts of a gradient are added up in one order: the model is the same to the last bit.
  @Test(arguments: [1, 2, 4])
  func shardsGiveTheSameBytes(size: Int) throws {
    try withTemporaryDirectory { folder in
      let shards = { @Sendable (settings: inout FinetuneSettings) in
        settings.training.gradientShards = 4
        // Uneven batches, the last of 4 rows: some parts of it have one row or none.
        settings.training.batchSize = 5
        settings.training.gradientAccumulationSteps = 2
        settings.training.evalSteps = 3
      }
      let alone = try Self.finetune(folder, 1, name: "alone", change: shards)
      let spread = try Self.finetune(folder, size, name: "spread", change: shards)
      #expect(spread.model == alone.model)
      #expect(spread.steps == alone.steps)
      #expect(spread.results.allSatisfy { $0.metrics == alone.results[0].metrics })
    }
  }

  /// One part is the run as it always was.
  @Test func oneShardIsTheWholeStep() throws {
    try withTemporaryDirectory { folder in
      let plain = try Self.finetune(folder, 1, name: "plain")
      let one = try Self.finetune(folder, 1, name: "one") { $0.training.gradientShards = 1 }
      let four = try Self.finetune(folder, 1, name: "four") { $0.training.gradientShards = 4 }
      #expect(one.model == plain.model)
      #expect(four.model != plain.model)
    }
  }

  /// Losses are those of one rank within rounding, also where some ranks have no row of a batch.
  @Test(arguments: [2, 3, 7], [0.0, 0.05])
  func lossesAreThoseOfOneRank(size: Int, clip: Double) throws {
    try withTemporaryDirectory { folder in
      let change = { @Sendable (settings: inout FinetuneSettings) in
        settings.training.batchSize = 5
        settings.training.maxGradNorm = clip
        settings.training.labelSmoothing = 0.1
        settings.training.classWeights = .list([1, 3])
      }
      let alone = try Self.finetune(folder, 1, name: "alone", change: change)
      let spread = try Self.finetune(folder, size, name: "spread", change: change)
      #expect(alone.steps.count == spread.steps.count)
      for (one, other) in zip(alone.steps, spread.steps) {
        #expect(abs(one.loss - other.loss) < 2e-4 * max(1, abs(one.loss)))
        #expect(abs(one.gradientNorm - other.gradientNorm) < 2e-3 * max(1, one.gradientNorm))
        #expect(one.examples == other.examples && one.tokens == other.tokens)
      }
    }
  }

  /// A run that stopped on some ranks goes on on others.
  @Test(arguments: [(4, 1), (1, 2), (2, 4)])
  func stopsAndGoesOnElsewhere(sizes: (Int, Int)) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "whole", shape: "2x16x2")
      settings.training.gradientShards = 4
      let whole = settings
      _ = try Finetune.run(whole) { _ in }
      settings.output = folder + "/stopped"
      let stopped = settings
      // Asked of the last rank alone; all stop after the same step.
      let found = RankThreads.run(sizes.0) { ranks in
        let stop = StopFlag()
        if ranks.rank == sizes.0 - 1 && !ranks.isFirst { stop.raise() }
        return try Finetune.run(stopped, stop: stop, ranks: ranks) { event in
          if ranks.isAlone, case .step(let step) = event, step.step == 1 { stop.raise() }
        }
      }
      for result in found {
        #expect(throws: TrainingError.interrupted(folder: stopped.output, step: 1)) { try result.get() }
      }
      for result in RankThreads.run(
        sizes.1,
        { ranks in
          try Resume.run(folder: stopped.output, ranks: ranks) { _ in }
        })
      { _ = try result.get() }
      for file in ["model.safetensors", "config.json"] {
        #expect(
          try Files.read(RunFolder(whole.output).model + "/" + file)
            == Files.read(RunFolder(stopped.output).model + "/" + file))
      }
    }
  }

  /// A loss that is no number on one rank is one error, on all.
  @Test func notFiniteOnOneRankEndsAll() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "wild", shape: "2x16x2")
      settings.training.learningRate = 1e30
      settings.training.warmupRatio = 0
      settings.training.maxGradNorm = 0
      let wild = settings
      let found = RankThreads.run(3) { ranks in try Finetune.run(wild, ranks: ranks) { _ in } }
      for result in found {
        do {
          _ = try result.get()
          Issue.record("it went on")
        } catch { #expect("\(error)".contains("is not a finite number")) }
      }
    }
  }

  @Test func patienceIsAgreed() throws {
    try withTemporaryDirectory { folder in
      let change = { @Sendable (settings: inout FinetuneSettings) in
        settings.training.gradientShards = 2
        settings.training.evalSteps = 1
        settings.training.patience = 2
        settings.training.learningRate = 1e-9
      }
      let alone = try Self.finetune(folder, 1, name: "alone", change: change)
      let spread = try Self.finetune(folder, 2, name: "spread", change: change)
      #expect(spread.steps == alone.steps)
      #expect(alone.steps.count == 3)
    }
  }

  /// Teachers answer and students learn alike on any number of ranks, whatever the terms read.
  @Test(arguments: ["annealing", "kd", "pkd", "annealing-intermediate", "continuation", "minilm"])
  func distillsTheSameBytes(method: String) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var models: [[UInt8]] = []
      for size in [1, 2, 4] {
        var settings = task.distill(output: "student\(size)", method: method)
        settings.training.epochs = 2
        settings.training.gradientShards = 4
        settings.training.overlapComm = true
        if size > 1 { settings.teacherCache = folder + "/cache" }
        settings.cacheStates = size > 1 && method == "annealing-intermediate" ? true : nil
        let chosen = settings
        for result in RankThreads.run(size, { ranks in try Distill.run(chosen, ranks: ranks) { _ in } }) {
          _ = try result.get()
        }
        if size == 1 || settings.cacheStates == nil {
          models.append(try Files.read(RunFolder(settings.output).model + "/model.safetensors"))
        }
      }
      for model in models.dropFirst() { #expect(model == models[0]) }
    }
  }

  /// Rows drawn by their losses, which every rank must know.
  @Test func rowsByLossAreTheSame() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var models: [[UInt8]] = []
      for size in [1, 2] {
        var settings = task.distill(output: "student\(size)", method: "importance")
        settings.training.epochs = 3
        settings.training.gradientShards = 2
        let chosen = settings
        for result in RankThreads.run(size, { ranks in try Distill.run(chosen, ranks: ranks) { _ in } }) {
          _ = try result.get()
        }
        models.append(try Files.read(RunFolder(settings.output).model + "/model.safetensors"))
      }
      #expect(models[0] == models[1])
    }
  }

  @Test func whatCannotBeCutIsRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "student")
      settings.recipe = Recipe(
        name: "r", summary: "", paper: "",
        stages: [StageRecipe("s", terms: [TermSettings("sentence_similarity"), TermSettings("labels")])])
      settings.training.gradientShards = 2
      do {
        _ = try Distill.run(settings) { _ in }
        Issue.record("it went on")
      } catch { #expect("\(error)".contains("cannot be cut into 2 parts")) }
      #expect(!Files.exists(settings.output))
    }
  }

  @Test func ranksThatAreNoBranchesAreRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "teacher")
      settings.training.gradientShards = 4
      let chosen = settings
      for result in RankThreads.run(3, { ranks in try Finetune.run(chosen, ranks: ranks) { _ in } }) {
        do {
          _ = try result.get()
          Issue.record("it went on")
        } catch {
          #expect("\(error)".contains("gradient_shards 4: parts are added up in one order by 1, 2, 4 ranks"))
        }
      }
    }
  }

  /// Ranks that were given different things say so before they begin.
  @Test func differentRowsAreSaid() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let other = try TinyTask(in: folder + "/other", rows: 43)
      let settings = task.finetune(output: "run")
      var changed = settings
      changed.data = other.data
      let given = [settings, changed]
      for result in RankThreads.run(
        2, { ranks in try Finetune.run(given[ranks.rank], ranks: ranks) { _ in } })
      {
        do {
          _ = try result.get()
          Issue.record("it went on")
        } catch { #expect("\(error)".contains("rank 1 would not run what rank 0 runs")) }
      }
      #expect(!Files.exists(RunFolder(settings.output).model))
    }
  }

  /// A folder that holds a run already is rank 0's to say; nobody waits.
  @Test func anErrorOfTheFirstRankIsHeardByAll() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let settings = task.finetune(output: "run", shape: "1x8x1")
      _ = try Finetune.run(settings) { _ in }
      let found = RankThreads.run(2) { ranks in try Finetune.run(settings, ranks: ranks) { _ in } }
      #expect(throws: TrainingError.self) { try found[0].get() }
      #expect(throws: RankError.self) { try found[1].get() }
    }
  }

  /// Text is masked by its place, and held-out text measured in parts: all bytes are those of one rank.
  @Test(arguments: ["mlm", "minilm"])
  func pretrainsTheSameBytes(method: String) throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      if method == "minilm" { _ = try Pretrain.run(text.settings(output: "teacher")) { _ in } }
      var found: [(model: [UInt8], metrics: [String: Double])] = []
      for size in [1, 2] {
        var settings = text.settings(output: "encoder\(size)", method: method)
        if method == "minilm" {
          settings.teacher = folder + "/teacher/model"
          settings.shape = "1x24x2"
        }
        settings.training.gradientShards = 2
        settings.training.epochs = 1
        settings.training.overlapComm = true
        settings.training.gradientAccumulationSteps = 2
        let chosen = settings
        let results = RankThreads.run(size) { ranks in try Pretrain.run(chosen, ranks: ranks) { _ in } }
        let metrics = try results.map { try $0.get().stages.last?.best ?? [:] }
        found.append(
          (try Files.read(RunFolder(settings.output).model + "/model.safetensors"), metrics[size - 1]))
      }
      #expect(found[0].model == found[1].model)
      #expect(found[0].metrics == found[1].metrics)
    }
  }
}
