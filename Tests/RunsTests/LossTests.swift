import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Runs take nothing away: no file that no run left, no model that they read, no weights to go on from.
@Suite(.serialized) struct LossTests {
  private struct Killed: Error {}

  private static let weights = "/model/model.safetensors"

  @Test(arguments: ["settings.yaml", "predictions/mine.tsv", "model/config.json", "checkpoints/notes.txt"])
  func whatNoRunLeftStays(_ name: String) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "work")
      try Files.write("mine", to: settings.output + "/" + name)
      #expect {
        _ = try Finetune.run(settings) { _ in }
      } throws: {
        "\($0)".contains("which a run writes and no run left")
      }
      #expect(try Files.read(settings.output + "/" + name) == Array("mine".utf8))
      try Files.write("mine too", to: settings.output + "/corpus.part-01.txt")
      settings.overwrite = true
      _ = try Finetune.run(settings) { _ in }
      #expect(Files.exists(settings.output + "/corpus.part-01.txt"))
    }
  }

  @Test func aModelThatARunReadsIsNotReplacedByIt() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "run")
      _ = try Finetune.run(settings) { _ in }
      let before = try Files.read(settings.output + Self.weights)
      (settings.shape, settings.vocabulary, settings.overwrite) = (nil, nil, true)
      settings.model = settings.output + "/../run/model"
      #expect {
        _ = try Finetune.run(settings) { _ in }
      } throws: {
        "\($0)".contains("which it would replace")
      }
      #expect(try Files.read(settings.output + Self.weights) == before)
    }
  }

  @Test func damagedBestWeightsAreNotHandedOn() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "whole")
      settings.training.saveSteps = 3
      _ = try Finetune.run(settings) { _ in }
      settings.output = folder + "/damaged"
      func die(at step: Int, _ run: (@escaping (RunEvent) throws -> Void) throws -> RunResult) {
        #expect(throws: Killed.self) {
          _ = try run { if case .step(let record) = $0, record.step == step { throw Killed() } }
        }
      }
      die(at: 11) { try Finetune.run(settings, onEvent: $0) }
      let path = settings.output + "/checkpoints/step-000000009/best.safetensors"
      // The checkpoint before it may be the same file.
      var damaged = try Files.read(path)
      damaged[damaged.count / 2] ^= 1
      try Files.write(damaged, to: path)
      die(at: 14) { try Resume.run(folder: settings.output, onEvent: $0) }
      let recorder = TinyTask.Recorder()
      recorder.log = [RunEvent](repeating: .note(""), count: 40)
      _ = try Resume.run(folder: settings.output, onEvent: recorder.handle)
      #expect(!recorder.notes.contains { $0.contains("cannot be used") }, "\(recorder.notes)")
      #expect(try Files.read(settings.output + Self.weights) == Files.read(folder + "/whole" + Self.weights))
    }
  }

  @Test func aStageThatHandsOnItsLastWeightsIsNotEndedByPatience() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "run", method: "tinybert")
      (settings.stageEpochs, settings.training.patience) = ([6, 6], 1)
      settings.training.learningRate = 1e-9
      #expect(try Distill.run(settings) { _ in }.stages.map(\.epochs) == [6, 2])
    }
  }

  @Test func aFinishedRunIsRefusedBeforeItsTeacherIsAsked() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let settings = task.distill(output: "run", method: "kd")
      _ = try Distill.run(settings) { _ in }
      #expect {
        _ = try Resume.run(folder: settings.output) { Issue.record("\($0)") }
      } throws: {
        "\($0)".contains("the run is finished")
      }
    }
  }
}
