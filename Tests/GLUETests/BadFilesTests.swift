import Files
import GLUE
import TestSupport
import Testing

@Suite struct BadFilesTests {
  /// What is said of a file of a task, after its path, or the number of rows read.
  private func complaint(
    _ bytes: [UInt8], task: String = "SST-2", split: Split = .train, skipMalformed: Bool = false
  ) throws -> String {
    try withTemporaryDirectory { folder in
      let path = folder + "/file.tsv"
      try Files.write(bytes, to: path)
      do {
        let data = try GLUETask.named(task).load(split, file: path, skipMalformed: skipMalformed)
        return "\(data.examples.count) rows, skipped \(data.skippedLines)"
      } catch {
        #expect(error is GLUEError || error is TextError)
        #expect("\(error)".hasPrefix(path))
        return String("\(error)".dropFirst(path.utf8.count))
      }
    }
  }

  private func complaint(
    _ text: String, task: String = "SST-2", split: Split = .train, skipMalformed: Bool = false
  ) throws -> String {
    try complaint(Array(text.utf8), task: task, split: split, skipMalformed: skipMalformed)
  }

  @Test func bytesAreForgivenWhereTheyMeanNothing() throws {
    let bom = "\u{FEFF}"
    #expect(try complaint(bom + "sentence\tlabel\r\na\t1\r\nb\t0\r\n\r\n") == "2 rows, skipped []")
    #expect(try complaint("sentence\tlabel\na\t1\nb\t0") == "2 rows, skipped []")
    #expect(try complaint("sentence\tlabel\n\t1\n") == "1 rows, skipped []")
    #expect(try complaint("label\tmore\tsentence\n1\t\ta\n") == "1 rows, skipped []")
    #expect(try complaint("text\tclass\na\t1\n") == "1 rows, skipped []")
  }

  @Test func complaintsNameLineExpectedAndFound() throws {
    let head = "sentence\tlabel\n"
    #expect(try complaint("") == ": expected rows, found none")
    #expect(try complaint("\u{FEFF}") == ": expected rows, found none")
    #expect(try complaint(head) == ": expected rows, found none")
    #expect(
      try complaint(head + "a\t1\nb\nc\t0\n")
        == ":3: expected 2 columns, found 1; --skip-malformed leaves such lines out")
    #expect(
      try complaint(head + "a\t1\nb\nc\t0\td\n\ne\t1\n")
        == ":3: expected 2 columns, found 1 (and 2 more lines like it); --skip-malformed leaves such lines out"
    )
    #expect(try complaint(head + "a\t1\nb\nc\t0\n", skipMalformed: true) == "2 rows, skipped [3]")
    #expect(try complaint(head + "a\n", skipMalformed: true) == ": expected rows, found none")
    #expect(
      try complaint(head + "a\t1\nb\tpositive\n") == ":3: expected a label of SST-2: 0, 1, found 'positive'")
    #expect(try complaint(head + "a\t1 \n") == ":2: expected a label of SST-2: 0, 1, found '1 '")
    #expect(
      try complaint("a\t1\nb\t0\n")
        == ":1: expected a header of 2 columns with sentence, label, found 2 columns: a, 1")
    #expect(
      try complaint("sentence\tlabels\na\t0\n")
        == ":1: expected a header of 2 columns with sentence, label, found 2 columns: sentence, labels")
    #expect(try complaint("a\tb\tc\n").hasPrefix(":1: expected a header of 2 columns"))
    #expect(try complaint(head + "a\t1\nb\u{0}c\t1\n") == ":3: expected text, found a NUL at byte 20")
    #expect(
      try complaint(Array(head.utf8) + [0x61, 0xFF, 0x09, 0x31])
        == ":2: expected UTF-8, found the invalid byte 0xFF at byte 16 (iconv -f WINDOWS-1252 -t UTF-8, if it is that or "
        + "Latin-1)")
    #expect(
      try complaint("index\tsentence1\tsentence2\tlabel\n0\ta\tb\t2\n", task: "WNLI")
        == ":2: expected a label of WNLI: 0, 1, found '2'")
    let stsb = sampleLines(try GLUETask.named("STS-B"), .train)[0] + "\n0\tg\tf\ty\to\ts\ts\ta\tb\t"
    for score in ["5.1", "-0.1", "nan", "", "x", "inf"] {
      #expect(
        try complaint(stsb + score + "\n", task: "STS-B")
          == ":2: expected a score from 0.0 to 5.0, found '\(score)'")
    }
  }

  @Test func aMissingFileIsNamed() throws {
    #expect(throws: FileError.self) { try GLUETask.named("RTE").load(.dev, file: "/nowhere/dev.tsv") }
  }
}
