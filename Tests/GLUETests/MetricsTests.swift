import FoundationEssentials
import GLUE
import Testing

@Suite struct MetricsTests {
  @Test func byHand() {
    let two = Metrics.classification(predictions: [1, 1, 0, 0, 1], labels: [1, 0, 0, 1, 1], labelCount: 2)
    #expect(two.values.map(\.name) == ["accuracy", "f1", "matthews_correlation", "macro_f1"])
    #expect(two["accuracy"] == 0.6)
    #expect(abs((two["f1"] ?? 9) - 2 / 3.0) < 1e-15)
    // (TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN)) = (2*1 - 1*1) / sqrt(3*3*2*2)
    #expect(abs((two["matthews_correlation"] ?? 9) - 1 / 6.0) < 1e-15)
    let three = Metrics.classification(predictions: [0, 1, 2, 2], labels: [0, 1, 2, 1], labelCount: 3)
    #expect(three["f1"] == nil)
    // R_K: (c s - sum p t) / sqrt(s² - sum p²) sqrt(s² - sum t²) = (3*4 - 5) / (sqrt(10) sqrt(10))
    #expect(abs((three["matthews_correlation"] ?? 9) - 0.7) < 1e-15)
    let ties = Metrics.regression(predictions: [1, 2, 2, 3], targets: [1, 3, 2, 2])
    // Ranks 1, 2.5, 2.5, 4 and 1, 4, 2.5, 2.5: covariance 2.25, variances 4.5.
    #expect(abs((ties["spearman"] ?? 9) - 0.5) < 1e-15)
  }

  @Test func constantAndEmptyInputsGiveZero() {
    let same = Metrics.classification(predictions: [0, 0, 0], labels: [0, 1, 0], labelCount: 2)
    #expect(same["matthews_correlation"] == 0 && same["f1"] == 0)
    #expect(Metrics.classification(predictions: [], labels: [], labelCount: 2)["accuracy"] == 0)
    let none = Metrics.classification(predictions: [0, 0], labels: [0, 0], labelCount: 2)
    #expect(none["f1"] == 0 && none["accuracy"] == 1 && none["matthews_correlation"] == 0)
    for (a, b) in [([1.0, 1, 1], [1.0, 2, 3]), ([1, 2, 3], [4, 4, 4]), ([], []), ([1], [2])] {
      let metrics = Metrics.regression(predictions: a, targets: b)
      #expect(metrics["pearson"] == 0 && metrics["spearman"] == 0)
    }
  }

  /// The mean over classes that are predicted or there of 2 P R / (P + R), by the definition in double precision.
  @Test func macroF1IsTheMeanOverClasses() {
    func reference(_ predictions: [Int], _ labels: [Int]) -> Double {
      let classes = Set(predictions + labels)
      let each = classes.map { c -> Double in
        let hits = Double(zip(predictions, labels).count { $0 == c && $1 == c })
        let (answered, there) = (predictions.count { $0 == c }, labels.count { $0 == c })
        let precision = answered == 0 ? 0 : hits / Double(answered)
        let recall = there == 0 ? 0 : hits / Double(there)
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
      }
      return classes.isEmpty ? 0 : each.reduce(0, +) / Double(each.count)
    }
    func macro(_ predictions: [Int], _ labels: [Int], of count: Int) -> Double {
      Metrics.classification(predictions: predictions, labels: labels, labelCount: count)["macro_f1"] ?? 9
    }
    var state: UInt64 = 1
    func draw(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    for count in 2...9 {
      for rows in [1, 2, 5, 40] {
        // Classes from the middle up are seldom there: some are neither predicted nor there.
        let labels = (0..<rows).map { _ in draw(draw(3) == 0 ? count : (count + 1) / 2) }
        let predictions = labels.map { draw(2) == 0 ? $0 : draw(count) }
        #expect(abs(macro(predictions, labels, of: count) - reference(predictions, labels)) < 1e-12)
      }
    }
    // Worked out by hand: F1 of 2/3, 0 (there, never predicted), 0 (predicted, not there); the fourth is neither.
    #expect(abs(macro([0, 0, 0, 2], [0, 0, 1, 0], of: 4) - 2 / 9.0) < 1e-15)
    #expect(macro([1, 0], [0, 1], of: 2) == 0 && macro([], [], of: 2) == 0 && macro([2], [2], of: 3) == 1)
  }

  /// Rounding must not take a perfect answer beyond 1.
  @Test func noCorrelationExceedsOne() {
    for ones in 1..<60 {
      for zeros in 1..<60 {
        let labels = [Int](repeating: 1, count: ones) + [Int](repeating: 0, count: zeros)
        let right = Metrics.classification(predictions: labels, labels: labels, labelCount: 2)
        let wrong = Metrics.classification(predictions: labels.map { 1 - $0 }, labels: labels, labelCount: 2)
        #expect((0.999999...1).contains(right["matthews_correlation"] ?? 0))
        #expect((-1 ... -0.999999).contains(wrong["matthews_correlation"] ?? 0))
      }
    }
  }

  @Test func tasksReportTheirOwnMetrics() throws {
    let cola = try GLUETask.named("cola")
    let rows = [1, 0, 1].map { Example(first: "a", label: .index($0)) }
    let metrics = try cola.metrics(predictions: [.index(1), .index(0), .index(1)], of: rows)
    #expect(metrics == Metrics([("matthews_correlation", 1), ("accuracy", 1), ("macro_f1", 1)]))
    #expect(throws: GLUEError.self) { try cola.metrics(predictions: [.index(1)], of: rows) }
    #expect(throws: GLUEError.self) {
      try cola.metrics(predictions: [.index(1)], of: [Example(first: "a")])
    }
    for wrong in [Label.index(2), .index(-1), .score(1)] {
      #expect(throws: GLUEError(expected: "answers of the kind of CoLA", found: "\(wrong)")) {
        try cola.metrics(predictions: [.index(1), wrong, .index(1)], of: rows)
      }
    }
    let stsb = try GLUETask.named("STS-B")
    #expect(throws: GLUEError(expected: "answers of the kind of STS-B", found: "index(1)")) {
      try stsb.metrics(predictions: [.index(1)], of: [Example(first: "a", second: "b", label: .score(1))])
    }
    let again = try JSONDecoder().decode(Metrics.self, from: JSONEncoder().encode(metrics))
    #expect(again["accuracy"] == 1 && again["matthews_correlation"] == 1 && again.values.count == 3)
  }
}
