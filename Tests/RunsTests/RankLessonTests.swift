import Files
import Ranks
import Runs
import TestSupport
import Testing
import Training

/// Lessons with more than one learner, or with rows of their own, over ranks: those that are cut, and those that are not.
@Suite(.serialized) struct RankLessonTests {
  private typealias Surroundings = LessonRunTests.Surroundings

  /// What a run leaves: the model, the others that learnt, what each step and evaluation gave.
  private struct Outcome: Equatable {
    var models: [String]
    var events: [RunEvent]
  }

  private static func run(_ settings: DistillSettings, _ size: Int) throws -> Outcome {
    let found = RankThreads.run(size) { ranks -> [RunEvent] in
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(settings, ranks: ranks, onEvent: recorder.handle)
      return recorder.log
    }
    let events = try found.map { try $0.get() }
    let names = ["model", "learners/peer-2", "learners/peer-3"].map {
      settings.output + "/\($0)/model.safetensors"
    }
    return Outcome(
      models: try names.filter { Files.exists($0) }.map { try SHA256.hexadecimal(ofFile: $0) },
      events: TinyTask.comparable(events[0]))
  }

  @Test(arguments: ["codistill", "codistill stale", "imitation"])
  func theSameBytesOnAnyNumberOfRanks(method: String) throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      let found = try [1, 2, 4].map { size in
        var settings = surroundings.settings(method, "run\(size)")
        settings.training.gradientShards = 4
        settings.training.gradientAccumulationSteps = 2
        settings.training.batchSize = 5
        return try Self.run(settings, size)
      }
      #expect(found[0].models.count == ["codistill": 3, "codistill stale": 2, "imitation": 1][method])
      #expect(found[1] == found[0])
      #expect(found[2] == found[0])
    }
  }

  /// Without parts in one order it is the run of one rank within rounding.
  @Test(arguments: ["codistill", "imitation"])
  func lossesAreThoseOfOneRank(method: String) throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      let found = try [1, 3].map { size in
        var settings = surroundings.settings(method, "run\(size)")
        settings.training.batchSize = 7
        let events = try Self.run(settings, size).events
        return events.compactMap { event -> StepRecord? in
          if case .step(let step) = event { step } else { nil }
        }
      }
      #expect(found[0].count == found[1].count && found[0].count > 4)
      for (one, other) in zip(found[0], found[1]) {
        #expect(abs(one.loss - other.loss) < 2e-4 * max(1, abs(one.loss)))
        #expect(abs(one.gradientNorm - other.gradientNorm) < 2e-3 * max(1, one.gradientNorm))
        #expect(one.measures?.keys.sorted() == other.measures?.keys.sorted())
        for (name, value) in one.measures ?? [:] { #expect(abs(value - (other.measures?[name] ?? 9)) < 1e-6) }
      }
    }
  }

  @Test(arguments: ["mate", "minimax-knn", "meta", "reinforced"])
  func theOthersAreRefusedByRunAndCheck(method: String) throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      let settings = surroundings.settings(method, "run")
      func said(_ body: () throws -> Void) -> String {
        do {
          try body()
          return "it went on"
        } catch { return "\(error)" }
      }
      let run = RankThreads.run(2) { ranks in try Distill.run(settings, ranks: ranks) { _ in } }[0]
      let found = [
        said { _ = try run.get() }, said { _ = try Distill.check(settings, seconds: 0, ranks: 2) },
      ]
      #expect(found[0] == found[1] && found[0].contains("cannot be cut into 2 parts"), "\(found)")
    }
  }
}
