import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Chains of teacher assistants.
@Suite(.serialized) struct AssistantTests {
  @Test func assistantsLearnFromOneAnotherAndGoOn() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "whole", method: "takd")
      settings.assistants = ["1+3", "2x20x2"]
      _ = try Distill.run(settings) { _ in }
      let model = "/model/model.safetensors"
      let chain = ["/assistants/1", "/assistants/2", ""].map { settings.output + $0 }
      var teacher = task.teacher
      for run in chain {
        let record = try RunRecord<DistillSettings>.read(RunFolder(run))
        let name = run == settings.output ? "assistant" : "teacher"
        #expect(
          try record.inputs["\(name)'s model.safetensors"]
            == SHA256.hexadecimal(ofFile: teacher + "/model.safetensors"))
        teacher = run + "/model"
      }
      let shape = try RunRecord<DistillSettings>.read(RunFolder(chain[0])).description.shape
      #expect(shape.hasPrefix("2x24x3"))
      let whole = try RunRecord<DistillSettings>.read(RunFolder(settings.output))
      #expect(
        try whole.inputs["teacher's model.safetensors"]
          == SHA256.hexadecimal(ofFile: task.teacher + "/model.safetensors"))

      // A link is an ordinary run: the student of the last assistant, without a chain, is the same.
      var link = settings
      (link.assistants, link.method, link.teacher) = (nil, "kd", chain[1] + "/model")
      link.output = folder + "/link"
      _ = try Distill.run(link) { _ in }
      #expect(try Files.read(link.output + model) == Files.read(settings.output + model))

      let stop = StopFlag()
      var again = settings
      again.output = folder + "/again"
      #expect(throws: TrainingError.self) {
        _ = try Distill.run(again, stop: stop) { event in
          if case .note("assistant 2 of 2, 2x20x2: training") = event { stop.raise() }
        }
      }
      #expect(!Files.exists(again.output + "/run.json"))
      #expect(Files.exists(again.output + "/assistants/1/run.json"))
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(again, onEvent: recorder.handle)
      #expect(!recorder.notes.contains { $0 == "assistant 1 of 2, 1+3: training" }, "the first is finished")
      #expect(try Files.read(again.output + model) == Files.read(settings.output + model))

      var same = try SettingsFile.read(DistillSettings.self, from: RunFolder(settings.output).settings)
      #expect(same.assistants == settings.assistants && same.teacher == task.teacher)
      same.output = folder + "/same"
      _ = try Distill.run(same) { _ in }
      #expect(try Files.read(same.output + model) == Files.read(settings.output + model))
    }
  }

  @Test func anInterruptedAssistantGoesOn() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "whole", method: "takd")
      settings.assistants = ["2x20x2"]
      _ = try Distill.run(settings) { _ in }
      let stop = StopFlag()
      var again = settings
      again.output = folder + "/again"
      #expect(throws: TrainingError.self) {
        _ = try Distill.run(again, stop: stop) { event in
          if case .preparing(let record) = event, record.what.contains("2x20x2"), record.unit == "steps",
            record.done == 4
          {
            stop.raise()
          }
        }
      }
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(again, onEvent: recorder.handle)
      #expect(recorder.notes.contains("assistant 1 of 1, 2x20x2: going on"), "\(recorder.notes)")
      let model = "/model/model.safetensors"
      #expect(try Files.read(again.output + model) == Files.read(settings.output + model))
    }
  }

  @Test func theSettingsOfAChainAreTheSameChainAgain() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "run", method: "takd")
      // A link from layers and a student from random numbers have epochs and rates of their own.
      (settings.assistants, settings.training.epochs, settings.training.learningRate) = (["1+3"], nil, nil)
      settings.vocabulary = task.vocabulary
      _ = try Distill.run(settings) { _ in }
      var same = try SettingsFile.read(DistillSettings.self, from: RunFolder(settings.output).settings)
      same.output = folder + "/same"
      _ = try Distill.run(same) { _ in }
      let model = "/model/model.safetensors"
      #expect(try Files.read(same.output + model) == Files.read(settings.output + model))
    }
  }

  @Test func aChainGoesOnUnderAnotherPath() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "run", method: "takd")
      settings.assistants = ["1+3", "2x20x2"]
      let stop = StopFlag()
      #expect(throws: TrainingError.self) {
        _ = try Distill.run(settings, stop: stop) { if case .step = $0 { stop.raise() } }
      }
      try Files.rename(settings.output, to: folder + "/moved")
      _ = try Resume.run(folder: folder + "/moved/") { _ in }
      settings.output = folder + "/whole"
      _ = try Distill.run(settings) { _ in }
      let model = "/model/model.safetensors"
      #expect(try Files.read(folder + "/moved" + model) == Files.read(settings.output + model))
    }
  }

  @Test func anInterruptedAssistantSaysWhatGoesOn() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let settings = task.distill(output: "run", method: "takd")
      let stop = StopFlag()
      #expect(throws: TrainingError.partInterrupted("assistant 1 of 1, 2x20x2")) {
        _ = try Distill.run(settings, stop: stop) { event in
          if case .preparing(let record) = event, record.unit == "steps" { stop.raise() }
        }
      }
    }
  }

  @Test func aStudentThatTheLastAssistantCannotGiveIsRefusedFirst() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      for (student, layers, message) in [
        ("2x16x3", nil as [Int]?, "16"), (nil as String?, [3], "the last assistant has no layer 3"),
      ] {
        var settings = task.distill(output: "run", method: "takd")
        (settings.student, settings.studentLayers) = (student, layers)
        #expect {
          _ = try Distill.run(settings) { _ in }
        } throws: {
          "\($0)".contains(message)
        }
        #expect(!Files.exists(settings.output))
      }
    }
  }

  @Test func aChainNeedsItsLinks() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      for (assistants, message) in [
        (nil, "give --assistants"), (["1+x"], "cannot read the assistant '1+x'"), (["2by4"], "found '2by4'"),
      ] {
        var settings = task.distill(output: "refused", method: "takd")
        settings.assistants = assistants
        for attempt in [
          { _ = try Distill.run(settings) { _ in } }, { _ = try Distill.check(settings, seconds: 0.01) },
        ] {
          #expect {
            try attempt()
          } throws: {
            "\($0)".contains(message)
          }
        }
      }
      #expect(!Files.exists(folder + "/refused"))
      var settings = task.distill(output: "tried", method: "takd")
      settings.assistants = ["2x20x2"]
      let preview = try Distill.check(settings, seconds: 0.01)
      #expect(preview.notes.contains { $0.contains("without its assistants") })
    }
  }
}
