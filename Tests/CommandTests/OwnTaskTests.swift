import Files
import Foundation
import TestSupport
import Testing

/// A task that GLUE does not have, from its files to answers.
@Suite struct OwnTaskTests {
  /// Rows whose label is what their words say.
  private static func rows(_ count: Int, from first: Int = 0, labelled: Bool = true) -> String {
    let kinds = ["sport", "film", "food"]
    let lines = (first..<first + count).map { number in
      "\(kinds[number % 3]) \(kinds[number % 3]) \(number)" + (labelled ? "\t\(kinds[number % 3])" : "")
    }
    return (["text" + (labelled ? "\tlabel" : "")] + lines).joined(separator: "\n") + "\n"
  }

  @Test func threeClassesAreLearnedDistilledMeasuredAndAnswered() throws {
    try withTemporaryDirectory { folder in
      try Files.write(Self.rows(240), to: folder + "/my/topics/train.tsv")
      try Files.write(Self.rows(60, from: 240), to: folder + "/my/topics/dev.tsv")
      try Files.write(Self.rows(30, from: 300), to: folder + "/my/topics/test.tsv")
      let words = ["sport", "film", "food"] + (0...9).flatMap { ["\($0)", "##\($0)"] }
      let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words
      try Files.write(tokens.joined(separator: "\n") + "\n", to: folder + "/vocab.txt")
      let task = ["--task", "topics", "--data", folder + "/my"]
      let common = ["--quiet", "--batch-size", "8", "--learning-rate", "3e-3"]
      func succeed(_ arguments: [String], input: String = "") throws -> String {
        let outcome = try Program.run(arguments, input: input)
        #expect(outcome.status == 0, "\(outcome.error)")
        return outcome.output
      }
      let shape = ["--shape", "1x64x2", "--vocab", folder + "/vocab.txt", "--epochs", "20"]
      let check = try succeed(["check", "finetune", "--output", folder + "/never"] + task + shape)
      #expect(check.contains("labels      film, food, sport"))
      _ = try succeed(["finetune", "--output", folder + "/teacher"] + task + shape + common)
      _ = try succeed(
        [
          "distill", "--teacher", folder + "/teacher", "--student", "1x32x2", "--method", "kd",
          "--epochs", "20", "--output", folder + "/student",
        ] + task + common)
      // Test rows with labels can be measured on, unlike GLUE's.
      let measured = try succeed(
        ["evaluate", "--split", "test", "--json", "--model", folder + "/student"] + task)
      let result = try #require(try JSONSerialization.jsonObject(with: Data(measured.utf8)) as? [String: Any])
      let accuracy = try #require(result["accuracy"] as? Double)
      #expect(accuracy > 0.9)
      #expect(
        try succeed(["predict", "--model", folder + "/student"] + task).hasPrefix(
          "label\tfilm\tfood\tsport\n"))
      let answer = try succeed(
        ["predict", "--model", folder + "/student"], input: "food food 7\n")
      #expect(answer.split(separator: "\n").last?.hasPrefix("food\t") == true)
      let report = String(decoding: try Files.read(folder + "/student/report.html"), as: UTF8.self)
      for part in ["topics", "Answers on dev", "they give one answer"] {
        #expect(report.contains(part), "the report lacks \(part)")
      }

      let submit = try Program.run(["submit", folder + "/student", "--output", folder + "/x.zip"])
      #expect(submit.status == 1 && submit.error.contains("expected a task of GLUE: CoLA"))
      func use(_ arguments: [String]) throws -> Program.Outcome {
        try Program.run(arguments + ["--model", folder + "/student"] + task)
      }
      try Files.write(
        Self.rows(30, from: 300, labelled: false) + "a\tb\n", to: folder + "/my/topics/test.tsv")
      let unlabelled = try use(["evaluate", "--split", "test"])
      #expect(unlabelled.status == 64)
      #expect(unlabelled.error.contains("--split test of topics has no labels to measure against."))
      #expect(try use(["predict"]).status == 1)
      #expect(try use(["predict", "--split", "dev"]).status == 0)
      let left = try use(["predict", "--skip-malformed"])
      #expect(left.status == 0 && left.output.split(separator: "\n").count == 31)
      #expect(left.error.contains("test.tsv: 1 lines whose columns do not fit are left out: 32"))
      try Files.write("text\tlabel\nfood food 7\t-1\n", to: folder + "/my/topics/test.tsv")
      #expect(try use(["predict"]).output.contains("\nfood\t"))
      #expect(
        try use(["evaluate", "--split", "test"]).error.contains("test.tsv:2: expected a label of topics"))
    }
  }

  @Test func anUnknownTaskIsWrongUsage() throws {
    try withTemporaryDirectory { folder in
      for arguments in [
        ["finetune", "--shape", "1x8x1", "--vocab", "v", "--output", folder + "/run"],
        ["evaluate", "--model", "m"], ["predict", "--model", "m"],
      ] {
        let outcome = try Program.run(arguments + ["--task", "topics", "--data", folder])
        #expect(outcome.status == 64)
        #expect(
          outcome.error.contains(
            "AX, or the name of a folder with train.tsv and dev.tsv in \(folder), found 'topics'"))
      }
      // Settings may say where the task is.
      try Files.write(
        "task: topics\ndata: \(folder)/my\noutput: \(folder)/run\n", to: folder + "/settings.yaml")
      let outcome = try Program.run(["finetune", "--settings", folder + "/settings.yaml", "--shape", "1x8x1"])
      #expect(outcome.status == 64 && outcome.error.contains("\(folder)/my: expected a folder of tasks"))
    }
  }
}
