import GLUE
import TestSupport
import Testing

/// The mean absolute error of scores, as scikit-learn computes it.
@Suite struct AbsoluteErrorTests {
  private struct Golden: Decodable {
    let targets: [Double]
    let predictions: [Double]
    let mae: Double
  }

  @Test func goldenErrorsAreThoseOfScikitLearn() throws {
    for golden in try GoldenFolder.own.decode([Golden].self, from: "augmentation/scores.json") {
      let metrics = Metrics.regression(predictions: golden.predictions, targets: golden.targets)
      #expect(abs((metrics["mae"] ?? 9) - golden.mae) < 1e-12)
    }
  }

  @Test func scoreTasksReportItAndSelectByCorrelation() throws {
    let task = try GLUETask.named("STS-B")
    #expect(
      task.metrics == ["pearson", "spearman", "mae"] && task.selectionMetrics == ["pearson", "spearman"])
    #expect(Metrics.regression(predictions: [], targets: [])["mae"] == 0)
  }
}
