import BERT
import Files
import TestSupport
import Testing

/// `predict` of CSV and JSON lines, by their names or their first lines.
@Suite struct TableInputTests {
  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<40).map { "w\($0)" }

  private func withModel(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      try TinyModels.model(head: .sequenceClassification(labels: 2)).save(to: folder + "/model")
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: folder + "/model/vocab.txt")
      try body(folder)
    }
  }

  private func predict(_ folder: String, _ arguments: [String] = [], input: String = "") throws
    -> Program.Outcome
  {
    try Program.run(["predict", "--model", "model"] + arguments, input: input, in: folder)
  }

  @Test func tablesAreReadWhateverTheyAreWrittenAs() throws {
    try withModel { folder in
      let expected = try predict(folder, ["--with-id"], input: "id\ttext\na\tw5 w6\nb\tw7 w8 w9\n").output
      #expect(expected.split(separator: "\n").count == 3)
      let tables = [
        ("x.csv", "id,text,label\na,w5 w6,1\nb,w7 w8 w9,0\n"),
        ("x.csv", "\u{FEFF}text;id\r\n\"w5\r\nw6\";a\r\n\"w7 w8 w9\";\"b\"\r\n"),
        (
          "x.jsonl",
          "{\"text\": \"w5 w6\", \"id\": \"a\", \"more\": [1]}\n\n{\"id\": \"b\", \"text\": \"w7\\nw8 w9\"}\n"
        ),
        ("x.txt", "id,text\na,w5 w6\nb,\"w7 w8 w9\"\n"),
        ("x.txt", "{\"id\": \"a\", \"text\": \"w5 w6\"}\n{\"id\": \"b\", \"text\": \"w7 w8 w9\"}"),
      ]
      for (name, text) in tables {
        try Files.write(text, to: folder + "/" + name)
        let file = try predict(folder, [name, "--with-id"])
        #expect(file.status == 0 && file.output == expected, "\(text) \(file)")
        #expect(file.error.contains(name) && file.error.contains("text is read"), "\(file.error)")
        if name == "x.txt" {
          let piped = try predict(folder, ["--with-id", "--quiet"], input: text)
          #expect(piped.output == expected && piped.error.isEmpty, "\(piped)")
        }
      }
      try Files.write(Gzip.member(Array(tables[0].1.utf8)), to: folder + "/x.csv.gz")
      #expect(try predict(folder, ["x.csv.gz", "--with-id", "--quiet"]).output == expected)
    }
  }

  @Test func endsOfLinesInCellsStayAsTheyAre() throws {
    try withModel { folder in
      for (name, text) in [
        ("x.csv", "text,id\r\n\"w5\r\nw6\",a\r\n\"w7\nw8\",b\r\n"),
        ("x.csv", "text,id\n\"w5\r\nw6\",a\n\"w7\nw8\",b"),
      ] {
        try Files.write(text, to: folder + "/" + name)
        let rows = try predict(folder, [name, "--with-text", "--json", "--quiet"]).output.split(
          separator: "\n")
        #expect(
          rows.count == 2 && rows[0].contains(#""text":"w5\r\nw6""#) && rows[1].contains(#""text":"w7\nw8""#),
          "\(rows)")
      }
    }
  }

  @Test func columnsAreChosenByName() throws {
    try withModel { folder in
      let expected = try predict(folder, input: "w5\tw6\nw7\tw8\n").output
      let choice = ["--column", "review", "--pair-column", "title", "--quiet"]
      for (name, text) in [
        ("x.csv", "title,review\nw6,w5\nw8,w7\n"),
        ("x.jsonl", "{\"review\": \"w5\", \"title\": \"w6\"}\n{\"review\": \"w7\", \"title\": \"w8\"}\n"),
      ] {
        try Files.write(text, to: folder + "/" + name)
        let file = try predict(folder, [name] + choice)
        #expect(file.output == expected, "\(name) \(file)")
        #expect(try predict(folder, choice, input: text).output == expected, "\(name)")
      }
      #expect(
        try predict(folder, ["x.csv", "--column", "2", "--pair-column", "1", "--header"]).output == expected)
      let single = try predict(folder, input: "w5\nw7\n").output
      try Files.write("w5\nw7\n", to: folder + "/plain.csv")
      #expect(try predict(folder, ["plain.csv", "--no-header", "--column", "1"]).output == single)
    }
  }

  @Test func whatIsWrongIsNamedWithItsLine() throws {
    try withModel { (folder: String) throws in
      func said(_ name: String, _ text: String, _ arguments: [String] = []) throws -> String {
        try Files.write(text, to: folder + "/" + name)
        let outcome = try predict(folder, [name] + arguments)
        #expect(outcome.status == 1, "\(outcome)")
        return outcome.errorLines.last ?? ""
      }
      #expect(
        try said("a.csv", "text,id\nw5,1\n\"w6,2\nw7,3\n")
          == "anneal: a.csv:3: expected an end of the quotes that open here, found none up to the end")
      #expect(
        try said("a.csv", "text,id\nw5,1\nw6 \"w7\" w8,2\n").contains("a.csv:3: expected cells with quotes"))
      #expect(
        try said("a.csv", "text;id\n\"w5\"x;1\n").contains(
          "a.csv:2: expected ';' or the end of the line behind"))
      #expect(try said("a.csv", "id,text\n1,w5\n2\n").contains("a.csv:3: expected at least 2 cells, found 1"))
      #expect(try said("a.csv", "review,stars\nw5,1\n").contains("found 2 columns: review, stars; --column"))
      #expect(
        try said("a.jsonl", "{\"text\": \"w5\"}\n[1]\n").contains(
          "a.jsonl:2: expected a JSON object of texts"))
      #expect(
        try said("a.jsonl", "{\"text\": \"w5\"}\n{\"x\": 1}\n").contains(
          "a.jsonl:2: expected a text or a number as 'text'"))
      #expect(
        try said("a.jsonl", "{\"text\": \"w5\", \"text\": \"w6\"}\n")
          == "anneal: a.jsonl:1: expected an object with each key once, found 'text' twice")
      #expect(try said("a.jsonl", "{\"review\": \"w5\"}\n").contains("found 1 columns: review; --column"))
      #expect(
        try said("a.jsonl", "{\"review\": \"w5\"}\n", ["--column", "text"])
          == "anneal: a.jsonl:1: expected an object with 'text', found the keys review")
    }
  }
}
