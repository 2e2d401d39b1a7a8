import Augmentation
import Files
import GLUE
import TestSupport
import Testing
import Training

@testable import Distillation
@testable import Runs

/// Runs that make text of their rows: from settings, files and sweeps, the same bytes however they get there.
@Suite(.serialized) struct AugmentTests {
  private func taught(_ folder: String) throws -> TinyTask {
    let task = try TinyTask(in: folder)
    _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
    return task
  }

  private func model(_ settings: DistillSettings) throws -> String {
    try SHA256.hexadecimal(ofFile: settings.output + "/model/model.safetensors")
  }

  @Test func whatIsMadeIsWhatAFileOfItWouldGive() throws {
    try withTemporaryDirectory { folder in
      let task = try taught(folder)
      var made = task.distill(output: "made", method: "kd")
      made.augment = .auto
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(made, onEvent: recorder.handle)
      #expect(recorder.notes.contains { $0.hasPrefix("made text, corrupted: ") }, "\(recorder.notes)")
      let data = try TaskData(made)
      let recipe = AugmentationRecipe.auto(for: data.task, rows: data.train.examples.count)
      let corpus = try AugmentationCorpus(data, folder: made.data, recipe: recipe)
      let rows = try Augmenter(recipe, of: corpus).rows().rows
      #expect(rows.count > 40)
      try Files.write(rows.map { $0.line + "\n" }.joined(), to: folder + "/texts.txt")
      var read = task.distill(output: "read", method: "kd")
      read.unlabelled = [folder + "/texts.txt"]
      _ = try Distill.run(read) { _ in }
      #expect(try model(made) == model(read))
      var without = task.distill(output: "without", method: "kd")
      without.training.threads = 1
      _ = try Distill.run(without) { _ in }
      #expect(try model(made) != model(without))
    }
  }

  @Test func stoppedAndResumed() throws {
    try withTemporaryDirectory { folder in
      let task = try taught(folder)
      var whole = task.distill(output: "whole")
      whole.augment = .recipe(AugmentationRecipe(seed: 3, steps: [AugmentationStep(.corrupted, rows: 1.5)]))
      _ = try Distill.run(whole) { _ in }
      var stopped = whole
      stopped.output = folder + "/stopped"
      stopped.training.threads = 1
      let stop = StopFlag()
      #expect(throws: TrainingError.self) {
        _ = try Distill.run(stopped, stop: stop) {
          if case .step(let step) = $0, step.step == 20 { stop.raise() }
        }
      }
      _ = try Resume.run(folder: stopped.output) { _ in }
      #expect(try model(stopped) == model(whole))
    }
  }

  /// Rows that are made otherwise than when the run began would make another student of it.
  @Test func aRunWhoseMadeRowsAreOthersDoesNotGoOn() throws {
    try withTemporaryDirectory { folder in
      let task = try taught(folder)
      var settings = task.distill(output: "student", method: "kd")
      settings.augment = .auto
      let stop = StopFlag()
      #expect(throws: TrainingError.self) {
        _ = try Distill.run(settings, stop: stop) { if case .step = $0 { stop.raise() } }
      }
      try Files.write("sentence\nthe very very good plot\nbad bad\n", to: task.data + "/SST-2/test.tsv")
      var record = try RunRecord<DistillSettings>.read(RunFolder(settings.output))
      #expect(record.inputs["made rows"] != nil)
      record.settings.augment = .recipe(AugmentationRecipe(seed: 9, steps: [AugmentationStep(.corrupted)]))
      try Files.write(try JSON.encode(record), to: RunFolder(settings.output).description)
      do {
        _ = try Resume.run(folder: settings.output) { _ in }
        Issue.record("it went on")
      } catch { #expect("\(error)".contains("made rows"), "\(error)") }
    }
  }

  @Test func textOfTestRowsIsKeptOutOfARun() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let settings = task.distill(output: "student", method: "kd")
      let recipe = AugmentationRecipe(steps: [AugmentationStep(.corrupted, rows: 4)])
      func rows() throws -> Set<String> {
        let corpus = try AugmentationCorpus(TaskData(settings), folder: task.data, recipe: recipe)
        return try Set(Augmenter(recipe, of: corpus).rows().rows.map(\.first))
      }
      let before = try rows()
      let text = try #require(before.sorted().first)
      try Files.write("index\tsentence\n0\t\(text.uppercased())!\n", to: task.data + "/SST-2/test.tsv")
      #expect(try !rows().contains(text) && before.contains(text))
    }
  }

  @Test func methodsOfLabelsAloneRefuseIt() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.distill(output: "student", method: "labels")
      settings.teacher = nil
      (settings.augment, settings.vocabulary) = (.auto, task.vocabulary)
      do {
        _ = try Distill.run(settings) { _ in }
        Issue.record("it ran")
      } catch {
        #expect("\(error)".hasPrefix("the method labels learns from labels alone, and made text has none"))
      }
      #expect(!Files.exists(settings.output))
    }
  }

  @Test func checkSaysWhatWouldBeMade() throws {
    try withTemporaryDirectory { folder in
      let task = try taught(folder)
      var settings = task.distill(output: "student", method: "kd")
      settings.augment = .auto
      let preview = try Distill.check(settings, seconds: 0.1)
      #expect(preview.notes.contains { $0.hasPrefix("made text, corrupted: ") && $0.contains(" made") })
    }
  }

  @Test func recipesStandInSettingsByNameByFileAndInFull() throws {
    try withTemporaryDirectory { folder in
      try Files.write("make: [{kind: corrupted, rows: 2}]\n", to: folder + "/recipe.yaml")
      let written = AugmentSetting.recipe(AugmentationRecipe(steps: [AugmentationStep(.corrupted, rows: 2)]))
      for (text, expected) in [
        ("auto", AugmentSetting.auto), (folder + "/recipe.yaml", written),
        ("{make: [{kind: corrupted, rows: 2}]}", written),
      ] {
        try Files.write("task: SST-2\naugment: \(text)\n", to: folder + "/settings.yaml")
        let settings = try SettingsFile.read(DistillSettings.self, from: folder + "/settings.yaml")
        #expect(settings.augment == expected)
        try Files.write(SettingsFile.text(settings), to: folder + "/again.yaml")
        #expect(try SettingsFile.read(DistillSettings.self, from: folder + "/again.yaml") == settings)
      }
      try Files.write("seed: 1\nmake:\n- kind: corrupted\n- {kind: droped}\n", to: folder + "/recipe.yaml")
      do {
        _ = try AugmentSetting(named: folder + "/recipe.yaml")
        Issue.record("it was read")
      } catch {
        #expect("\(error)".contains("recipe.yaml:4: make.2.kind: there is no kind 'droped'"), "\(error)")
      }
    }
  }

  @Test func sweepsCompareWithAndWithout() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      try Files.write(
        """
        output: \(folder)/sweep
        data: \(task.data)
        teacher: {shape: 2x16x2, vocab: \(task.vocabulary), training: {num_train_epochs: 1, batch_size: 8}}
        settings: {training: {num_train_epochs: 1, batch_size: 8}}
        tasks: {SST-2: {}}
        students: {small: {student: 1x8x2}}
        methods:
          kd: {}
          kd-made: {method: kd, augment: auto}
        """, to: folder + "/sweep.yaml")
      let jobs = try SweepFile(folder + "/sweep.yaml").jobs
      for job in jobs { _ = try job.run(resuming: false, stop: StopFlag()) { _ in } }
      let notes = try jobs.dropFirst().map { try RunRecord<DistillSettings>.read(RunFolder($0.folder)) }
      #expect(notes.map { $0.inputs["made rows"] != nil } == [false, true])
      for job in try SweepFile(folder + "/sweep.yaml").jobs {
        guard case .finished = try job.state() else {
          Issue.record("not finished")
          continue
        }
      }
    }
  }
}
