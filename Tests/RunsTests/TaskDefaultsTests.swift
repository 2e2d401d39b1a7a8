import Distillation
import Files
import GLUE
import TestSupport
import Testing
import Training

@testable import Runs

/// What a run does that is told nothing: the numbers that stand in its record are those that it ran with.
@Suite(.serialized) struct TaskDefaultsTests {
  private static let tasks = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/tasks"
  /// The metric that selects, epochs of a checkpoint with so few rows, tokens of a text or pair.
  private static let defaults = [
    "CoLA": ("matthews_correlation", 5, 128), "SST-2": ("accuracy", 5, 128), "MRPC": ("accuracy", 5, 128),
    "STS-B": ("pearson", 5, 128), "QQP": ("accuracy", 5, 128), "MNLI": ("accuracy", 5, 128),
    "QNLI": ("accuracy", 5, 128), "RTE": ("accuracy", 10, 256), "WNLI": ("accuracy", 5, 128),
  ]

  @Test(arguments: defaults.keys.sorted()) func defaultsReallyApply(task: String) throws {
    let (metric, epochs, maxLength) = try #require(Self.defaults[task])
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
        #expect(record.training.maxLength == maxLength)
        #expect(record.description.selectionMetric == metric)
        #expect(record.result?.metrics[metric] != nil)
        return record
      }
      let scratch = try run("scratch") {
        ($0.student, $0.vocabulary) = ("1x16x2", Self.tasks + "/../vocab/vocab.txt")
      }
      #expect(scratch.training.learningRate == 5e-4 && scratch.training.epochs == 20)
      // A checkpoint has learnt the language already.
      let tuned = try run("tuned") { $0.student = folder + "/scratch/model" }
      #expect(tuned.training.learningRate == 5e-5 && tuned.training.epochs == epochs)
    }
  }
}
