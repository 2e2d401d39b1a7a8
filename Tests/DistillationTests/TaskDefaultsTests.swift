import Distillation
import Files
import GLUE
import TestSupport
import Testing
import Training

/// What a run does that is told nothing: the numbers that stand in its record are those that it ran with.
@Suite(.serialized) struct TaskDefaultsTests {
  private static let tasks = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/tasks"
  private static let metrics = [
    "CoLA": "matthews_correlation", "SST-2": "accuracy", "MRPC": "accuracy", "STS-B": "pearson",
    "QQP": "accuracy", "MNLI": "accuracy", "QNLI": "accuracy", "RTE": "accuracy", "WNLI": "accuracy",
  ]

  @Test(arguments: metrics.keys.sorted()) func defaultsReallyApply(task: String) throws {
    try withTemporaryDirectory { folder in
      func run(_ name: String, _ change: (inout DistillSettings) -> Void) throws -> RunRecord<DistillSettings>
      {
        var settings = DistillSettings(task: task, output: folder + "/" + name)
        (settings.data, settings.limit, settings.method) = (Self.tasks, 8, "labels")
        change(&settings)
        var (steps, peak) = (0, 0.0)
        _ = try Distill.run(settings) { event in
          if case .step(let step) = event {
            steps += 1
            peak = max(peak, step.learningRate)
          }
        }
        let record = try RunRecord<DistillSettings>.read(RunFolder(settings.output))
        #expect(steps == record.training.epochs, "one step of 8 rows an epoch")
        #expect(record.training.learningRate.map { peak > 0.8 * $0 && peak <= $0 } == true)
        #expect(record.training.maxLength == 128)
        #expect(record.description.selectionMetric == Self.metrics[task])
        #expect(record.result?.metrics[Self.metrics[task] ?? ""] != nil)
        return record
      }
      let scratch = try run("scratch") {
        ($0.student, $0.vocabulary) = ("1x16x2", Self.tasks + "/../vocab/vocab.txt")
      }
      #expect(scratch.training.learningRate == 5e-4 && scratch.training.epochs == 20)
      // A checkpoint has learnt the language already.
      let tuned = try run("tuned") { $0.student = folder + "/scratch/model" }
      #expect(tuned.training.learningRate == 5e-5 && tuned.training.epochs == 5)
    }
  }
}
