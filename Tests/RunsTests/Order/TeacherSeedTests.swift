import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Several seeds of one teacher as part of a student's run.
@Suite(.serialized) struct TeacherSeedTests {
  private static let model = "/model/model.safetensors"

  /// The other teachers are runs of their own, and the student is that of an ensemble of them; interrupted, it goes on.
  @Test func seedsAreFinetunedAveragedAndDistilled() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "whole", method: "kd")
      settings.teacherSeeds = 3
      _ = try Distill.run(settings) { _ in }
      let whole = try Files.read(settings.output + Self.model)
      for number in [2, 3] {
        let record = try RunRecord<FinetuneSettings>.read(RunFolder("\(settings.output)/teachers/\(number)"))
        #expect(record.isFinished && record.training.seed == UInt64(number))
      }
      // By hand.
      var other = task.finetune(output: "seed-2")
      other.training.seed = 2
      _ = try Finetune.run(other) { _ in }
      #expect(
        try Files.read(other.output + Self.model) == Files.read(settings.output + "/teachers/2" + Self.model))
      var ensemble = task.distill(output: "ensemble", method: "kd")
      ensemble.otherTeachers = [2, 3].map { "\(settings.output)/teachers/\($0)" }
      _ = try Distill.run(ensemble) { _ in }
      #expect(try Files.read(ensemble.output + Self.model) == whole)

      let stop = StopFlag()
      settings.output = folder + "/again"
      #expect(throws: TrainingError.self) {
        _ = try Distill.run(settings, stop: stop) { event in
          if case .preparing(let record) = event, record.what.hasPrefix("teacher 3"), record.done == 5 {
            stop.raise()
          }
        }
      }
      #expect(!Files.exists(settings.output + "/run.json"))
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(settings, onEvent: recorder.handle)
      #expect(recorder.notes.contains { $0 == "teacher 3 of 3, seed 3: going on" })
      #expect(!recorder.notes.contains { $0.hasPrefix("teacher 2 of 3") && $0.hasSuffix("training") })
      #expect(try Files.read(settings.output + Self.model) == whole)
    }
  }

  @Test func whatCannotBeIsRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      func refusal(_ change: (inout DistillSettings) -> Void) -> String {
        var settings = task.distill(output: "refused", method: "kd")
        settings.teacherSeeds = 2
        change(&settings)
        do {
          _ = try Distill.run(settings) { _ in }
          return "nothing was refused"
        } catch { return "\(error)" }
      }
      #expect(refusal { $0.teacherSeeds = 1 }.contains("at least 2"))
      #expect(refusal { $0.otherTeachers = [task.teacher] }.contains("leave other_teachers"))
      #expect(refusal { $0.anchors = .average }.contains("leave other_teachers and anchors out"))
      #expect(refusal { $0.teacher = nil }.contains("give the run of anneal finetune"))
      #expect(refusal { $0.method = "labels" }.contains("asks no teacher"))
      var check = task.distill(output: "x", method: "kd")
      check.teacherSeeds = 3
      let notes = try Distill.check(check, seconds: 0.01).notes
      #expect(notes.contains { $0.contains("2 more teachers are fine-tuned first") })
    }
  }
}
