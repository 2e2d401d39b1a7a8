import Augmentation
import Distillation
import Files
import GLUE
import Tensors
import TestSupport
import Testing
import Training

@testable import Runs

/// Students of a teacher's scores, of gold and of made pairs, rows counting by how sure the teacher is.
@Suite(.serialized) struct QualityEstimationTests {
  private func taught(_ folder: String) throws -> TinyTask {
    let task = try TinyTask(in: folder)
    let words = ["good", "bad", "fine", "poor", "film", "plot"]
    for (split, rows, seed) in [("train", 60, UInt64(1)), ("dev", 24, 2)] {
      let random = CounterRandom(seed: seed, purpose: .init("scores"))
      var text = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
      for row in 0..<rows {
        let draws = (0..<3).map { Int(random.below(UInt64(words.count), UInt64(row * 3 + $0))) }
        text +=
          "\(row)\tg\tf\ty\t\(row)\ts\ts\t\(words[draws[0]]) film\t\(words[draws[1]]) \(words[draws[2]])\t"
        text += draws[0] % 2 == 0 ? "4.5\n" : "0.5\n"
      }
      try Files.write(text, to: "\(folder)/data/STS-B/\(split).tsv")
    }
    var settings = task.finetune(output: "teacher")
    (settings.task, settings.shape) = ("STS-B", "1x32x4")
    (settings.training.epochs, settings.training.learningRate) = (30, 1e-3)
    _ = try Finetune.run(settings) { _ in }
    return task
  }

  private func settings(_ task: TinyTask, _ output: String, passes: Int? = nil) -> DistillSettings {
    var settings = task.distill(output: output, method: "quality-estimation")
    (settings.task, settings.student, settings.uncertaintyPasses) = ("STS-B", "1x16x4", passes)
    (settings.training.epochs, settings.augment) = (3, .auto)
    return settings
  }

  private func model(_ settings: DistillSettings) throws -> String {
    try SHA256.hexadecimal(ofFile: settings.output + "/model/model.safetensors")
  }

  @Test func studentsOfScoresHaveThreeMeasuresAndGoOn() throws {
    try withTemporaryDirectory { folder in
      let task = try taught(folder)
      let result = try Distill.run(settings(task, "plain")) { _ in }
      #expect(Set(result.metrics.keys) == ["pearson", "spearman", "mae"])
      var whole = settings(task, "whole", passes: 4)
      whole.teacherCache = folder + "/cache"
      _ = try Distill.run(whole) { _ in }
      #expect(try model(whole) != model(settings(task, "plain")))
      // Stopped, and without the cache: the same bytes.
      var stopped = settings(task, "stopped", passes: 4)
      stopped.training.threads = 1
      let stop = StopFlag()
      #expect(throws: TrainingError.self) {
        _ = try Distill.run(stopped, stop: stop) {
          if case .step(let step) = $0, step.step == 7 { stop.raise() }
        }
      }
      _ = try Resume.run(folder: stopped.output) { _ in }
      #expect(try model(stopped) == model(whole))
      // Logits and variances.
      #expect(try Files.list(folder + "/cache").count { $0.hasPrefix("logits-") } == 2)
    }
  }

  @Test func otherMethodsDoNotAskHowSureTheTeacherIs() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.distill(output: "student", method: "kd")
      settings.uncertaintyPasses = 4
      #expect(
        throws: DistillationError.settings("the method kd has no term that uncertainty_passes would change")
      ) {
        _ = try Distill.run(settings) { _ in }
      }
    }
  }

  /// Less is better of errors, and the best weights are those with the largest metric.
  @Test func theErrorSelectsNoWeights() throws {
    try withTemporaryDirectory { folder in
      let task = try taught(folder)
      var settings = settings(task, "student")
      settings.training.selectionMetric = "mae"
      do {
        _ = try Distill.run(settings) { _ in }
        Issue.record("it ran")
      } catch { #expect("\(error)".contains("has pearson, spearman, and no 'mae'"), "\(error)") }
    }
  }
}
