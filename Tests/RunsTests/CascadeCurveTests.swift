import BERT
import Files
import GLUE
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// A student that asks its teacher where it is not sure, by the numbers.
@Suite struct CascadeCurveTests {
  private static func evaluation(_ logits: [[Float]], _ data: DataSet, seconds: Double) throws -> Evaluation {
    let reading = try AnswerReading(data.task, modelLabels: ["0", "1"])
    let predictions = logits.map(reading.label)
    return Evaluation(
      logits: logits, reading: reading, predictions: predictions,
      metrics: try data.task.metrics(predictions: predictions, of: data.examples), seconds: seconds)
  }

  /// Ten rows of label 1: the student is sure of the even ones and right there, and wrong on the odd ones but one.
  private static func curve(temperature: Double? = 1) throws -> CascadeCurve {
    let examples = (0..<10).map { Example(first: "a\($0)", label: .index(1), line: $0 + 2) }
    let data = DataSet(task: try GLUETask.named("SST-2"), split: .dev, path: "", examples: examples)
    var student: [[Float]] = (0..<10).map { [0.2 * Float($0), 0] }
    for row in stride(from: 0, to: 10, by: 2) { student[row] = [0, 4 + Float(row)] }
    student[1] = [0, 0.1]
    // The teacher is wrong on row 8, of which the student is surest.
    var teacher = [[Float]](repeating: [0, 3], count: 10)
    teacher[8] = [3, 0]
    return try CascadeCurve(
      student: evaluation(student, data, seconds: 1), teacher: evaluation(teacher, data, seconds: 10),
      of: data,
      temperature: temperature)
  }

  @Test func theTeacherIsAskedAboutTheLeastSureRows() throws {
    let curve = try Self.curve()
    #expect(curve.metric == "accuracy")
    #expect(try curve.point(asking: 0).value == 0.6 && curve.point(asking: 0).threshold == 0)
    // The first row asked about is right already, the next four are mended, and in the end one is spoilt.
    let values = try (0...10).map { try curve.point(asking: $0).value }
    #expect(values == [0.6, 0.6, 0.7, 0.8, 0.9, 1, 1, 1, 1, 1, 0.9])
    let found = try curve.point(asking: 5)
    let again = try curve.point(threshold: found.threshold)
    #expect(again.asked == 5 && again.value == 1 && curve.seconds(of: again) == 6)
    #expect(try curve.point(threshold: curve.point(asking: 10).threshold).asked == 10)
  }

  @Test func theSmallestThresholdThatKeepsEnoughIsChosen() throws {
    let curve = try Self.curve()
    // The teacher alone has 0.9.
    #expect(try curve.smallest(keeping: 1).asked == 4)
    #expect(try curve.smallest(keeping: 0.8).asked == 3)
    #expect(try curve.smallest(keeping: 0.5).asked == 0)
  }

  @Test func rowsOfEqualSurenessGoTogether() throws {
    let examples = (0..<4).map { Example(first: "a\($0)", label: .index(1), line: $0 + 2) }
    let data = DataSet(task: try GLUETask.named("SST-2"), split: .dev, path: "", examples: examples)
    let same = try Self.evaluation([[1, 0], [1, 0], [1, 0], [0, 9]], data, seconds: 1)
    let right = try Self.evaluation([[Float]](repeating: [0, 1], count: 4), data, seconds: 1)
    let curve = CascadeCurve(student: same, teacher: right, of: data, temperature: 1)
    #expect(try curve.point(asking: 1).asked == 3)
    #expect(try curve.points().map(\.asked) == [0, 3, 4])
  }

  @Test func surenessIsCalibrated() throws {
    let rule = CascadeRule(threshold: 0.9, temperature: 2)
    #expect(
      !rule.stands([0, 3], isMultiLabel: false)
        && CascadeRule(threshold: 0.9).stands([0, 3], isMultiLabel: false))
    #expect(rule.stands([9, -9], isMultiLabel: true) && !rule.stands([9, -1], isMultiLabel: true))
    #expect(
      !rule.stands([3, -9], isMultiLabel: true)
        && CascadeRule(threshold: 0.9).stands([3, -9], isMultiLabel: true))
    let temperature = try Self.curve(temperature: nil).temperature
    #expect(temperature != 1 && Calibration.temperatures.contains(temperature))
  }

  /// Of a student that is never wrong, the sharper its probabilities the likelier the labels: no temperature fits.
  @Test func aTemperatureThatHasNoEndIsNotTaken() throws {
    let examples = (0..<4).map { Example(first: "a\($0)", label: .index($0 % 2), line: $0 + 2) }
    let data = DataSet(task: try GLUETask.named("SST-2"), split: .dev, path: "", examples: examples)
    let right = try Self.evaluation([[2, 0], [0, 1], [3, 0], [0, 2]], data, seconds: 1)
    #expect(CascadeCurve(student: right, teacher: right, of: data).temperature == 1)
  }

  /// What is measured on dev is not chosen on dev.
  @Test func aThresholdIsChosenOnTheLastFifthOfTrain() throws {
    try withTemporaryDirectory { folder in
      for (split, count) in [("train", 12_000), ("dev", 2100)] {
        let rows = (0..<count).map { "\(split) \($0)\t\($0 % 2)\n" }
        try Files.write("sentence\tlabel\n" + rows.joined(), to: "\(folder)/SST-2/\(split).tsv")
      }
      let task = try GLUETask.named("SST-2")
      for (rows, first, last) in [
        (CascadeRows.train, "train 10000", "train 11999"), (CascadeRows.dev, "dev 100", "dev 2099"),
      ] {
        let found = try rows.load(task, from: folder, skipMalformed: false).examples
        #expect(found.count == 2000 && found.first?.first == first && found.last?.first == last)
      }
      let few = (0..<20).map { "train \($0)\t\($0 % 2)\n" }
      try Files.write("sentence\tlabel\n" + few.joined(), to: folder + "/SST-2/train.tsv")
      let found = try CascadeRows.train.load(task, from: folder, skipMalformed: false).examples
      #expect(found.map(\.first) == (16..<20).map { "train \($0)" })
    }
  }
}
