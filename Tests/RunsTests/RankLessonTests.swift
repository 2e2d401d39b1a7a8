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
    let names = ["model", "learners/peer-2", "learners/peer-3", "learners/generator", "learners/teacher"].map
    {
      settings.output + "/\($0)/model.safetensors"
    }
    return Outcome(
      models: try names.filter { Files.exists($0) }.map { try SHA256.hexadecimal(ofFile: $0) },
      events: TinyTask.comparable(events[0]))
  }

  @Test(arguments: LessonRunTests.methods)
  func theSameBytesOnAnyNumberOfRanks(method: String) throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      let found = try [1, 2, 4].map { size in
        var settings = surroundings.settings(method, "run\(size)")
        settings.training.gradientShards = 4
        settings.training.gradientAccumulationSteps = 2
        settings.training.batchSize = 5
        if size > 1 && method == "minimax-knn" { settings.teacherCache = nil }
        return try Self.run(settings, size)
      }
      let products = ["codistill": 2, "codistill stale": 1, "mate": 1, "meta": 1]
      #expect(found[0].models.count == 1 + products[method, default: 0])
      let texts = found[0].events.contains {
        if case .step(let step) = $0 { step.texts != nil } else { false }
      }
      #expect(texts == ["mate", "minimax-knn", "imitation"].contains(method))
      #expect(found[1] == found[0])
      #expect(found[2] == found[0])
    }
  }

  /// Without parts in one order it is the run of one rank within rounding.
  @Test(arguments: ["codistill", "imitation", "mate", "minimax-knn", "meta", "reinforced"])
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

  /// A run over ranks that stopped goes on on one, and ends with the bytes of one that did not stop.
  @Test(arguments: ["mate", "minimax-knn", "meta", "reinforced"])
  func stopsAndGoesOnElsewhere(method: String) throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      var settings = surroundings.settings(method, "whole")
      settings.training.gradientShards = 2
      let whole = try Self.run(settings, 1)
      settings.output = folder + "/stopped"
      let stopped = settings
      let found = RankThreads.run(2) { ranks in
        let stop = StopFlag()
        return try Distill.run(stopped, stop: stop, ranks: ranks) { event in
          if case .step(let step) = event, step.step == 4 { stop.raise() }
        }
      }
      for result in found { #expect(throws: TrainingError.self) { try result.get() } }
      _ = try Resume.run(folder: stopped.output) { _ in }
      let names = ["model", "learners/generator", "learners/teacher"].map { "/\($0)/model.safetensors" }
      let models = try names.filter { Files.exists(stopped.output + $0) }
        .map { try SHA256.hexadecimal(ofFile: stopped.output + $0) }
      #expect(models == whole.models)
    }
  }

  /// What `check` says is sent of gradients, beside what is sent with all else that ranks say.
  @Test(arguments: ["mate", "meta", "reinforced"])
  func checkForetellsWhatIsSent(method: String) throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      let settings = surroundings.settings(method, "run")
      let notes = try Distill.check(settings, seconds: 0, ranks: 2).notes
      let said = try #require(notes.first { $0.contains("a rank sends up to ") })
      let words = said.split(separator: " ").drop { $0 != "to" }.dropFirst()
      let foretold = try 1000 * #require(words.first.flatMap { Double($0) })
      #expect(words.dropFirst().first == "kB")
      let most = RankThreads.run(2) { ranks in
        var (most, before) = (0, Int.max)
        _ = try Distill.run(settings, ranks: ranks) { event in
          guard case .step = event else { return }
          most = max(most, ranks.traffic.sentBytes - min(before, ranks.traffic.sentBytes))
          before = ranks.traffic.sentBytes
        }
        return most
      }
      let sent = Double(try most[0].get())
      #expect(sent > 0.98 * foretold && sent < 1.1 * foretold, "\(sent) of \(foretold)")
    }
  }
}
