import GLUE
import TestSupport
import Testing

/// Metrics as scikit-learn and SciPy compute them.
@Suite struct GoldenMetricsTests {
  private struct Golden: Decodable {
    let labels: [Int]
    let predictions: [Int]
    let accuracy: Double
    let matthews: Double
    let f1: Double?
    let scores: [Double]
    let predictedScores: [Double]
    let pearson: Double
    let spearman: Double

    enum CodingKeys: String, CodingKey {
      case labels, predictions, accuracy, matthews, f1, scores, pearson, spearman
      case predictedScores = "predicted_scores"
    }
  }

  @Test(arguments: GoldenFolder.all) func equalToScikitLearnAndSciPy(_ folder: GoldenFolder) throws {
    let goldens = try folder.decode([Golden].self, from: "metrics/metrics.json")
    #expect(goldens.count >= 3)
    for golden in goldens {
      let count = (golden.labels + golden.predictions).reduce(1, max) + 1
      let classes = Metrics.classification(
        predictions: golden.predictions, labels: golden.labels, labelCount: count)
      #expect(abs((classes["accuracy"] ?? 9) - golden.accuracy) < 1e-12)
      #expect(abs((classes["matthews_correlation"] ?? 9) - golden.matthews) < 1e-12)
      if let f1 = golden.f1 { #expect(abs((classes["f1"] ?? 9) - f1) < 1e-12) }
      let scores = Metrics.regression(predictions: golden.predictedScores, targets: golden.scores)
      #expect(abs((scores["pearson"] ?? 9) - golden.pearson) < 1e-12)
      #expect(abs((scores["spearman"] ?? 9) - golden.spearman) < 1e-12)
    }
  }
}
