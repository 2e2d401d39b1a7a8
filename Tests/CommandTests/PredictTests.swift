import BERT
import Files
import Foundation
import Glibc
import Tensors
import TestSupport
import Testing

/// Texts in, answers out: lines, pairs, tables and streams.
@Suite struct PredictTests {
  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<40).map { "w\($0)" }

  /// Calls `body` with the folder of a small model of random weights.
  private func withModel(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let model = folder + "/model"
      try TinyModels.model(head: .sequenceClassification(labels: 2)).save(to: model)
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: model + "/vocab.txt")
      try body(folder)
    }
  }

  private func answers(_ folder: String, _ arguments: [String], input: String = "") throws -> [String] {
    let outcome = try Program.run(["predict", "--model", folder + "/model"] + arguments, input: input)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.error.isEmpty)
    return outcome.output.split(separator: "\n").map(String.init)
  }

  private func refusal(_ folder: String, _ arguments: [String], input: String) throws -> String {
    let outcome = try Program.run(["predict", "--model", folder + "/model"] + arguments, input: input)
    #expect(outcome.status == 1 && outcome.errorLines.count == 1)
    return outcome.error
  }

  /// A model of a run reads what the run read, unless told otherwise.
  @Test func asMuchIsReadAsTheRunRead() throws {
    try withModel { folder in
      let long = (5..<40).map { "w\($0)" }.joined(separator: " ") + "\n"
      let cut = try answers(folder, ["--max-length", "7", "--quiet"], input: long)
      let whole = try answers(folder, [], input: long)
      #expect(cut != whole)
      try Files.write(#"{"training": {"max_length": 7}}"#, to: folder + "/run.json")
      #expect(try answers(folder, ["--quiet"], input: long) == cut)
      #expect(try answers(folder, ["--max-length", "60"], input: long) == whole)
      for (model, place) in [("model/", folder), (".", folder + "/model"), (folder, folder)] {
        let other = try Program.run(["predict", "--model", model], input: long, in: place)
        #expect(other.output.split(separator: "\n").map(String.init) == cut, "\(model)")
      }
    }
  }

  @Test func answersThatAreNoNumbersAreAnError() throws {
    try withTemporaryDirectory { folder in
      let model = try TinyModels.model(head: .sequenceClassification(labels: 2))
      let weights = model.parameters.matrix("classifier.weight")
      for row in 0..<weights.rows { for column in 0..<weights.columns { weights[row, column] = 3e38 } }
      try model.save(to: folder + "/model")
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: folder + "/model/vocab.txt")
      #expect(try refusal(folder, [], input: "w5\n").contains("row 1 is no number"))
      let evaluation = try Program.run(["evaluate", "--task", "SST-2", "--model", folder + "/model"])
      #expect(evaluation.status == 1 && evaluation.error.contains("row 1 is no number"), "\(evaluation)")
    }
  }

  /// A label is one cell of the table, whatever it is called.
  @Test func labelsStayInTheirCells() throws {
    try withTemporaryDirectory { folder in
      let model = try TinyModels.model(head: .sequenceClassification(labels: 2), labels: ["a\tb", "c\nd"])
      try model.save(to: folder + "/model")
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: folder + "/model/vocab.txt")
      let lines = try answers(folder, [], input: "w5\n")
      #expect(lines.count == 2 && lines.allSatisfy { $0.split(separator: "\t").count == 3 }, "\(lines)")
    }
  }

  /// What is measured by the order of labels without names is said.
  @Test func labelsWithoutNamesAreSaid() throws {
    try withModel { folder in
      let model = folder + "/model"
      let named = "the model's labels have no names (LABEL_0, LABEL_1)"
      let evaluation = try Program.run(["evaluate", "--task", "SST-2", "--model", model])
      #expect(evaluation.status == 0 && evaluation.error.contains(named), "\(evaluation.error)")
      let rows = try Program.run(["predict", "--task", "SST-2", "--model", model])
      #expect(rows.status == 0 && rows.error.contains(named), "\(rows.error)")
      let quiet = try Program.run(["predict", "--task", "SST-2", "--model", model, "--quiet"])
      #expect(quiet.output == rows.output && quiet.error.isEmpty)
      let check = try Program.run([
        "check", "distill", "--task", "SST-2", "--teacher", model, "--student", "1x8x1", "--method", "kd",
        "--limit", "50", "--output", folder + "/never",
      ])
      #expect(check.status == 0 && check.output.contains(named), "\(check)")
      #expect(check.output.contains("the teacher's, taken in this order: LABEL_0, LABEL_1"))
    }
  }

  @Test func aModelOfManyAnswersAnswersEachLabel() throws {
    try withModel { folder in
      let path = folder + "/model/config.json"
      let text = String(decoding: try Files.read(path), as: UTF8.self)
      let other = text.replacingOccurrences(of: "single_label", with: "multi_label")
      #expect(other != text)
      try Files.write(other, to: path)
      let lines = try answers(folder, [], input: "w5\n")
      #expect(lines[0] == "labels\tLABEL_0\tLABEL_1")
      let cells = lines[1].split(separator: "\t").map(String.init)
      let holding = cells.dropFirst().enumerated().filter { Double($0.element).map { $0 >= 0.5 } == true }
      #expect(
        cells[0] == (holding.isEmpty ? "[]" : holding.map { "LABEL_\($0.offset)" }.joined(separator: "|")))
      // Every probability reaches a threshold of 0, and none one of 1.
      try Files.write(#"{"LABEL_0": 1, "LABEL_1": 0}"#, to: folder + "/model/thresholds.json")
      #expect(try answers(folder, [], input: "w5\n")[1].hasPrefix("LABEL_1\t"))
      #expect(try answers(folder, ["--json"], input: "w5\n")[0].contains(#""labels":["LABEL_1"]"#))
      try Files.write(#"{"LABEL_0": 2, "LABEL_1": 0}"#, to: folder + "/model/thresholds.json")
      let damaged = try refusal(folder, [], input: "w5\n")
      #expect(damaged.contains("thresholds.json: expected a number from 0 to 1 for each of LABEL_0, LABEL_1"))
      try Files.remove(folder + "/model/thresholds.json")
      let measured = try Program.run(["evaluate", "--task", "SST-2", "--model", folder + "/model"])
      #expect(measured.status == 1 && measured.error.contains("and the rows of SST-2 have one answer"))
    }
  }

  @Test func aTextHasOneAnswerWhereverItStands() throws {
    try withModel { folder in
      let expected = try answers(folder, [], input: "w5 w6\nw7 w8 w9\n")
      #expect(expected.count == 3 && expected[0] == "label\tLABEL_0\tLABEL_1" && expected[1] != expected[2])
      #expect(try answers(folder, [], input: "w5 w6\r\nw7 w8 w9") == expected)
      let table = "id\ttext\tother\n1\tw5 w6\tw30\n2\tw7 w8 w9\tw31\n"
      #expect(try answers(folder, ["--column", "text"], input: table) == expected)
      #expect(try answers(folder, ["--column", "2", "--header"], input: table) == expected)
      #expect(
        try answers(folder, ["--column", "id"], input: "\u{FEFF}id\tx\nw5 w6\t\nw7 w8 w9\t\n") == expected)
      let rows = table.split(separator: "\n").dropFirst().joined(separator: "\n")
      #expect(try answers(folder, ["--column", "2"], input: rows) == expected)
      // The header is that of each file.
      try Files.write("id\ttext\n1\tw5 w6\n", to: folder + "/a.tsv")
      try Files.write("text\tid\nw7 w8 w9\t2\n", to: folder + "/b.tsv")
      #expect(try answers(folder, [folder + "/a.tsv", folder + "/b.tsv", "--column", "text"]) == expected)
    }
  }

  @Test func pairsAreTwoColumns() throws {
    try withModel { folder in
      let expected = try answers(folder, [], input: "w5 w6\tw7\nw8\tw9 w10\n")
      #expect(expected.count == 3)
      let table = "b\tid\ta\nw7\t1\tw5 w6\nw9 w10\t2\tw8\n"
      #expect(try answers(folder, ["--column", "a", "--pair-column", "b"], input: table) == expected)
      #expect(try answers(folder, ["--column", "a", "--pair-column", "1"], input: table) == expected)
      // A pair is neither its first text nor the two in a row.
      #expect(try answers(folder, [], input: "w5 w6\nw5 w6 w7\n").allSatisfy { $0 != expected[1] })
    }
  }

  @Test func whatIsNoTextIsNamedWithItsLine() throws {
    try withModel { folder in
      #expect(
        try refusal(folder, [], input: "w5\nw6\tw7\tw8\n").contains(
          "standard input:2: expected a text, or two with a tab between them, found 3 columns"))
      let missing = try refusal(folder, ["--column", "txt"], input: "id\ttext\n1\tw5\n")
      #expect(missing.contains("standard input:1: expected a column txt, found the columns id, text"))
      let short = try refusal(folder, ["--column", "text"], input: "id\ttext\n1\tw5\n2\n")
      #expect(short.contains("standard input:3: expected at least 2 tab-separated columns, found 1"))
    }
  }

  @Test func anAnswerComesBeforeTheNextText() throws {
    try withModel { folder in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = ["predict", "--model", folder + "/model", "--json", "--threads", "1"]
      let (input, output) = (Pipe(), Pipe())
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      for text in ["w5 w6\n", "w7\tw8\n"] {
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        // The next text is written only when there is an answer; a program that waits for it is given up.
        var answered = pollfd(
          fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&answered, 1, 120_000) == 1 else {
          process.terminate()
          Issue.record("there is no answer to \(text)")
          return
        }
        let answer = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        #expect(answer.contains("\"label\"") && answer.hasSuffix("\n"))
      }
      // OpenBLAS has none of its own beside it.
      let threads = try FileManager.default.contentsOfDirectory(
        atPath: "/proc/\(process.processIdentifier)/task")
      #expect(threads.count == 1)
      try input.fileHandleForWriting.close()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
  }
}
