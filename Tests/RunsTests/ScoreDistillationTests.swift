import Distillation
import Files
import Tensors
import TestSupport
import Testing
import Training

@testable import Runs

/// Whole distillations of a task that asks for a score.
@Suite(.serialized) struct ScoreDistillationTests {
  @Test func scoresAreDistilledEndToEnd() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      for (name, rows, seed) in [("train", 96, UInt64(1)), ("dev", 30, 2)] {
        let random = CounterRandom(seed: seed, purpose: .init("scores"))
        var text = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
        for row in 0..<rows {
          let isGood = random.below(2, UInt64(row)) == 0
          text += "\(row)\tg\tf\ty\t\(row)\ts\ts\t\(isGood ? "good" : "bad") film\tfine plot\t"
          text += isGood ? "4.5\n" : "0.5\n"
        }
        try Files.write(text, to: "\(folder)/data/STS-B/\(name).tsv")
      }
      var settings = task.finetune(output: "teacher")
      settings.task = "STS-B"
      // One layer, for student and teacher: deeper ones of this size may answer every row alike, which hangs on
      // the last digits that a processor computes.
      settings.shape = "1x32x4"
      (settings.training.epochs, settings.training.learningRate) = (40, 1e-3)
      #expect(try Finetune.run(settings) { _ in }.selected > 0.9)
      for method in ["kd", "annealing", "continuation", "annealing-intermediate", "minilm"] {
        var student = task.distill(output: "student-\(method)", method: method)
        student.task = "STS-B"
        (student.student, student.training.epochs, student.training.learningRate) = ("1x32x4", 40, 1e-3)
        let result = try Distill.run(student) { _ in }
        #expect(result.metrics["pearson"].map { $0 > 0.8 } == true, "\(method): \(result.metrics)")
        #expect(Files.exists(student.output + "/predictions/dev.tsv"))
      }
    }
  }
}
