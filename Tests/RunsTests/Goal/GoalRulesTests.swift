import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Goals that cannot be, refused by name.
@Suite struct GoalRulesTests {
  private func complaint(_ change: (inout DistillSettings) -> Void) throws -> String {
    var settings = DistillSettings(task: "SST-2", output: "x")
    (settings.teacher, settings.student) = ("teacher", "1x8x1")
    settings.goal = Goal()
    settings.goal?.keep = 0.98
    change(&settings)
    do { try GoalSettings(settings).check() } catch { return "\(error)" }
    return ""
  }

  @Test func whatIsRefused() throws {
    #expect(try complaint { _ in } == "")
    for keep in [0, -0.1, 1.5, .nan] {
      #expect(try complaint { $0.goal?.keep = keep }.hasPrefix("keep must be above 0 and at most 1"))
    }
    for hours in [0, -1, Double.infinity, .nan] {
      #expect(try complaint { $0.goal?.hours = hours }.hasPrefix("hours must be a number above 0"))
    }
    #expect(try complaint { $0.goal?.methods = [] }.contains("methods of a goal must name at least one"))
    #expect(try complaint { $0.goal?.methods = ["kdd"] }.contains("there is no method 'kdd'"))
    #expect(try complaint { $0.goal?.methods = ["takd"] }.contains("takd needs more"))
    #expect(try complaint { $0.teacher = nil }.contains("give --teacher DIR"))
    #expect(try complaint { $0.training.epochs = 3 }.contains("leave num_train_epochs (--epochs) out"))
    #expect(try complaint { $0.stageEpochs = [3] }.contains("leave stage_epochs out"))
    #expect(try complaint { $0.training.patience = 3 }.contains("leave patience (--patience) out"))
    #expect(try complaint { $0.assistants = ["2x8x1"] }.contains("a goal tries no assistants"))
    #expect(try complaint { $0.teacherSeeds = 3 }.contains("a goal tries no teacher_seeds"))
    #expect(try complaint { $0.goal?.maxMilliseconds = 3 }.contains("give --student auto"))
    #expect(try complaint { $0.goal?.keep = nil }.contains("a goal needs keep"))
    #expect(
      try complaint { settings in
        settings.student = "auto"
        settings.goal?.keep = nil
      }.contains("the student auto needs a limit or a goal"))
    #expect(
      try complaint { settings in (settings.student, settings.studentLayers) = ("auto", [1]) }
        .contains("leave student_layers out"))
  }

  @Test func aGoalIsNoRunOfDistillAndNoCellOfASweep() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      var settings = tiny.distill(output: "run")
      settings.goal = Goal()
      #expect(throws: DistillationError.self) { _ = try Distill.run(settings) { _ in } }
      (settings.goal, settings.student) = (nil, "auto")
      #expect(throws: DistillationError.self) { _ = try Distill.run(settings) { _ in } }
      for (student, method) in [("{student: auto}", "{}"), ("{student: 1x8x1}", "{goal: {keep: 0.9}}")] {
        try Files.write(
          """
          output: \(folder)/sweep
          data: \(tiny.data)
          teacher: {shape: 1x8x1, vocab: \(tiny.vocabulary)}
          tasks: {SST-2: {}}
          students: {small: \(student)}
          methods: {kd: \(method)}
          """, to: folder + "/sweep.yaml")
        let error = #expect(throws: (any Error).self) { _ = try SweepFile(folder + "/sweep.yaml") }
        #expect(
          String(describing: error).contains("leave goal and the student auto out"))
      }
    }
  }

  /// The method of a file that names a goal is the one that is tried.
  @Test func settingsComeBackFromTheirFile() throws {
    try withTemporaryDirectory { folder in
      try Files.write(
        "task: SST-2\nmethod: kd\ngoal: {keep: 0.9, hours: 2, max_ms: 3}\n", to: folder + "/goal.yaml")
      let read = try SettingsFile.read(DistillSettings.self, from: folder + "/goal.yaml")
      #expect(read.goal?.keep == 0.9 && read.goal?.hours == 2 && read.goal?.maxMilliseconds == 3)
      #expect(read.goal?.methods == ["kd"])
      try Files.write(try GoalSettings(read).text(), to: folder + "/again.yaml")
      #expect(try SettingsFile.read(DistillSettings.self, from: folder + "/again.yaml") == read)
      try Files.write("goal: {keeps: 0.9}\n", to: folder + "/wrong.yaml")
      let error = #expect(throws: (any Error).self) {
        _ = try SettingsFile.read(DistillSettings.self, from: folder + "/wrong.yaml")
      }
      #expect(String(describing: error).contains("keep"))
    }
  }
}
