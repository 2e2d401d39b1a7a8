import Runs
import TestSupport
import Testing

@testable import Reporting
@testable import Training

@Suite struct TeacherSectionsTests {
  private static func side(_ accuracy: Double, parameters: Int, speed: Double) -> TeacherComparison.Side {
    .init(
      shape: "2x64x2x256", parameters: parameters, bytes: 4 * parameters, sentencesPerSecond: speed,
      metrics: ["accuracy": accuracy])
  }

  private static let map = TeacherComparison.Attention(
    tokens: ["[CLS]", "<film>", "[SEP]"], layer: 2,
    map: [[0.5, 0.49, 0.01], [1, 0, 0], [0.25, 0.75, 0.004]])

  private static let comparison = TeacherComparison(
    labels: ["bad", "good"], split: "dev", rowCount: 1200, agreement: 0.875,
    student: side(0.8, parameters: 1000, speed: 9000), teacher: side(0.9, parameters: 4000, speed: 3000),
    differing: [
      .init(
        first: "a <fine> film", second: nil, gold: 1, student: [0.8, 0.2], teacher: [0.1, 0.9],
        difference: 0.7),
      .init(
        first: "unanimous", second: nil, gold: 0, student: [0.5, 0.5], teacher: [0.5, 0.5], difference: 0),
    ], attention: [.init(student: map, teacher: map)])

  @Test func sectionsSayWhoIsWhoAndEscapeTheirTexts() {
    let html = TeacherSections(comparison: Self.comparison).html
    for part in [
      "87.5 %", "1,200 rows of dev", "−0.1000", "0.25 ×", "3 ×", "a &lt;fine&gt; film", "bad (0.800)",
      "good (0.900)",
      "0.700", "&lt;film&gt;", "layer 2",
    ] {
      #expect(html.contains(part), "\(part) is missing")
    }
    #expect(!html.contains("unanimous") && !html.contains("<film>"))
    // Six shares of a hundredth or more for each of the two.
    #expect(html.split(separator: "class=\"cell\"").count == 1 + 2 * 6)
    #expect(html.contains("fill-opacity=\"0.71\"") && html.contains("fill-opacity=\"0.10\""))
  }

  @Test func comparisonsComeBackFromRunFolders() throws {
    try withTemporaryDirectory { path in
      let folder = RunFolder(path)
      #expect(try TeacherComparison.read(folder) == nil)
      try Self.comparison.write(to: folder)
      #expect(try TeacherComparison.read(folder) == Self.comparison)
    }
  }

  @Test func scoresAreCompared() {
    var comparison = Self.comparison
    comparison.labels = nil
    comparison.differing = [
      .init(first: "a", second: "b", gold: 4.5, student: [1.25], teacher: [4], difference: 2.75)
    ]
    let html = TeacherSections(comparison: comparison).html
    for part in ["correlate by 0.8750", "a<br>b", "4.50", "1.25", "2.750"] {
      #expect(html.contains(part), "\(part) is missing")
    }
  }
}
