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

  @Test(arguments: [(";", "';'"), ("\t", "a tab"), ("|", "'|'")]) func otherSeparatorsAreRecognisedAndSaid(
    separator: String, name: String
  ) throws {
    let text =
      ["\"text\"", "label, id"].joined(separator: separator) + "\n"
      + ["\"a, \(separator)b\"", "x"].joined(separator: separator) + "\n"
      + ["c", "y"].joined(separator: separator) + "\n"
    try withFiles(["train.csv": text.replacing("label, id", with: "label")]) { folder in
      let task = try GLUETask.named("own", in: folder)
      let data = try task.load(.train, from: folder)
      #expect(data.examples.map(\.first) == ["a, \(separator)b", "c"] && task.labels == ["x", "y"])
      #expect(
        data.notes == [
          "\(folder)/own/train.csv: cells have \(name) between them, where CSV has a comma: they are read so"
        ])
    }
    try withFiles(["train.csv": "text,label\na;b,x\nc,y\n"]) { folder in
      let notes = try GLUETask.named("own", in: folder).load(.train, from: folder).notes
      #expect(notes.isEmpty)
    }
  }

  @Test func rowsWithoutAnAnswerAreCalledSo() throws {
    let words = ", by which data sets mark rows without an answer"
    #expect(try complaint(["train.csv": "text,label\na,-1\nb,-1\n"]).hasSuffix("found only '-1'" + words))
    for (name, head, rows, bad) in [
      ("csv", "text,label\n", "a,0\nb,1\n", "c,-1\n"), ("tsv", "text\tlabel\n", "a\t0\nb\t1\n", "c\t-1\n"),
    ] {
      try withFiles(["train.\(name)": head + rows, "test.\(name)": head + bad]) { folder in
        let task = try GLUETask.named("own", in: folder)
        let error = #expect(throws: GLUEError.self) { try task.load(.test, from: folder) }
        #expect(error?.line == 2 && error?.found == "'-1'" + words)
        #expect(try task.load(.test, from: folder, withLabels: false).examples.count == 1)
      }
    }
  }

  @Test(arguments: [
    ("train.json", "train.json: JSON lines, an object a line, are called .jsonl"),
    ("train-00000-of-00001.parquet", "which is not read: in Python"),
    ("train.xlsx", "train.xlsx, which is not read"), ("notes.md", "found neither"),
  ])
  func filesThatAreNotReadAreNamed(file: String, said: String) throws {
    #expect(try complaint([file: "x"]).contains(said))
  }

  @Test func textsWithoutLabelsAreReadOfAnyTable() throws {
    try withFiles([
      "train.csv": "Review,Stars\na,1\nb,2\n", "more.csv": "stars;review\n;\"c\nd\"\n",
      "more.jsonl": "{\"review\": \"e\"}\n",
      "csv.txt": "text,stars\nf,1\n", "json.txt": "{\"text\": \"g\"}\n", "own.tsv": "review\tx\nh\t\n",
      "plain.txt": "a review\n",
    ]) { folder in
      let task = try GLUETask.named("own", in: folder, columns: TaskColumns(text: "review", label: "stars"))
      func read(_ name: String) throws -> DataSet { try task.loadTexts("\(folder)/own/\(name)") }
      #expect(
        try read("more.csv").examples.map(\.first) == ["c\nd"] && read("more.csv").examples[0].label == nil)
      #expect(try read("more.csv").notes.first == "\(folder)/own/more.csv: CSV; review is read")
      #expect(try read("more.jsonl").examples.map(\.first) == ["e"])
      #expect(
        try read("csv.txt").examples.map(\.first) == ["f"] && read("json.txt").examples.map(\.first) == ["g"])
      #expect(
        try read("own.tsv").examples.map(\.first) == ["h"]
          && read("plain.txt").examples.map(\.first) == ["a review"])
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
      try complaint(["train.csv": "text,label,Text\na,x,b\n"])
        == csv + "1: expected one column called 'text', found 2")
    #expect(try complaint(["train.csv": ""]) == "my/own/train.csv: expected a header and rows, found nothing")
    #expect(try complaint(["train.csv": "text,label\n"]) == "my/own/train.csv: expected rows, found none")
    #expect(
      try complaint(["train.csv": "a\0b,label\n"]).hasPrefix(csv + "1: expected text, found a NUL at byte 1"))
    let json = "my/own/train.jsonl:"
    let rows = "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": 2}\n"
    for (line, key) in [
      ("{\"text\": \"c\", \"label\": 1, \"text\": \"d\"}", "'text'"),
      ("{\"a\": {\"b\": 1, \"b\": 2}, \"text\": \"\\\"{,\", \"label\": 1, \"\\u0061\": 2}", "a key"),
    ] {
      #expect(
        try complaint(["train.jsonl": rows + line]) == json
          + "3: expected an object with each key once, found \(key) twice")
    }
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
