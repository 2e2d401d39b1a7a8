import Files
import Foundation
import TestSupport
import Testing

/// What predict writes teaches as the teacher itself does.
@Suite(.serialized) struct AnswersByFileTests {
  private static let vocabulary = Program.repository + "/vocab/vocab.txt"

  private func run(_ arguments: [String]) throws -> Program.Outcome {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 0, "\(arguments): \(outcome.error)")
    return outcome
  }

  /// Calls `body` with a folder that holds a fine-tuned teacher.
  private func withTeacher(_ task: String, _ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      _ = try run([
        "finetune", "--task", task, "--shape", "1x16x2", "--vocab", Self.vocabulary, "--epochs", "1",
        "--learning-rate",
        "1e-3", "--limit", "300", "--output", folder + "/teacher", "--quiet",
      ])
      try body(folder)
    }
  }

  private func distill(_ task: String, _ folder: String, _ name: String, _ more: [String]) throws -> [UInt8] {
    _ = try run(
      [
        "distill", "--task", task, "--student", "1x8x1", "--vocab", Self.vocabulary, "--method", "annealing",
        "--epochs",
        "2", "--limit", "300", "--learning-rate", "1e-3", "--output", "\(folder)/\(name)", "--quiet",
      ] + more)
    return try Files.read("\(folder)/\(name)/model/model.safetensors")
  }

  @Test(arguments: ["SST-2", "STS-B", "RTE"]) func whatPredictWritesTeaches(task: String) throws {
    try withTeacher(task) { folder in
      let expected = try distill(task, folder, "student", ["--teacher", folder + "/teacher"])
      for extras in [["--with-id"], ["--with-text"], ["--with-id", "--with-text"]] {
        let path = folder + "/answers.jsonl"
        let answers = try run(
          ["predict", "--model", folder + "/teacher", "--task", task, "--split", "train", "--json"] + extras)
        try Files.write(answers.output, to: path)
        let found = try distill(task, folder, "by-file" + extras.joined(), ["--teacher-answers", path])
        #expect(found == expected, "\(extras)")
      }
    }
  }

  @Test func tablesTeachAsFarAsTheyHaveDigits() throws {
    try withTeacher("SST-2") { folder in
      let table = try run([
        "predict", "--model", folder + "/teacher", "--task", "SST-2", "--split", "train", "--with-id",
        "--with-text",
      ])
      try Files.write(table.output, to: folder + "/answers.tsv")
      let outcome = try run([
        "distill", "--task", "SST-2", "--student", "1x8x1", "--vocab", Self.vocabulary, "--method", "kd",
        "--epochs", "1",
        "--limit", "300", "--output", folder + "/student", "--teacher-answers", folder + "/answers.tsv",
        "--min-confidence", "0.5001", "--teacher-labels", "0=0,1=1",
      ])
      #expect(outcome.error.contains("teacher_answers: the answers are the labels of "), "\(outcome.error)")
      let cut = table.output.split(separator: "\n").dropLast(2000).joined(separator: "\n")
      try Files.write(
        cut.split(separator: "\n").prefix(200).joined(separator: "\n"), to: folder + "/short.tsv")
      let short = try Program.run([
        "distill", "--task", "SST-2", "--student", "1x8x1", "--vocab", Self.vocabulary, "--method", "kd",
        "--epochs", "1",
        "--limit", "300", "--output", folder + "/short", "--teacher-answers", folder + "/short.tsv",
      ])
      #expect(short.status == 1 && short.errorLines.count == 1, "\(short)")
      #expect(
        short.error.contains("short.tsv: expected an answer to each of 300 rows, found none to 101 of them"))
    }
  }

  @Test func commandLinesThatCannotBeAreRefused() throws {
    let start = [
      "distill", "--task", "SST-2", "--student", "1x8x1", "--vocab", Self.vocabulary, "--output", "never",
      "--method", "kd",
    ]
    for (more, said) in [
      ([], "The method kd needs a teacher: give --teacher, or --teacher-answers."),
      (
        ["--teacher-answers", "a.tsv", "--teacher-labels", "pos"],
        "The value 'pos' is invalid for '--teacher-labels"
      ),
      (
        ["--teacher-answers", "a.tsv", "--min-confidence", "2"],
        "min_confidence must be above 0 and at most 1, not 2.0"
      ),
      (
        ["--teacher", "t", "--skip-unanswered"], "skip_unanswered is for teacher_answers, and there are none"
      ),
    ] {
      let outcome = try Program.run(start + more)
      #expect(outcome.status == 64 && outcome.error.contains(said), "\(outcome.error)")
    }
    let missing = try Program.run(start + ["--teacher-answers", "nowhere.tsv"])
    #expect(missing.status == 1 && missing.errorLines.count == 1 && missing.error.contains("nowhere.tsv"))
  }
}
