import Files
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// The metric that chooses the best weights is the task's own, or one of its metrics that was asked for.
@Suite struct SelectionMetricTests {
  @Test(arguments: [nil, "macro_f1"]) func theBestWeightsFollowIt(metric: String?) throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      var settings = tiny.finetune(output: "run", shape: "1x8x2")
      (settings.training.selectionMetric, settings.training.evalSteps) = (metric, 1)
      (settings.training.epochs, settings.training.learningRate) = (4, 1e-2)
      let recorder = TinyTask.Recorder()
      let result = try Finetune.run(settings, onEvent: recorder.handle)
      let name = metric ?? "accuracy"
      let record = try RunRecord<FinetuneSettings>.read(RunFolder(settings.output))
      #expect(result.selectionMetric == name && record.description.selectionMetric == name)
      #expect(record.training.selectionMetric == metric)
      let evaluations = recorder.log.compactMap { event in
        if case .evaluated(let found) = event { found } else { nil }
      }
      var best = -1.0
      for found in evaluations {
        let value = try #require(found.metrics[name])
        #expect(found.isBest == (value > best), "step \(found.step): \(found.metrics)")
        best = max(best, value)
      }
      let chosen = try #require(evaluations.last { $0.isBest })
      #expect(result.selected == best && result.metrics == chosen.metrics)
      #expect(result.majority == record.description.baseline[name])
    }
  }

  @Test func itIsTheMeasuresToo() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      var settings = tiny.finetune(output: "run", shape: "1x8x2")
      settings.training.selectionMetric = "macro_f1"
      #expect(try Finetune.check(settings, seconds: 0).run.selectionMetric == "macro_f1")
      settings.training.selectionMetric = "f2"
      #expect(
        throws: TrainingError.settings("selection_metric: SST-2 has accuracy, macro_f1, and no 'f2'")
      ) { try Finetune.run(settings) { _ in } }
      #expect(!Files.exists(settings.output))
    }
  }
}
