import Files
import TestSupport
import Testing

@testable import GLUE

/// Files that are something else than tab-separated lines without quotes: recognised and said.
@Suite struct TextFormatTests {
  private func outcome(_ read: (String) throws -> DataSet, of bytes: [UInt8]) throws -> (
    rows: [Example], said: String
  ) {
    try withTemporaryDirectory { folder in
      let path = folder + "/train.tsv"
      try Files.write(bytes, to: path)
      do {
        let data = try read(path)
        return (data.examples, data.notes.joined(separator: "\n").replacing(path, with: "F"))
      } catch { return ([], "\(error)".replacing(path, with: "F")) }
    }
  }

  private func rows(_ text: String, task: String = "SST-2", skip: Bool = false) throws -> (
    rows: [Example], said: String
  ) {
    try outcome(
      { try GLUETask.named(task).load(.train, file: $0, skipMalformed: skip) }, of: Array(text.utf8))
  }

  private func texts(_ text: String, task: String = "SST-2") throws -> (rows: [Example], said: String) {
    try outcome({ try GLUETask.named(task).loadTexts($0) }, of: Array(text.utf8))
  }

  @Test func firstLinesAreToldApart() {
    for line in [
      "a fine film", "", "text, label and more of that kind than any name has got", "a\tb", "the text",
      "{braces} are text", "the film, the score", "gj04\t1\t\tthe sentence", "Quality, price and service",
      "Score,",
    ] {
      #expect(FirstLine(line) == .row, "\(line)")
    }
    #expect(FirstLine("Text") == .names(["Text"]) && FirstLine("sentence") == .names(["sentence"]))
    #expect(FirstLine("review\tlabel") == .names(["review", "label"]))
    #expect(FirstLine(" id \t#1 String") == .names([" id ", "#1 String"]))
    #expect(
      FirstLine("sentence,label") == .separated(by: ",")
        && FirstLine("\"text\";\"label\"") == .separated(by: ";"))
    #expect(
      FirstLine("{\"text\": \"a\"}") == .json && FirstLine("[{\"a\": 1}]") == .json && FirstLine("[") == .json
    )
  }

  @Test func textsStandWhereTheHeaderSays() throws {
    func places(_ header: String, pairs: Bool? = nil) throws -> [Int] {
      try TextColumns(header.split(separator: "\t").map(String.init), pairs: pairs, path: "f").texts
    }
    #expect(
      try places("label\t Sentence ") == [1] && places("id\tqid1\tqid2\tquestion2\tquestion1") == [4, 3])
    #expect(try places("Quality\t#1 ID\t#2 ID\t#1 String\t#2 String", pairs: true) == [3, 4])
    #expect(try TextColumns(["x", "ID", "text"], path: "f").index == 1)
    for (header, pairs) in [
      ("review\tlabel", nil), ("text\tsentence", nil), ("text\tlabel", true), ("text1\ttext2", false),
    ]
      as [(String, Bool?)]
    {
      let error = #expect(throws: GLUEError.self) { try places(header, pairs: pairs) }
      #expect(error?.line == 1 && error?.found == "2 columns: " + header.replacing("\t", with: ", "))
    }
  }

  @Test func csvAndJSONAreCalledSo() throws {
    let csv = "names with ',' between them, as in CSV (columns are separated by tabs here)"
    let json = "JSON (lines of texts, or columns separated by tabs, are read here)"
    #expect(
      try rows("sentence,label\na,1\n").said
        == "F:1: expected a header of 2 columns with sentence, label, found \(csv)")
    #expect(try rows("{\"sentence\": \"a\", \"label\": 1}\n").said.hasSuffix("found \(json)"))
    #expect(try texts("text,label\na,1\n").said == "F: CSV; text is read")
    #expect(try texts("{\"text\": \"a\"}\n").said == "F: JSON lines; text is read")
    #expect(
      try texts("[{\"text\": \"a\"}]\n").said
        == "F:1: expected a text, found JSON that is no object a line, which can be read")
    try withTemporaryDirectory { folder in
      for (line, what) in [("text,label", csv), ("{\"text\": 1}", json)] {
        try Files.write(line + "\nb,x\n", to: folder + "/own/train.tsv")
        let error = #expect(throws: GLUEError.self) { try GLUETask.named("own", in: folder) }
        #expect(error?.found == what)
      }
    }
  }

  @Test func headersMayHaveBlanksAroundNames() throws {
    #expect(try rows(" sentence \t label\na\t1\n").rows.map(\.first) == ["a"])
    try withTemporaryDirectory { folder in
      try Files.write("label \t text\nx\ta\ny\tb\n", to: folder + "/own/train.tsv")
      #expect(
        try GLUETask.named("own", in: folder).load(.train, from: folder).examples.map(\.first) == ["a", "b"])
    }
  }

  @Test func unlabelledTextsMayHaveAHeader() throws {
    #expect(try texts("a\nb\n").rows.map(\.first) == ["a", "b"])
    let table = try texts("id\tsentence\n1\ta\n2\tb\n")
    #expect(table.rows.map(\.first) == ["a", "b"] && table.rows.map(\.label) == [nil, nil])
    #expect(table.said == "F: the first line names columns; sentence is read")
    let pairs = try texts("hypothesis\tpremise\tlabel\nb\ta\t0\n", task: "RTE")
    #expect(pairs.rows.map(\.first) == ["a"] && pairs.rows.map(\.second) == ["b"])
    #expect(
      try texts("a\tb\nc\td\n").said
        == "F:1: expected one text a line, as the rows of SST-2 have, found two columns")
    #expect(
      try texts("a\nb\n", task: "RTE").said
        == "F:1: expected two texts with a tab between them, as the rows of RTE have, found one")
    #expect(
      try texts("text\tlabel\na\t1\n", task: "RTE").said.contains("the two texts of a pair, found 2 columns"))
    #expect(
      try texts("premise\thypothesis\na\tb\n").said.contains("a header that names one text, found 2 columns"))
    #expect(
      try texts("review\tstars\tlabel\na\t1\t1\n").said.contains("found 3 columns: review, stars, label"))
    #expect(
      try texts("").said == "F: expected rows, found none"
        && texts("text\n").said == "F: expected rows, found none")
  }

  @Test func filesInGzipAreFoundAndRead() throws {
    let text = "\u{FEFF}text\tlabel\r\na\tx\r\nb\ty\r\n"
    try withTemporaryDirectory { folder in
      try Files.write(Gzip.member(Array(text.utf8)), to: folder + "/own/train.tsv.gz")
      // The bytes say what a file is, not its name.
      try Files.write(Gzip.member(Array("text\tlabel\nc\tx\n".utf8)), to: folder + "/own/dev.tsv")
      let task = try GLUETask.named("own", in: folder)
      #expect(try task.load(.train, from: folder).examples.map(\.first) == ["a", "b"])
      #expect(try task.load(.dev, from: folder).examples.map(\.first) == ["c"])
      #expect(
        GLUETask.hasPairs("own", in: folder) == false && GLUETask.hasPairs("RTE", in: "nowhere") == true)
      #expect(GLUETask.hasPairs("other", in: folder) == nil)
      try Files.write(Gzip.member(Array("sentence\tlabel\na\t1\n".utf8)), to: folder + "/SST-2/dev.tsv.gz")
      #expect(try GLUETask.named("SST-2").load(.dev, from: folder).examples.count == 1)
      try Files.write("text\tlabel\n", to: folder + "/own/train.tsv")
      #expect(
        throws: GLUEError(
          path: folder + "/own/train.tsv", expected: "one file of these rows",
          found: folder + "/own/train.tsv.gz too: move one away")
      ) { try GLUETask.named("own", in: folder) }
    }
  }

  @Test func cellsThatPandasQuotedAreSaid() throws {
    let head = "sentence\tlabel\n"
    let quoted = try rows(head + "\"he said \"\"no\"\" twice\"\t1\nplain\t0\n")
    #expect(quoted.rows.map(\.first) == ["\"he said \"\"no\"\" twice\"", "plain"])
    #expect(
      quoted.said
        == "F: 1 cell is in quotes with doubled quotes inside, as pandas and spreadsheets write them (the first in line "
        + "2): fields have no quotes here, so all of them are read as text")
    // People's quotes, as GLUE has them, are text.
    for text in ["\"he said no\"\t1\n", "\"no\" , he said\t1\n\"a \"\"b\"\" c\"\t0\n", "a \" b\t1\n"] {
      #expect(try rows(head + text).said.isEmpty, "\(text)")
    }
  }

  @Test func rowsOverSeveralLinesAreLeftOutWhole() throws {
    let head = "sentence\tlabel\n"
    let cell = "\"one\ntwo\nthree \"\"3\"\"\"\t1\n"
    let text = head + "a\t0\n" + cell + "b\t1\n\"c\nd\"\t0\n"
    #expect(
      try rows(text).said
        == "F:3: expected 2 columns, found a cell in quotes with a line break in it, up to line 5 (and 1 more lines like "
        + "it); --skip-malformed leaves such lines out")
    let left = try rows(text, skip: true)
    #expect(left.rows.map(\.first) == ["a", "b"] && left.rows.map(\.line) == [2, 6])
    #expect(
      left.said
        == "F: 2 rows have a line break or a tab in a cell in quotes (the first in lines 3 to 5): left out as a whole\n"
        + "F: 5 lines whose columns do not fit are left out: 3, 4, 5, 7, 8")
    // A last cell, whose first line has as many columns as a row.
    let last = try rows("label\tsentence\n0\ta\n1\t\"one\ntwo\"\n0\tb", skip: true)
    #expect(last.rows.map(\.first) == ["a", "b"])
    // A tab.
    #expect(
      try rows(head + "\"a\tb\"\t1\n").said.contains(
        "expected 2 columns, found a cell in quotes with a tab in it"))
    #expect(try rows(head + "a\t1\n\"b\nc\"\t1", skip: true).rows.map(\.first) == ["a"])
  }

  @Test func quotesThatNeverEndTakeNoRows() throws {
    let head = "sentence\tlabel\n"
    let open = try rows(head + "\"a\nb\t1\nc\t0\n", skip: true)
    #expect(
      open.rows.map(\.first) == ["b", "c"]
        && open.said.hasSuffix("1 lines whose columns do not fit are left out: 2"))
    // Rows by themselves stay rows, whatever a quote reaches.
    let speech = try rows("label\tsentence\n1\t\"he said\n0\tshe said\"\n")
    #expect(speech.rows.map(\.first) == ["\"he said", "she said\""] && speech.said.isEmpty)
    // Many of them cost no more than one look each, and not for ever.
    let many = head + String(repeating: "\"a\n", count: 200_000) + "b\t1\n"
    #expect(try rows(many, skip: true).rows.map(\.first) == ["b"])
  }

  @Test func recordsAreThoseOfTheRFC() throws {
    func records(_ text: String) throws -> [[String]] {
      let bytes = Array(text.utf8)
      return try bytes.withUnsafeBytes { bytes in
        var reader = QuotedRecords(bytes, separator: UInt8(ascii: ","))
        var cells: [QuotedRecords.Cell] = []
        var found: [[String]] = []
        while try reader.next(&cells) {
          found.append(cells.map { String(decoding: bytes[$0.range], as: UTF8.self) })
        }
        return found
      }
    }
    #expect(
      try records("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n") == [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]])
    #expect(
      try records("\"aaa\",\"b \r\nbb\",\"ccc\"\nzzz,,xxx") == [
        ["aaa", "b \r\nbb", "ccc"], ["zzz", "", "xxx"],
      ])
    #expect(
      try records("\"b\"\"bb\",\"\",\n") == [["b\"\"bb", "", ""]] && records("") == []
        && records("\n") == [[""]])
    #expect(throws: QuotedRecords.Problem.unclosed(line: 2)) { try records("a\n\"b\nc\n") }
    #expect(throws: QuotedRecords.Problem.strayQuote(line: 1)) { try records("a\"b\n") }
    #expect(throws: QuotedRecords.Problem.afterQuotes(line: 3)) { try records("a\n\"b\n\"c\n") }
  }

  @Test(arguments: [
    (["1", "2", "10"], LabelShape.names), (["good", "bad"], .names), (["0.5", "1.5"], .numbers),
    (["0.25", "0.75", "1"], .probabilities), (["0.1,0.9", "0.8,0.2"], .vectors),
    (["[0 1]", "[1 0]"], .vectors),
    (["sport", "film", "sport,film"], .several(separator: ",")),
    (["['a', 'b']", "['b', 'c']", "['a', 'c']"], .several(separator: ",")),
    (["x|y", "x", "y"], .several(separator: "|")), (["New York, NY", "Austin, TX"], .names),
    (["Washington, D.C.", "no"], .names),
  ])
  func labelsThatAreNoNamesAreKnown(labels: [String], shape: LabelShape) {
    #expect(LabelShape(labels) == shape)
    #expect((shape.sentence(labels) == nil) == (shape == .names))
  }
}
