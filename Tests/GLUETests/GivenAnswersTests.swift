import Files
import Glibc
import TestSupport
import Testing

@testable import GLUE

/// A teacher's answers in files: how they are written, which rows are meant, what is refused.
@Suite struct GivenAnswersTests {
  private static let rows = [
    Example(first: "a film", label: .index(1), line: 2), Example(first: "a plot", label: .index(0), line: 3),
    Example(first: "a\tscript", label: .index(1), line: 4),
  ]
  private static let texts = [Example(first: "a song", line: 1)]

  private func read(
    _ files: [String: String], task: String = "SST-2", rows: [Example] = GivenAnswersTests.rows,
    texts: [Example] = [], _ change: (inout GivenAnswers.Reading) -> Void = { _ in }
  ) throws -> GivenAnswers {
    try withTemporaryDirectory { folder in
      for (name, text) in files {
        let bytes = Array(text.utf8)
        try Files.write(name.hasSuffix(".gz") ? Gzip.member(bytes) : bytes, to: "\(folder)/\(name)")
      }
      var reading = GivenAnswers.Reading()
      change(&reading)
      do {
        return try GivenAnswers(
          files.keys.sorted().map { "\(folder)/\($0)" }, of: GLUETask.named(task), labelled: rows,
          unlabelled: texts, reading)
      } catch let error as GLUEError {
        throw GLUEError(
          path: error.path?.replacing(folder + "/", with: ""), line: error.line, expected: error.expected,
          found: error.found)
      }
    }
  }

  private func complaint(
    _ name: String, _ text: String, task: String = "SST-2", rows: [Example] = GivenAnswersTests.rows,
    texts: [Example] = [], _ change: (inout GivenAnswers.Reading) -> Void = { _ in }
  ) -> String {
    do {
      _ = try read([name: text], task: task, rows: rows, texts: texts, change)
      return "nothing"
    } catch { return "\(error)" }
  }

  /// Half the difference of the logarithms, which is how far each of two centred logits is from 0.
  private static func half(_ p: Double) -> Double { (log(p) - log(1 - p)) / 2 }

  @Test(arguments: [
    ("a.tsv", "id\tnegative\tpositive\n0\t0.25\t0.75\n2\t0\t1\n1\t0.5\t0.5\n"),
    ("a.csv", "positive,text,negative\n0.75,a film,0.25\n0.5,a plot,0.5\n1,\"a\tscript\",0\n"),
    ("a.tsv.gz", "sentence\tp:1\tp:0\na film\t0.75\t0.25\na plot\t0.5\t0.5\na\\tscript\t1\t0\n"),
    ("a.tsv", "text\tvotes:0\tvotes:1\na film\t1\t3\na plot\t2\t2\na\\tscript\t0\t1\n"),
    (
      "a.jsonl",
      """
      {"id": 0, "probabilities": {"positive": 0.75, "negative": 0.25}}

      {"id": "1", "names": ["positive", "negative"], "probabilities": [0.5, 0.5], "label": "0"}
      {"id": 2, "label": "Positive"}
      """
    ),
    (
      "answers",
      #"{"text": "a film", "votes": {"1": 6, "0": 2}}"# + "\n"
        + #"{"text": "a plot", "votes": {"1": 1, "0": 1}}"#
        + "\n" + #"{"text": "a\tscript", "label": 1}"#
    ),
  ])
  func everyWayOfWritingThemIsRead(name: String, text: String) throws {
    let found = try read([name: text]).answers.compactMap(\.self)
    let near = GivenAnswer.smallest
    let wanted = [Self.half(0.75), 0, (log(1) - log(near)) / 2]
    #expect(found.count == 3)
    for (answer, half) in zip(found, wanted) {
      #expect(abs(answer[0] + half) < 1e-12 && abs(answer[1] - half) < 1e-12, "\(answer), \(half)")
    }
  }

  @Test func logitsAreTakenAsTheyAre() throws {
    let lines = #"{"id":0,"names":["1","0"],"logits":[0.1,-7.25],"probabilities":[1,0]}"#
    let found = try read(["a.jsonl": lines + "\n"], rows: [Self.rows[0]])
    #expect(found.answers == [[-7.25, 0.1]])
    let table = try read(["a.tsv": "id\tlogit:0\tlogit:1\n0\t-7.25\t0.1\n"], rows: [Self.rows[0]])
    #expect(table.answers == [[-7.25, 0.1]])
  }

  @Test func answersOfSeveralAreAveraged() throws {
    let wanted = [[-Self.half(0.75), Self.half(0.75)]]
    let annotators = "id\tannotator\tlabel\n0\tann\t1\n0\tbob\t1\n0\tcid\t0\n0\tdan\t1\n"
    let files = ["a.tsv": "id\t0\t1\n0\t0.5\t0.5\n", "b.jsonl": #"{"id":0,"label":"1"}"#]
    for files in [["a.tsv": annotators], files] {
      let found = try read(files, rows: [Self.rows[0]])
      #expect(zip(found.answers[0] ?? [], wanted[0]).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(found.notes.contains("1 rows have several answers, which are averaged"))
    }
    // What a model says counts by its probabilities, not by how large its logits are.
    let mixed = try read(
      ["a.jsonl": #"{"id":0,"logits":{"0":-300,"1":300}}"#, "b.tsv": "id\t0\t1\n0\t0.5\t0.5\n"],
      rows: [Self.rows[0]])
    #expect(zip(mixed.answers[0] ?? [], wanted[0]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func rowsWithoutLabelsGoByTheirTexts() throws {
    let text = "id\ttext\t0\t1\n0\ta film\t0.5\t0.5\n1\ta plot\t1\t0\n2\ta\\tscript\t0\t1\n0\ta song\t0\t1\n"
    let found = try read(["a.tsv": text + "1\tno row\t0\t1\n"], texts: Self.texts) { $0.isPart = true }
    #expect(found.answers.count == 4 && found.answers[3] == found.answers[2])
    #expect(
      found.notes.contains {
        $0.hasSuffix("a.tsv: 1 of 5 answers are to rows that are none of these, from line 6 on")
      })
  }

  @Test func equalTextsHaveEqualAnswers() throws {
    let rows = [Self.rows[0], Self.rows[0]]
    let found = try read(["a.tsv": "text\t0\t1\na film\t0\t1\na film\t0\t1\n"], rows: rows)
    #expect(found.answers[0] == found.answers[1] && found.answers[0] != nil)
    #expect(
      complaint("a.tsv", "text\t0\t1\na film\t0\t1\na film\t1\t0\n", rows: rows).hasPrefix(
        "a.tsv:3: expected one answer"))
  }

  @Test func namesAreMapped() throws {
    let text = "id\tyes\tno\n0\t0.75\t0.25\n"
    let found = try read(["a.tsv": text], rows: [Self.rows[0]]) { $0.labels = ["yes": "1", "no": "0"] }
    #expect((found.answers[0]?[1] ?? 0) > 0)
    #expect(found.notes.contains("the answers are the labels of 100.0 % of 1 rows"))
    let turned = try read(["a.tsv": text], rows: [Self.rows[0]]) { $0.labels = ["yes": "0", "no": "1"] }
    #expect(turned.notes.contains("the answers are the labels of 0.0 % of 1 rows"))
    #expect(complaint("a.tsv", text) == "a.tsv:2: expected columns of 0, 1, or a label, found id, no, yes")
    #expect(
      complaint("a.tsv", text) { $0.labels = ["yes": "2"] }
        == "expected teacher_labels of SST-2: 0, 1, found yes=2")
    #expect(
      complaint("a.tsv", "id\t0\t1\n0\t0\t1\n", rows: [Self.rows[0]]) { $0.labels = ["yes": "1"] }
        == "a.tsv: expected answers called 'yes', as teacher_labels says, found none")
  }

  @Test func answersThatAreNotSureAreLeftOut() throws {
    let text = "id\t0\t1\n0\t0.1\t0.9\n1\t0.6\t0.4\n2\t0.2\t0.8\n"
    let found = try read(["a.tsv": text]) { $0.minConfidence = 0.8 }
    #expect(found.answers.map { $0 != nil } == [true, false, true])
    #expect(found.notes.contains("1 of 3 rows are left out: their answers are less sure than 0.8"))
    #expect(complaint("a.tsv", text) { $0.minConfidence = 0.95 }.contains("found none that counts"))
    let skipped = try read(["a.tsv": "id\t0\t1\n2\t0.1\t0.9\n"]) { $0.skipsUnanswered = true }
    #expect(skipped.answers.map { $0 != nil } == [false, false, true])
    #expect(skipped.notes.contains("2 of 3 rows are left out: they have no answer"))
  }

  @Test func scoresAreMovedToTheRowsOwn() throws {
    let rows = [1.0, 2, 3].enumerated().map {
      Example(first: "a\($0)", second: "b", label: .score($1), index: "\($0)", line: $0 + 2)
    }
    let text = "id\tscore\n0\t-7\n1\t3\n2\t13\n"
    let plain = try read(["a.tsv": text], task: "STS-B", rows: rows)
    #expect(plain.answers == [[-7], [3], [13]])
    #expect(plain.notes.contains { $0.hasSuffix("--teacher-scores standardize moves them there") })
    let moved = try read(["a.tsv": text], task: "STS-B", rows: rows) { $0.standardizesScores = true }
    #expect(zip(moved.answers.compactMap { $0?[0] }, [1, 2, 3]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(
      complaint("a.tsv", "id\tscore\n0\t1\n1\t1\n2\t1\n", task: "STS-B", rows: rows) {
        $0.standardizesScores = true
      }
        == "a.tsv: expected scores that differ, to be standardized, found 1.0 everywhere")
    #expect(
      complaint("a.tsv", text, task: "STS-B", rows: rows) { $0.minConfidence = 0.5 }.hasPrefix(
        "expected answers of classes"))
  }

  /// Of gold scores with mean 2 and deviation 0.8: moved, wider, narrower, and two that look alike.
  @Test(arguments: [
    ([101.0, 102, 103], true), ([-8, 2, 12], true), ([1.7, 2, 2.3], true), ([1.5, 2.5, 3.5], false),
    ([0.8, 2, 3.2], false),
  ])
  func scoresOfOtherUnitsAreSaid(scores: [Double], areOther: Bool) throws {
    let rows = [1.0, 2, 3].enumerated().map {
      Example(first: "a\($0)", second: "b", label: .score($1), index: "\($0)", line: $0 + 2)
    }
    let text = "id\tscore\n" + scores.enumerated().map { "\($0)\t\($1)\n" }.joined()
    let found = try read(["a.tsv": text], task: "STS-B", rows: rows)
    #expect(found.notes.contains { $0.contains("--teacher-scores standardize") } == areOther)
  }

  @Test(arguments: [
    ("a.tsv", "", "a.tsv: expected answers, a line for each row, found nothing"),
    ("a.tsv", "id\t0\t1\n", "a.tsv: expected answers, a line for each row, found none"),
    ("a.tsv", "0\t1\n0.5\t0.5\n", "a.tsv:1: expected a column that says which row is meant: id"),
    ("a.tsv", "id\t0\t1\n0\t0.5\n", "a.tsv:2: expected 3 cells, as the first line has, found 2"),
    ("a.tsv", "id\t0\t0\n0\t0.5\t0.5\n", "a.tsv:1: expected each name once, found '0' twice"),
    ("a.tsv", "id\t0\t1\n0\t0.5\tnan\n", "a.tsv:2: expected a number as '1', found 'nan'"),
    ("a.tsv", "id\t0\t1\n0\t0.5\tinf\n", "a.tsv:2: expected a number as '1', found 'inf'"),
    (
      "a.tsv", "id\t0\t1\n0\t0.5\t0.6\n",
      "a.tsv:2: expected probabilities with a sum of 1, found a sum of 1.1"
    ),
    (
      "a.tsv", "id\t0\t1\n0\t-0.5\t1\n",
      "a.tsv:2: expected probabilities from 0 to 1 (logits are called logit:NAME"
    ),
    (
      "a.tsv", "id\t0\t1\n0\t2\t0\n",
      "a.tsv:2: expected probabilities from 0 to 1 (logits are called logit:NAME"
    ),
    ("a.tsv", "id\tvotes:0\tvotes:1\n0\t0\t0\n", "a.tsv:2: expected a vote at least, found none"),
    (
      "a.tsv", "id\tp:0\n0\t1\n",
      "a.tsv:2: expected a number for each of 0, 1 (--teacher-labels maps other names), found 0"
    ),
    ("a.tsv", "id\tlabel\n0\tgood\n", "a.tsv:2: expected"),
    ("a.tsv", "id\t0\t1\n0\t0\t1\n0\t0\t1\n", "a.tsv:3: expected one answer a row"),
    ("a.tsv", "id\t0\t1\n7\t0\t1\n", "a.tsv:2: expected the id of a training row"),
    (
      "a.tsv", "id\t0\t1\n0\t0\t1\n1\t0\t1\n",
      "a.tsv: expected an answer to each of 3 rows, found none to 1 of them"
    ),
    (
      "a.tsv", "id\ttext\t0\t1\n0\tno row\t0\t1\n",
      "a.tsv:2: expected the text of the row called 0 (line 2), 'a film'"
    ),
    (
      "a.tsv", "id\ttext\t0\t1\n0\ta plot\t0\t1\n",
      "a.tsv:2: expected the text of the row called 0 (line 2), 'a film'"
    ),
    (
      "a.jsonl", #"{"id":0,"logits":[1,2]}"#,
      "a.jsonl:1: expected 'names', the label of each number in 'logits'"
    ),
    ("a.jsonl", #"{"id":0,"logits":"x"}"#, "a.jsonl:1: expected an object of numbers by label"),
    ("a.jsonl", #"{"id":0,"probabilities":{"1":NaN}}"#, "a.jsonl:1: expected a JSON object"),
    ("a.jsonl", #"{"id":0,"probabilities":{"1":0.4}}"#, "a.jsonl:1: expected a number for each of 0, 1"),
    (
      "a.jsonl", #"{"text":"a film","label":1}"# + "\n" + #"{"label":1}"#,
      "a.jsonl:2: expected a text or a number as 'text'"
    ),
    ("a.jsonl", #"{"id":0,"label":1,"id":2}"#, "a.jsonl:1: expected an object with each key once"),
    ("a.csv", "id,0,1\n0,\"0.5,0.5\n", "a.csv:2: expected an end of the quotes"),
  ])
  func badFilesAreRefused(name: String, text: String, said: String) {
    let complaint = complaint(name, text)
    #expect(complaint.hasPrefix(said), "\(complaint)")
  }

  @Test func idsThatSeveralRowsHaveSayNothing() {
    let rows = [
      Example(first: "a", label: .index(0), index: "x", line: 2),
      Example(first: "b", label: .index(0), index: "x", line: 3),
    ]
    #expect(
      complaint("a.tsv", "id\t0\t1\nx\t0\t1\n", rows: rows)
        == "a.tsv:2: expected the texts of rows, as several rows are called 'x', found an id alone")
    #expect(complaint("a.tsv", "id\ttext\t0\t1\nx\ta\t0\t1\nx\tb\t0\t1\n", rows: rows) == "nothing")
  }

  @Test func severalLabelsHaveProbabilitiesOfTheirOwn() throws {
    try withTemporaryDirectory { folder in
      try Files.write("text\tlabels\na\tx|y\nb\t[]\n", to: folder + "/moods/train.tsv")
      try Files.write("text\tlabels\na\tx|y\n", to: folder + "/moods/dev.tsv")
      let task = try GLUETask.named("moods", in: folder)
      let rows = try task.load(.train, from: folder).examples
      try Files.write("id\tx\ty\n0\t0.75\t0.9\n1\t0.5\t0\n", to: folder + "/a.tsv")
      var reading = GivenAnswers.Reading()
      let found = try GivenAnswers([folder + "/a.tsv"], of: task, labelled: rows, unlabelled: [], reading)
      #expect(abs((found.answers[0]?[0] ?? 0) - log(3.0)) < 1e-12)
      #expect(found.answers[1]?[0] == 0 && (found.answers[1]?[1] ?? 0) < -13)
      reading.minConfidence = 0.7
      let sure = try GivenAnswers([folder + "/a.tsv"], of: task, labelled: rows, unlabelled: [], reading)
      #expect(sure.answers.map { $0 != nil } == [true, false])
      try Files.write(#"{"id":0,"labels":["y"]}"# + "\n" + #"{"id":1,"labels":[]}"#, to: folder + "/b.jsonl")
      let named = try GivenAnswers([folder + "/b.jsonl"], of: task, labelled: rows, unlabelled: [])
      #expect(named.answers.map { $0?.map { $0 > 0 } } == [[false, true], [false, false]])
    }
  }
}
