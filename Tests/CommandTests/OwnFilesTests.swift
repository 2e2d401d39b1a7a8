import Files
import Foundation
import TestSupport
import Testing

/// Tasks of one's own as people have them: CSV or JSON lines, columns of any name, no dev rows.
@Suite struct OwnFilesTests {
  private static let words = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sport", "film", "food", ",", "\"", "a",
  ]

  /// Ninety rows whose label is what their words say, some over several lines and with quotes.
  private static func file(_ format: String) throws -> String {
    let kinds = ["sport", "film", "food"]
    let rows = (0..<90).map { (text: "\(kinds[$0 % 3]), \"a\"\n\(kinds[$0 % 3]) \($0)", kind: kinds[$0 % 3]) }
    if format == "csv" {
      return "Stars,Review\r\n"
        + rows.map { "\($0.kind),\"\($0.text.replacing("\"", with: "\"\""))\"\r\n" }.joined()
    }
    return try rows.map {
      String(
        decoding: try JSONSerialization.data(withJSONObject: ["Review": $0.text, "Stars": $0.kind]),
        as: UTF8.self)
        + "\n"
    }.joined()
  }

  @Test(arguments: ["csv", "jsonl"]) func areCheckedLearnedMeasuredAndAnswered(format: String) throws {
    try withTemporaryDirectory { folder in
      try Files.write(try Self.file(format), to: "\(folder)/my/topics/train.\(format)")
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: folder + "/vocab.txt")
      func succeed(_ arguments: [String]) throws -> Program.Outcome {
        let outcome = try Program.run(arguments, in: folder)
        #expect(outcome.status == 0, "\(arguments) \(outcome.error)")
        return outcome
      }
      let task = ["--task", "topics", "--data", "my"]
      let choice = ["--text-column", "review", "--label-column", "stars", "--dev-share", "0.2"]
      let shape = ["--shape", "1x64x2", "--vocab", "vocab.txt", "--epochs", "20", "--batch-size", "8"]
      let rate = ["--learning-rate", "3e-3", "--quiet"]
      let check = try succeed(["check", "finetune", "--output", "never"] + task + choice + shape)
      #expect(
        check.output.contains("film, food, sport") && check.output.contains("72")
          && check.output.contains("18"))
      _ = try succeed(["finetune", "--output", "teacher"] + task + choice + shape + rate)
      let settings = String(decoding: try Files.read(folder + "/teacher/settings.yaml"), as: UTF8.self)
      #expect(settings.contains("dev_share: 0.2") && settings.contains("text: review"))
      _ = try succeed(
        [
          "distill", "--teacher", "teacher", "--student", "1x32x2", "--method", "kd", "--epochs", "20",
          "--output", "student",
        ]
          + task + choice + rate)
      let measured = try succeed(["evaluate", "--json", "--model", "student"] + task + choice).output
      let result = try #require(try JSONSerialization.jsonObject(with: Data(measured.utf8)) as? [String: Any])
      #expect(try #require(result["accuracy"] as? Double) > 0.9 && result["rows"] as? Int ?? 18 == 18)
      let answers = try succeed(
        [
          "predict", "--model", "student", "--split", "dev", "--column", "review", "--label-column", "stars",
          "--dev-share",
          "0.2", "--with-text",
        ] + task)
      let lines = answers.output.split(separator: "\n")
      #expect(lines.count == 19 && lines.dropFirst().allSatisfy { $0.contains(", \"a\"\\n") })
      let report = String(decoding: try Files.read(folder + "/student/report.html"), as: UTF8.self)
      #expect(report.contains("Answers on dev") && report.contains("they give one answer"))
      // The run is of single texts, which its columns say.
      let pair = try Program.run(
        ["predict", "--model", "student", "--column", "a", "--pair-column", "b"], in: folder)
      #expect(pair.status == 1 && pair.error.contains("a task of single texts"))
      let refused = try Program.run(["evaluate", "--model", "student"] + task, in: folder)
      #expect(refused.status == 1 && refused.error.contains("found 2 columns: "), "\(refused.error)")
    }
  }

  @Test func choicesThatMakeNoSenseAreRefused() throws {
    for (choice, said) in [
      (["--pair-column", "b"], "--pair-column goes with --text-column"),
      (["--dev-share", "1.5"], "--dev-share must be between 0 and 1, not 1.5."),
    ] {
      let outcome = try Program.run(["evaluate", "--task", "SST-2", "--model", "m"] + choice)
      #expect(outcome.status == 64 && outcome.error.contains(said), "\(outcome.error)")
    }
    for command in [
      ["evaluate", "--text-column", "a"], ["predict", "--column", "a"], ["predict", "--dev-share", "0.1"],
    ] {
      let glue = try Program.run(command + ["--task", "SST-2", "--model", "m"])
      #expect(glue.status == 64 && glue.error.contains("not for GLUE's SST-2"), "\(glue.error)")
    }
    let settings = try Program.run([
      "finetune", "--task", "SST-2", "--dev-share", "0.1", "--shape", "1x8x1", "--vocab", "vocab/vocab.txt",
      "--output",
      "never",
    ])
    #expect(settings.status == 1 && settings.error.contains("found GLUE's SST-2"), "\(settings.error)")
  }
}
