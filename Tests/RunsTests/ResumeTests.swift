import Distillation
import Files
import Tensors
import TestSupport
import Testing
import Training

@testable import Runs

/// A run that is interrupted anywhere and resumed ends with the same bytes and the same log as one that is not.
@Suite(.serialized) struct ResumeTests {
  private struct Killed: Error {}

  private func model(_ folder: String) throws -> String {
    try SHA256.hexadecimal(ofFile: folder + "/model/model.safetensors")
  }

  private func uninterrupted(_ task: TinyTask, _ settings: DistillSettings) throws -> [RunEvent] {
    let recorder = TinyTask.Recorder()
    _ = try Distill.run(settings, onEvent: recorder.handle)
    return TinyTask.comparable(recorder.log)
  }

  @Test func stoppedAtAnyStepAndResumed() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let expected = try uninterrupted(task, task.distill(output: "whole"))
      let whole = try model(folder + "/whole")
      let steps = expected.count { if case .step = $0 { true } else { false } }
      #expect(steps == 36)
      // First step, mid-epoch, end of an epoch, border of the stages, mid-epoch of stage two, last but one.
      for place in [1, 9, 18, 30, 31, 33, steps - 1] {
        var settings = task.distill(output: "stopped-\(place)")
        settings.training.threads = place % 2 + 1
        let stop = StopFlag()
        let recorder = TinyTask.Recorder()
        var taken = 0
        recorder.onEvent = {
          if case .step = $0 { taken += 1 }
          if taken == place { stop.raise() }
        }
        #expect(throws: TrainingError.interrupted(folder: settings.output, step: place)) {
          _ = try Distill.run(settings, stop: stop, onEvent: recorder.handle)
        }
        recorder.onEvent = { _ in }
        _ = try Resume.run(folder: settings.output, onEvent: recorder.handle)
        #expect(try model(settings.output) == whole, "stopped after step \(place)")
        #expect(TinyTask.comparable(recorder.log) == expected, "stopped after step \(place)")
      }
    }
  }

  /// A run keeps the training that it began with, whatever a later version would fill in.
  @Test func resumedUnderOtherDefaults() throws {
    func begin<Settings: RunSettings>(
      _ settings: Settings, _ run: (Settings, @escaping (RunEvent) throws -> Void) throws -> RunResult
    ) throws {
      var settings = settings
      settings.training.learningRate = 3e-4
      #expect(throws: Killed.self) {
        _ = try run(settings) { if case .step = $0 { throw Killed() } }
      }
      var record = try RunRecord<Settings>.read(RunFolder(settings.output))
      record.settings.training.learningRate = nil
      try Files.write(try JSON.encode(record), to: RunFolder(settings.output).description)
      var peak = 0.0
      _ = try Resume.run(folder: settings.output) {
        if case .step(let step) = $0 { peak = max(peak, step.learningRate) }
      }
      #expect(peak > 2e-4 && peak <= 3e-4)
    }
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      try begin(task.finetune(output: "teacher")) { try Finetune.run($0, onEvent: $1) }
      try begin(task.distill(output: "student")) { try Distill.run($0, onEvent: $1) }
    }
  }

  @Test func killedBetweenCheckpointsAgainAndAgain() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      // RAIL has projections of its own and draws layers anew every epoch.
      var plain = task.distill(output: "whole", method: "rail")
      plain.training.epochs = 5
      plain.training.saveSteps = 4
      let expected = try uninterrupted(task, plain)
      var settings = plain
      settings.output = folder + "/killed"
      let recorder = TinyTask.Recorder()
      var events = 0
      var kills = 0
      recorder.onEvent = { _ in
        events += 1
        if events % 13 == 0 {
          kills += 1
          throw Killed()
        }
      }
      var isOver = false
      while !isOver && kills < 30 {
        do {
          let isFirst = kills == 0
          _ =
            try isFirst
            ? Distill.run(settings, onEvent: recorder.handle)
            : Resume.run(folder: settings.output, onEvent: recorder.handle)
          isOver = true
        } catch is Killed {}
      }
      #expect(isOver && kills >= 2)
      #expect(try model(settings.output) == model(plain.output))
      #expect(TinyTask.comparable(recorder.log) == expected)
    }
  }

  @Test func damagedNewestCheckpointIsNamedAndTheOneBeforeIsUsed() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "whole")
      settings.training.saveSteps = 3
      _ = try Finetune.run(settings) { _ in }
      let whole = try model(folder + "/whole")
      settings.output = folder + "/damaged"
      #expect(throws: Killed.self) {
        _ = try Finetune.run(settings) { event in
          if case .step(let record) = event, record.step == 11 { throw Killed() }
        }
      }
      let checkpoints = try Files.list(settings.output + "/checkpoints")
      #expect(checkpoints == ["step-000000006", "step-000000009"])
      let path = settings.output + "/checkpoints/step-000000009/moments.safetensors"
      var damaged = try Files.read(path)
      damaged[damaged.count / 2] ^= 1
      try Files.write(damaged, to: path)
      let recorder = TinyTask.Recorder()
      recorder.log = [
        .note(""), .note(""), .note(""), .note(""), .note(""), .note(""), .note(""), .note(""), .note(""),
      ]
      _ = try Resume.run(folder: settings.output, onEvent: recorder.handle)
      #expect(recorder.notes.contains { $0.contains("step-000000009") && $0.contains("checksum") })
      #expect(try model(settings.output) == whole)
    }
  }

  @Test func changedDataTeacherOrSettingsAreRefusedByName() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let settings = task.distill(output: "run")
      let stop = StopFlag()
      #expect(throws: TrainingError.self) {
        _ = try Distill.run(settings, stop: stop) { if case .step = $0 { stop.raise() } }
      }
      func refusal(_ change: () throws -> Void, _ restore: () throws -> Void) throws -> String {
        try change()
        defer { try? restore() }
        do {
          _ = try Resume.run(folder: settings.output) { _ in }
          return "nothing was refused"
        } catch { return "\(error)" }
      }
      let train = task.data + "/SST-2/train.tsv"
      let rows = try Files.read(train)
      let data = try refusal({ try Files.write(rows + Array("good\t1\n".utf8), to: train) }) {
        try Files.write(rows, to: train)
      }
      #expect(data.contains("the train rows changed"), "\(data)")
      let flipped = String(decoding: rows, as: UTF8.self).replacing(
        "\t1\n", with: "\t0\n", maxReplacements: 1)
      let label = try refusal({ try Files.write(flipped, to: train) }) { try Files.write(rows, to: train) }
      #expect(label.contains("the train rows changed"), "\(label)")
      let weights = try Files.read(task.teacher + "/model.safetensors")
      var other = weights
      other[other.count - 2] ^= 1
      let teacher = try refusal({ try Files.write(other, to: task.teacher + "/model.safetensors") }) {
        try Files.write(weights, to: task.teacher + "/model.safetensors")
      }
      #expect(teacher.contains("teacher's model.safetensors changed"), "\(teacher)")
      let record = settings.output + "/run.json"
      let json = String(decoding: try Files.read(record), as: UTF8.self)
      let edited = json.replacing("\"weight_decay\" : 0.01", with: "\"weight_decay\" : 0.02")
      #expect(edited != json)
      let changed = try refusal({ try Files.write(edited, to: record) }) { try Files.write(json, to: record) }
      #expect(changed.contains("the setting weight_decay was 0.01 and is 0.02"), "\(changed)")
      _ = try Resume.run(folder: settings.output) { _ in }
    }
  }

  @Test func oneFolderHoldsOneRun() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let settings = task.finetune(output: "run")
      _ = try Finetune.run(settings) { event in
        // While it runs, and in the same folder: refused.
        if case .stageStarted = event {
          var second = settings
          second.overwrite = true
          #expect(
            throws: TrainingError.folder(path: settings.output, reason: "another run is using this folder")
          ) {
            _ = try Finetune.run(second) { _ in }
          }
        }
      }
      #expect(throws: TrainingError.self) { _ = try Finetune.run(settings) { _ in } }
      #expect(throws: TrainingError.self) { _ = try Resume.run(folder: settings.output) { _ in } }
    }
  }
}
