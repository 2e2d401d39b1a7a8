import Files
import Foundation
import TestSupport
import Testing

/// Two models as one: the student answers what it is sure of, the teacher the rest.
@Suite(.serialized) struct CascadeTests {
  private static let vocabulary = Program.repository + "/vocab/vocab.txt"

  private func run(_ arguments: [String], input: String = "") throws -> Program.Outcome {
    let outcome = try Program.run(arguments, input: input)
    #expect(outcome.status == 0, "\(arguments): \(outcome.error)")
    return outcome
  }

  /// Calls `body` with a folder that holds a small model and a larger one of another vocabulary.
  private func withModels(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let words = String(decoding: try Files.read(Self.vocabulary), as: UTF8.self).split(separator: "\n")
      try Files.write(
        (words.prefix(5) + ["quetzalcoatl"] + words.dropFirst(5)).joined(separator: "\n") + "\n",
        to: folder + "/vocab.txt")
      for (name, shape, vocabulary) in [
        ("student", "1x16x2", Self.vocabulary), ("teacher", "1x32x2", folder + "/vocab.txt"),
      ] {
        _ = try run([
          "finetune", "--task", "SST-2", "--shape", shape, "--vocab", vocabulary, "--epochs", "3",
          "--learning-rate",
          "3e-3", "--batch-size", "16", "--output", "\(folder)/\(name)", "--quiet",
        ])
      }
      try body(folder)
    }
  }

  private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  @Test func eachRowIsAnsweredByOneOfTheTwo() throws {
    try withModels { folder in
      let (student, teacher) = (folder + "/student", folder + "/teacher")
      let rows = ["--task", "SST-2", "--split", "dev"]
      let alone = try [student, teacher].map { try lines(run(["predict", "--model", $0] + rows).output) }
      let both = try run(["predict", "--cascade", student, teacher, "--threshold", "0.7"] + rows)
      let mixed = lines(both.output)
      try #require(mixed.count == alone[0].count && mixed.count == alone[1].count)
      #expect(mixed[0] == "label\t0\t1\tby")
      var asked = 0
      for row in mixed.indices.dropFirst() {
        let sure = alone[0][row].split(separator: "\t").dropFirst().compactMap { Double($0) }.max() ?? 0
        let byTeacher = mixed[row].hasSuffix("\tteacher")
        if byTeacher { asked += 1 }
        // Six digits leave the nearest undecided.
        if abs(sure - 0.7) > 1e-5 { #expect(byTeacher == (sure < 0.7), "\(mixed[row])") }
        #expect(mixed[row] == alone[byTeacher ? 1 : 0][row] + (byTeacher ? "\tteacher" : "\tstudent"))
      }
      #expect(asked > 0 && asked < mixed.count - 1)
      #expect(
        both.error.contains(
          "anneal: the student answered \(mixed.count - 1 - asked) of \(mixed.count - 1) rows, the teacher \(asked)"
        ))
      let json = try run(
        ["predict", "--cascade", student, teacher, "--threshold", "0", "--json"], input: "a fine film\n")
      #expect(json.output.contains(#""by":"student""#))
      // Files may stand behind the two folders.
      try Files.write("a fine film\n", to: folder + "/text.txt")
      let file = try run(["predict", "--cascade", student, teacher, folder + "/text.txt", "--threshold", "1"])
      #expect(file.output.hasSuffix("\tteacher\n"))
    }
  }

  @Test func theThresholdIsChosenOnLabelledRows() throws {
    try withModels { folder in
      let pair = [folder + "/student", folder + "/teacher"]
      let measured = try run(
        ["evaluate", "--task", "SST-2", "--cascade"] + pair
          + ["--keep", "0.98", "--json", "--report", folder + "/curve.html"])
      let figures = try #require(
        JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any])
      let curve = try #require(figures["curve"] as? [[String: Any]])
      func value(_ point: [String: Any]?, _ key: String) -> Double { point?[key] as? Double ?? .nan }
      // The ends of the curve are the models alone.
      for (point, model) in zip([curve.first, curve.last], pair) {
        let alone = try run(["evaluate", "--task", "SST-2", "--model", model, "--json"])
        let own = try #require(JSONSerialization.jsonObject(with: Data(alone.output.utf8)) as? [String: Any])
        #expect(value(point, "value") == value(own, "accuracy"))
      }
      #expect(value(curve.first, "share") == 0 && value(curve.last, "share") == 1)
      let why = try #require(figures["chosen_by"] as? String)
      #expect(why.hasPrefix("chosen on the last fifth of the training rows of SST-2, "))
      #expect(why.hasSuffix("the smallest that keeps 98.0 % of the teacher's accuracy"))
      let page = String(decoding: try Files.read(folder + "/curve.html"), as: UTF8.self)
      #expect(page.contains("<svg") && page.contains("% of rows to the teacher"))
      let text = try run(["evaluate", "--task", "SST-2", "--cascade"] + pair + ["--threshold-rows", "dev"])
      #expect(text.output.contains("chosen on the dev rows of SST-2, 800"), "\(text.output)")
      // A student's run knows its task: texts of a file need no rows beside them.
      let own = try run(
        ["predict", "--cascade"] + pair + ["--threshold", "auto", "--keep", "0.98"], input: "a fine film\n")
      #expect(own.error.contains("chosen on the last fifth of the training rows of SST-2"), "\(own.error)")
    }
  }

  @Test func modelsThatDoNotBelongTogetherAreRefused() throws {
    try withTemporaryDirectory { folder in
      for (name, task) in [("sst", "SST-2"), ("sts", "STS-B"), ("mnli", "MNLI")] {
        _ = try run([
          "finetune", "--task", task, "--shape", "1x8x1", "--vocab", Self.vocabulary, "--epochs", "1",
          "--limit", "40",
          "--output", "\(folder)/\(name)", "--quiet",
        ])
      }
      for (pair, said) in [
        (["sst", "sts"], "nobody knows how sure it is of that: a cascade needs classes"),
        (["sst", "mnli"], "expected the labels of"), (["sst", "none"], "none"),
      ] {
        let outcome = try Program.run(
          ["predict", "--cascade"] + pair.map { "\(folder)/\($0)" } + ["--threshold", "0.5"], input: "a\n")
        #expect(
          outcome.status == 1 && outcome.errorLines.count == 1 && outcome.error.contains(said), "\(outcome)")
      }
      for (arguments, said) in [
        (["predict", "--cascade", "a"], "--cascade takes two folders: the student's and the teacher's."),
        (["predict", "--model", "a", "--cascade", "a", "b"], "Give --model or --cascade, not both."),
        (
          ["predict", "--model", "a", "--threshold", "auto"],
          "--threshold, --keep and --threshold-rows go with --cascade."
        ),
        (["predict", "--cascade", "a", "b", "--threshold", "1.5"], "The value '1.5' is invalid"),
        (
          ["predict", "--cascade", "a", "b", "--threshold", "0.5", "--keep", "0.9"],
          "go with --threshold auto."
        ),
        (
          ["evaluate", "--task", "STS-B", "--cascade", "a", "b"],
          "--cascade is for classes; STS-B asks for a score"
        ),
        (
          ["evaluate", "--task", "SST-2", "--model", "a", "--report", "x"],
          "--report draws the curve of a cascade"
        ),
        (["predict"], "Missing expected argument '--model <dir>'"),
      ] {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 64 && outcome.error.contains(said), "\(outcome.error)")
      }
    }
  }
}
