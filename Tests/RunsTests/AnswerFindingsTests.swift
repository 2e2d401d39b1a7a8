import Files
import GLUE
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// A model that always says the same is told of: at the end of its run, and before a student learns from it.
@Suite struct AnswerFindingsTests {
  @Test func aModelOfOneAnswerIsToldOfAtItsEndAndAsATeacher() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder, rows: 24)
      let rows = (0..<24).map { "good film\t\($0 == 7 ? 0 : 1)\n" }.joined()
      try Files.write("sentence\tlabel\n" + rows, to: tiny.data + "/SST-2/train.tsv")
      try Files.write(
        "sentence\tlabel\ngood film\t1\nbad plot\t0\nfine film\t1\n", to: tiny.data + "/SST-2/dev.tsv")
      var settings = tiny.finetune(output: "teacher", shape: "1x8x2")
      (settings.training.epochs, settings.training.learningRate) = (10, 1e-2)
      let recorder = TinyTask.Recorder()
      let result = try Finetune.run(settings, onEvent: recorder.handle)
      let said = [
        "accuracy 0.6667 is no better than always one answer, which reaches 0.6667", "never predicted: 0",
      ]
      #expect(result.findings.sentences == said && recorder.notes.suffix(2) == said[...], "\(recorder.notes)")
      #expect(result.majority.map { abs($0 - 2 / 3.0) < 1e-12 } == true && result.neverPredicted == ["0"])

      func notes(of settings: DistillSettings) throws -> [String] {
        try Distill.check(settings, seconds: 0).notes.filter { $0.hasPrefix("the teacher ") }
      }
      let student = tiny.distill(output: "student", method: "kd")
      #expect(try notes(of: student) == said.map { "the teacher \(tiny.teacher): \($0)" })
      // A record of before results had these figures says what it can.
      let run = RunFolder(folder + "/teacher")
      var record = try RunRecord<JSONValue>.read(run)
      record.result?.majority = nil
      record.result?.neverPredicted = nil
      let old = try JSON.encode(record)
      #expect(!String(decoding: old, as: UTF8.self).contains("never_predicted"))
      try Files.write(old, to: run.description)
      #expect(try notes(of: student) == ["the teacher \(tiny.teacher): \(said[0])"])
      // What a teacher of another task reached says nothing about this one.
      record.description.task = "CoLA"
      try Files.write(try JSON.encode(record), to: run.description)
      #expect(try notes(of: student).isEmpty)
    }
  }

  @Test func findingsAreThoseOfTheFigures() {
    func findings(_ value: Double, _ majority: Double?, _ never: [String] = []) -> [String] {
      AnswerFindings(metric: "pearson", value: value, majority: majority, neverPredicted: never).sentences
    }
    #expect(findings(0.5, 0.4).isEmpty && findings(0.1, nil).isEmpty && findings(.nan, 0.4).isEmpty)
    #expect(findings(-0.25, 0) == ["pearson -0.25 is no better than always one answer, which reaches 0.0"])
    #expect(findings(0.6, 0.5, ["b", "c"]) == ["never predicted: b, c"])
  }

  /// Rows of a label that nobody gave need no answer of it.
  @Test func onlyLabelsThatRowsHaveAreMissed() throws {
    let task = try GLUETask.named("MNLI")
    func missed(_ gold: [Int], _ answers: [Int]) throws -> [String]? {
      let data = DataSet(
        task: task, split: .devMatched, path: "dev.tsv",
        examples: gold.map { Example(first: "a", second: "b", label: .index($0)) })
      let predictions = answers.map { Label.index($0) }
      return Evaluation(
        logits: [], reading: try AnswerReading(task, modelLabels: task.labels), predictions: predictions,
        metrics: try task.metrics(predictions: predictions, of: data.examples), seconds: 1
      ).neverPredicted(of: data)
    }
    #expect(try missed([0, 0, 1], [0, 0, 0]) == ["neutral"])
    #expect(try missed([0, 1, 2], [1, 1, 1]) == ["entailment", "contradiction"])
    #expect(try missed([0, 1, 2], [2, 1, 0]) == [])
  }
}
