import Files
import TestSupport
import Testing

@testable import GLUE

/// Tasks of one's own in CSV and in JSON lines.
@Suite struct NamedTableTests {
  private func withFiles(_ files: [String: String], _ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      for (file, text) in files { try Files.write(text, to: "\(folder)/own/\(file)") }
      try body(folder)
    }
  }

  /// What reading the training rows says, after the folder.
  private func complaint(_ files: [String: String]) throws -> String {
    var said = ""
    try withFiles(files) { folder in
      let error = #expect(throws: (any Error).self) {
        try GLUETask.named("own", in: folder).load(.train, from: folder)
      }
      said = error.map { "\($0)".replacing(folder, with: "my") } ?? ""
    }
    return said
  }

  @Test func cellsOfCSVAreThoseOfTheRFC() throws {
    let text = "\u{FEFF} Text ,note,label\r\n\"a, \"\"b\"\"\r\nc\",,good\r\nd,\"\",\"very, bad\"\r\n\r\n"
    try withFiles(["train.csv": text, "validation.csv": "label,text\ngood,x\n"]) { folder in
      let task = try GLUETask.named("own", in: folder)
      #expect(task.labels == ["good", "very, bad"] && !task.hasPairs)
      let rows = try task.load(.train, from: folder).examples
      #expect(rows.map(\.first) == ["a, \"b\"\r\nc", "d"] && rows.map(\.label) == [.index(0), .index(1)])
      #expect(rows.map(\.line) == [2, 4])
      #expect(try task.load(.dev, from: folder).examples.map(\.first) == ["x"])
      #expect(GLUETask.hasPairs("own", in: folder) == false)
    }
  }

  @Test func objectsOfJSONLinesAreRows() throws {
    let text = """
      {"label": 10, "premise": "a\\nb", "id": 7, "hypothesis": "c", "more": [1, {"x": null}]}

      {"hypothesis": "", "premise": "d", "label": "9", "id": "x"}
      """
    try withFiles(["train.jsonl": text, "test.jsonl": "{\"premise\": \"e\", \"hypothesis\": \"f\"}\r\n"]) {
      folder in
      let task = try GLUETask.named("own", in: folder)
      #expect(task.labels == ["9", "10"] && task.hasPairs)
      let rows = try task.load(.train, from: folder).examples
      #expect(rows.map(\.first) == ["a\nb", "d"] && rows.map(\.second) == ["c", ""])
      #expect(rows.map(\.label) == [.index(1), .index(0)] && rows.map(\.index) == ["7", "x"])
      #expect(rows.map(\.line) == [1, 3])
      #expect(try task.load(.test, from: folder).examples.map(\.second) == ["f"])
    }
    let scores = "{\"text\": \"a\", \"score\": 2.5}\n{\"text\": \"b\", \"score\": \"-1\"}\n"
    try withFiles(["train.jsonl": scores]) { folder in
      let task = try GLUETask.named("own", in: folder)
      #expect(try task.load(.train, from: folder).examples.map(\.label) == [.score(2.5), .score(-1)])
    }
  }

  @Test func gzipIsReadInEveryFormat() throws {
    try withFiles([:]) { folder in
      let text = Array("text,label\na,x\nb,y\n".utf8)
      try Files.write(Gzip.member(text), to: folder + "/own/train.csv.gz")
      let task = try GLUETask.named("own", in: folder)
      #expect(try task.load(.train, from: folder).examples.count == 2)
    }
  }

  @Test func whatIsWrongIsNamedWithItsLine() throws {
    let head = "text,label\na,x\nb,y\n"
    let csv = "my/own/train.csv:"
    #expect(
      try complaint(["train.csv": head + "\"c,x\nd,y\n"])
        == csv + "4: expected an end of the quotes that open here, found none up to the end of the file")
    #expect(
      try complaint(["train.csv": head + "c \"d\",x\n"])
        == csv
        + "4: expected cells with quotes in them to be in quotes, with those doubled, found one that is not")
    #expect(
      try complaint(["train.csv": head + "\"c\nd\" e,x\n"])
        == csv + "5: expected a comma or the end of the line behind quotes, found something else")
    #expect(
      try complaint(["train.csv": head + "c\n"])
        == csv + "4: expected 2 cells, found 1; --skip-malformed leaves such rows out")
    #expect(
      try complaint(["train.csv": "text;label\na;x\n"])
        == csv + "1: expected names with commas between them, found ';' between them")
    #expect(
      try complaint(["train.csv": "text,label,Text\na,x,b\n"])
        == csv + "1: expected one column called 'text', found 2")
    #expect(try complaint(["train.csv": ""]) == "my/own/train.csv: expected a header and rows, found nothing")
    #expect(try complaint(["train.csv": "text,label\n"]) == "my/own/train.csv: expected rows, found none")
    #expect(
      try complaint(["train.csv": "a\0b,label\n"]).hasPrefix(csv + "1: expected text, found a NUL at byte 1"))
    let json = "my/own/train.jsonl:"
    let rows = "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": 2}\n"
    #expect(
      try complaint(["train.jsonl": rows + "[1]\n"])
        == json + "3: expected a JSON object of texts and numbers, found '[1]'")
    #expect(
      try complaint(["train.jsonl": rows + "{\"text\": \"a\"\n"])
        == json + "3: expected a JSON object of texts and numbers, found '{\"text\": \"a\"'")
    for bad in ["{\"label\": 1}", "{\"text\": null, \"label\": 1}", "{\"text\": [\"a\"], \"label\": 1}"] {
      #expect(
        try complaint(["train.jsonl": rows + bad])
          == json
          + "3: expected a text or a number as 'text', found none; --skip-malformed leaves such rows out")
    }
    #expect(
      try complaint(["train.csv": head, "train.tsv": "text\tlabel\n"]).contains(
        "expected one file of these rows"))
    #expect(
      try complaint(["train.csv": head, "dev.csv": head, "validation.csv": head]).contains(
        "dev.csv too: move one"))
    #expect(
      try complaint(["train.csv": head, "dev.tsv": "text\tlabel\na\tx\n"])
        == "my/own: expected files of one format, found dev.tsv, train.csv")
    try withFiles(["train.csv": head + "c\nd,y\n"]) { folder in
      let data = try GLUETask.named("own", in: folder).load(.train, from: folder, skipMalformed: true)
      #expect(data.examples.map(\.first) == ["a", "b", "d"] && data.skippedLines == [4])
    }
  }
}
