import BERT
import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Lessons and rows of one's own, named in a recipe: everything that a run does, it does with them.
@Suite(.serialized) struct OwnMethodTests {
  private struct Killed: Error {}

  private static let tables = MethodTables(
    lessons: .standard + [
      PeerLesson.entry,
      .objective("supervised", summary: "labels that tell each row's loss") { _, _ in SupervisedObjective() },
    ], rows: .standard + [LossRows.entry])

  private static func settings(_ task: TinyTask, _ output: String, _ stages: [StageRecipe]) -> DistillSettings
  {
    var settings = task.distill(output: output)
    (settings.teacher, settings.vocabulary) = (nil, task.vocabulary)
    settings.recipe = Recipe(name: "own", summary: "", paper: "", stages: stages)
    (settings.training.epochs, settings.training.saveSteps) = (4, 3)
    return settings
  }

  private static func stages(_ name: String) throws -> [StageRecipe] {
    switch name {
    case "peers": [StageRecipe("together", lesson: try NamedSettings("peers", ["weight": 0.5]))]
    case "rows": [StageRecipe("drawn", lesson: NamedSettings("supervised"), rows: NamedSettings("by-loss"))]
    default:
      [
        StageRecipe("drawn", lesson: NamedSettings("peers"), rows: NamedSettings("by-loss")),
        StageRecipe("labels", terms: [TermSettings("labels")]),
      ]
    }
  }

  @Test(arguments: ["peers", "rows", "both"]) func killedAnywhereAndResumedBytewise(name: String) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let whole = Self.settings(task, "whole", try Self.stages(name))
      let expected = TinyTask.Recorder()
      _ = try Distill.run(whole, with: Self.tables, onEvent: expected.handle)
      var settings = whole
      settings.output = folder + "/killed"
      let recorder = TinyTask.Recorder()
      var (events, kills, isOver) = (0, 0, false)
      recorder.onEvent = { _ in
        events += 1
        if events % 11 == 0 {
          kills += 1
          throw Killed()
        }
      }
      while !isOver && kills < 30 {
        do {
          _ =
            try kills == 0
            ? Distill.run(settings, with: Self.tables, onEvent: recorder.handle)
            : Resume.run(folder: settings.output, with: Self.tables, onEvent: recorder.handle)
          isOver = true
        } catch is Killed {}
      }
      #expect(isOver && kills > 2)
      let model = "/model/model.safetensors"
      #expect(
        try SHA256.hexadecimal(ofFile: whole.output + model)
          == SHA256.hexadecimal(ofFile: settings.output + model))
      #expect(TinyTask.comparable(recorder.log) == TinyTask.comparable(expected.log))
    }
  }

  /// What is said of a lesson stands in the run's settings, and what cannot be is refused before the first step.
  @Test func settingsOfLessonsAndRows() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = Self.settings(task, "run", try Self.stages("peers"))
      _ = try Distill.run(settings, with: Self.tables) { _ in }
      let again = try SettingsFile.read(DistillSettings.self, from: folder + "/run/settings.yaml")
      #expect(again.recipe?.stages.first?.lesson == (try NamedSettings("peers", ["weight": 0.5])))
      settings.output = folder + "/refused"
      for (tables, said) in [
        (MethodTables.standard, "there is no lesson 'peers'"),
        (MethodTables(lessons: LessonTable([])), "there is no lesson 'peers'"),
      ] {
        let error = #expect(throws: DistillationError.self) {
          try Distill.run(settings, with: tables) { _ in }
        }
        #expect(error?.description.contains(said) == true)
      }
      settings.recipe?.stages[0].lesson = try NamedSettings("peers", ["weight": "much"])
      #expect(throws: (any Error).self) { try Distill.run(settings, with: Self.tables) { _ in } }
      #expect(!Files.exists(folder + "/refused/run.json"))
    }
  }

  /// The forecast knows lessons and rows alone.
  @Test func checkTriesThem() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let settings = Self.settings(task, "run", try Self.stages("both"))
      let preview = try Distill.check(settings, with: Self.tables, seconds: 0.2)
      #expect(preview.forecast.measuredSteps > 1 && preview.forecast.trainingSeconds > 0)
      #expect(preview.run.stages == ["drawn", "labels"])
    }
  }
}
