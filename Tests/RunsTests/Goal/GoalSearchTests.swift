import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// A goal from its first try to its last training: what it chooses, and that it goes on where it stopped.
@Suite(.serialized) struct GoalSearchTests {
  /// A clock by which a pass over the rows takes a second, whatever the machine does.
  private static let meter: GoalMeter = {
    var meter = GoalMeter()
    meter.now = { 0 }
    meter.seconds = { candidate, _, _ in candidate.work }
    meter.secondsPerPass = { _ in 1 }
    meter.milliseconds = { shape in Double(shape.split(separator: "x")[0]) ?? 0 }
    return meter
  }()

  private func settings(_ tiny: TinyTask, _ output: String, _ change: (inout DistillSettings) -> Void)
    -> GoalSettings
  {
    var settings = tiny.distill(output: output)
    (settings.training.epochs, settings.training.learningRate) = (nil, nil)
    settings.goal = Goal()
    settings.goal?.methods = ["kd", "annealing", "labels"]
    change(&settings)
    return GoalSettings(settings)
  }

  private func withTiny(_ body: (TinyTask) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder, rows: 80)
      _ = try Finetune.run(tiny.finetune(output: "teacher")) { _ in }
      try body(tiny)
    }
  }

  private func run(
    _ settings: GoalSettings, stop: StopFlag? = nil, resuming: Bool = false,
    onEvent: @escaping (RunEvent) throws -> Void = { _ in }
  ) throws -> RunResult {
    let order =
      try resuming
      ? RunOrder<GoalSettings>(resuming: settings.output, stop: stop) : RunOrder(settings, stop: stop)
    return try Reach.run(order, with: .standard, meter: Self.meter, onEvent: onEvent)
  }

  @Test func theFirstThatReachesItIsChosen() throws {
    try withTiny { tiny in
      let settings = settings(tiny, "goal") { $0.goal?.keep = 0.01 }
      let result = try run(settings)
      let goal = try #require(result.goal)
      // One percent is reached by the cheapest, and nothing else is tried.
      #expect(goal.tried.map(\.name) == [goal.chosen] && goal.reached == true)
      #expect(goal.tried[0].candidate.work == goal.tried.map(\.candidate.work).min())
      #expect(goal.heldOutRows == 16 || goal.heldOutRows == 15 || goal.heldOutRows == 17)
      #expect(goal.dev == result.metrics["accuracy"])
      let reference = try #require(goal.reference)
      #expect(reference.level == min(reference.heldOut, reference.dev) && !reference.isInherited)
      // The same figures lie in the folder.
      let tsv = String(decoding: try Files.read(settings.output + "/search/tried.tsv"), as: UTF8.self)
      #expect(tsv.split(separator: "\n").count == 2)
      #expect(try RunRecord<GoalSettings>.read(RunFolder(settings.output)).result?.goal == goal)
      // What was tried is a run folder, measured on the rows that were held out.
      let one = try RunRecord<DistillSettings>.read(
        RunFolder("\(settings.output)/search/\(goal.tried[0].name)"))
      #expect(one.result?.measuredOn == "held_out" && one.settings.heldOutShare == 0.2)
      #expect(one.result?.metrics["accuracy"] == goal.tried[0].value)
    }
  }

  /// Weights of the teacher, or of a student that it taught before, know the rows that are held out.
  @Test func whatBeginsWithWeightsThatKnowTheRows() throws {
    try withTiny { tiny in
      func reference(_ name: String, _ change: (inout DistillSettings) -> Void) throws -> GoalOutcome
        .Reference?
      {
        try run(
          settings(tiny, name) { settings in
            settings.goal?.keep = 0.01
            settings.goal?.methods = ["kd"]
            change(&settings)
          }
        ).goal?.reference
      }
      let cut = try #require(
        try reference("cut") { settings in (settings.student, settings.studentLayers) = (nil, [1]) })
      #expect(cut.isInherited && cut.level == cut.heldOut)
      #expect(try reference("again") { $0.student = tiny.folder + "/cut" }?.isInherited == true)
      let other = tiny.folder + "/other"
      for file in try Files.list(tiny.teacher) {
        try Files.write(try Files.read("\(tiny.teacher)/\(file)"), to: "\(other)/\(file)")
      }
      #expect(try reference("other") { $0.student = other }?.isInherited == false)
    }
  }

  /// The chosen setting's file trains the very same student.
  @Test func whatIsChosenRunsAgain() throws {
    try withTiny { tiny in
      let settings = settings(tiny, "goal") { settings in
        settings.goal?.hours = 60.0 / 3600
      }
      let result = try run(settings)
      let goal = try #require(result.goal)
      #expect(goal.tried.count > 5, "\(goal.tried.map(\.name))")
      var again = try SettingsFile.read(DistillSettings.self, from: settings.output + "/chosen.yaml")
      #expect(again.goal == nil && again.heldOutShare == nil)
      let chosen = try #require(goal.tried.first { $0.name == goal.chosen }).candidate
      #expect(again.training.epochs == chosen.epochs && again.method == chosen.method)
      again.output = tiny.folder + "/again"
      _ = try Distill.run(again) { _ in }
      for file in ["model.safetensors", "config.json"] {
        #expect(
          try Files.read("\(again.output)/model/\(file)") == Files.read("\(settings.output)/model/\(file)"))
      }
      // No epoch was chosen on dev: each stage was measured once, at its end.
      let history = result.stages.map { ($0.best, $0.last) }
      #expect(history.allSatisfy { $0 == $1 })
      // The weights of what was left behind are gone, its record is not.
      for one in goal.tried where one.fate == .tried && one.name != goal.chosen {
        let folder = RunFolder("\(settings.output)/search/\(one.name)")
        #expect(Files.exists(folder.description))
      }
      #expect(!Files.exists(settings.output + "/search/teacher-cache"))
    }
  }

  @Test func stoppedAnywhereAndResumed() throws {
    try withTiny { tiny in
      let change: (inout DistillSettings) -> Void = { settings in
        settings.goal?.hours = 40.0 / 3600
      }
      let whole = settings(tiny, "whole", change)
      var steps = 0
      let expected = try run(whole) { event in
        switch event {
        case .preparing, .step: steps += 1
        default: break
        }
      }
      let model = try Files.read(whole.output + "/model/model.safetensors")
      #expect(steps > 40)
      for share in [0.02, 0.3, 0.6, 0.97] {
        let settings = settings(tiny, "stopped-\(share)", change)
        let stop = StopFlag()
        var taken = 0
        #expect(throws: TrainingError.self) {
          _ = try run(settings, stop: stop) { event in
            switch event {
            case .preparing, .step: taken += 1
            default: break
            }
            if Double(taken) >= share * Double(steps) { stop.raise() }
          }
        }
        #expect(Files.exists(settings.output + "/run.json"), "stopped at \(share)")
        let result = try run(settings, resuming: true)
        #expect(try Files.read(settings.output + "/model/model.safetensors") == model, "stopped at \(share)")
        #expect(result.goal == expected.goal, "stopped at \(share)")
      }
    }
  }

  /// A process that dies leaves no word: what it had written is enough.
  @Test func killedBetweenTriesAndResumed() throws {
    struct Killed: Error {}
    try withTiny { tiny in
      let change: (inout DistillSettings) -> Void = { settings in
        settings.goal?.hours = 40.0 / 3600
      }
      let whole = settings(tiny, "whole", change)
      let expected = try run(whole)
      let settings = settings(tiny, "killed", change)
      var notes = 0
      #expect(throws: Killed.self) {
        _ = try run(settings) { event in
          if case .note = event { notes += 1 }
          if notes == 8 { throw Killed() }
        }
      }
      let result = try run(settings, resuming: true)
      #expect(result.goal == expected.goal)
      #expect(
        try Files.read(settings.output + "/model/model.safetensors")
          == Files.read(whole.output + "/model/model.safetensors"))
      #expect(throws: TrainingError.self) { _ = try run(settings, resuming: true) }
    }
  }

  @Test func timeThatIsOverEndsIt() throws {
    try withTiny { tiny in
      let settings = settings(tiny, "goal") { $0.goal?.hours = 30.0 / 3600 }
      let goal = try #require(try run(settings).goal)
      #expect(goal.reached == nil && goal.reason.contains("the time is over"), "\(goal.reason)")
      #expect(goal.tried.contains { $0.fate == .noTime })
      let chosen = try #require(goal.tried.first { $0.name == goal.chosen })
      #expect(goal.tried.compactMap(\.value).max() == chosen.value)
      // With its last training on all rows, by the same clock, it is within the time.
      #expect(goal.seconds + chosen.candidate.work / 0.8 <= 30)
    }
  }

  @Test func tooLittleTimeIsSaidBeforeTheFirstTry() throws {
    try withTiny { tiny in
      let settings = settings(tiny, "goal") { $0.goal?.hours = 2.0 / 3600 }
      let error = #expect(throws: TrainingError.self) { _ = try run(settings) }
      // One pass of a second, and 1.25 for all rows.
      #expect(
        String(describing: error).contains("take about 3 s on this machine, so give 0.00062"))
      // Nothing is left that another goal would have to remove.
      #expect(!Files.exists(settings.output + "/run.json") && !Files.exists(settings.output + "/search"))
      let more = self.settings(tiny, "more") { $0.goal?.hours = 0.00063 }
      let result = try run(more)
      #expect(result.goal?.chosen != nil)
    }
  }

  /// The smallest shape first; each with its part of the time.
  @Test func theSmallestShapeThatReachesIt() throws {
    try withTiny { tiny in
      let settings = settings(tiny, "goal") { settings in
        settings.student = "auto"
        settings.goal?.keep = 0.01
        settings.goal?.maxMilliseconds = 2
        settings.goal?.methods = ["kd"]
      }
      let result = try run(settings)
      let goal = try #require(result.goal)
      let shapes = try #require(goal.shapes)
      // A 3x24x3 teacher: widths 24, 16 and 8, and at most two layers within two milliseconds.
      #expect(shapes.filter(\.fits).allSatisfy { $0.milliseconds <= 2 } && shapes.contains { !$0.fits })
      #expect(goal.tried[0].candidate.shape == shapes[0].shape && shapes[0].shape == "1x8x1")
      #expect(result.parameters == shapes[0].parameters)
      #expect(goal.tokens == 32)
    }
  }

  @Test func theLargestShapeThatFits() throws {
    try withTiny { tiny in
      let settings = settings(tiny, "goal") { settings in
        settings.student = "auto"
        settings.goal?.maxMilliseconds = 2
        settings.training.epochs = 1
      }
      let result = try run(settings)
      let goal = try #require(result.goal)
      #expect(goal.tried.isEmpty && goal.chosen == nil)
      let largest = try #require(goal.shapes?.last { $0.fits })
      #expect(largest.shape == "2x24x3" && result.parameters == largest.parameters)
      #expect(
        try SettingsFile.read(DistillSettings.self, from: settings.output + "/chosen.yaml").student
          == "2x24x3")
    }
  }

  @Test func noShapeThatFitsIsSaidWithTheSmallest() throws {
    try withTiny { tiny in
      for change: (inout Goal) -> Void in [{ $0.maxMilliseconds = 0.5 }, { $0.maxMegabytes = 1e-4 }] {
        let settings = settings(tiny, "goal") { settings in
          settings.student = "auto"
          var goal = Goal()
          change(&goal)
          settings.goal = goal
        }
        let error = #expect(throws: DistillationError.self) { _ = try run(settings) }
        #expect(
          String(describing: error).contains("no shape is within")
            && String(describing: error).contains("1x8x1"))
      }
    }
  }

  @Test func anotherGoalAndOtherRowsAreRefused() throws {
    try withTiny { tiny in
      let settings = settings(tiny, "goal") { $0.goal?.keep = 0.01 }
      let stop = StopFlag()
      #expect(throws: TrainingError.self) {
        _ = try run(settings, stop: stop) { event in
          if case .preparing = event { stop.raise() }
        }
      }
      let other = self.settings(tiny, "goal") { $0.goal?.keep = 0.5 }
      #expect(throws: TrainingError.self) { _ = try run(other) }
      try Files.write(TinyTask.table(rows: 80, seed: 9), to: tiny.data + "/SST-2/train.tsv")
      let error = #expect(throws: TrainingError.self) { _ = try run(settings, resuming: true) }
      #expect(String(describing: error).contains("train rows are another now"))
    }
  }
}
