import BERT
import Files
import Foundation
import Glibc
import TestSupport
import Testing

/// What every command that reads text makes of files that are no plain UTF-8, and of tables that nobody described.
@Suite struct TextInputTests {
  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<40).map { "w\($0)" }

  /// Calls `body` with a folder that holds a model of random weights, of no run or of one on `task`.
  private func withModel(of task: String? = nil, _ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let model = folder + "/model"
      try TinyModels.model(head: .sequenceClassification(labels: 2)).save(to: model)
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: model + "/vocab.txt")
      if let task {
        try Files.write(
          #"{"training": {}, "settings": {"task": "\#(task)", "data": "\#(folder)/data"}}"#,
          to: folder + "/run.json")
      }
      try body(folder)
    }
  }

  private func predict(_ folder: String, _ arguments: [String] = [], input: String = "") throws
    -> Program.Outcome
  {
    try Program.run(["predict", "--model", folder + "/model"] + arguments, input: input)
  }

  private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  /// Every command with a text file to read, given what `write` makes of a name.
  private func commands(_ folder: String, _ file: String) -> [[String]] {
    let vocabulary = folder + "/model/vocab.txt"
    return [
      ["predict", "--model", folder + "/model", file], ["tokenize", file, "--vocab", vocabulary],
      ["tokenize", file, "--vocab", vocabulary, "--max-length", "4"],
      ["tokenize", file, "--vocab", vocabulary, "--format", "jsonl"],
      ["tokenize", "--verify", file, "--vocab", vocabulary],
      ["vocab", "train", file, "--size", "60", "--output", folder + "/new.txt"],
      ["benchmark", "tokenize", file, "--vocab", vocabulary, "--seconds", "0.01"],
    ]
  }

  @Test(arguments: [
    (
      [0x77, 0x35, 0x0A, 0x63, 0x61, 0x66, 0xE9, 0x0A],
      ":2: expected UTF-8, found the invalid byte 0xE9 at byte 6 (iconv"
    ),
    ([0x77, 0x35, 0x0A, 0x0A, 0x77, 0x00, 0x0A], ":3: expected text, found a NUL at byte 5"),
    ([0xFF, 0xFE, 0x77, 0x00, 0x0A, 0x00], ":1: expected UTF-8, found UTF-16 (iconv -f UTF-16 -t UTF-8)"),
    ([0x77, 0x00, 0x0A, 0x00], ":1: expected UTF-8, found UTF-16LE"),
    ([0x50, 0x4B, 0x03, 0x04, 0x14], ":1: expected text, plain or in gzip, found a zip archive"),
  ])
  func everyCommandRefusesWhatIsNoText(bytes: [UInt8], said: String) throws {
    try withModel { folder in
      let file = folder + "/file"
      for packed in [false, true] {
        try Files.write(packed ? Gzip.member(bytes) : bytes, to: file)
        for arguments in commands(folder, file) {
          // Lines before the bad one are compared first, and are none.
          if arguments.contains("--verify"), !said.hasPrefix(":1") { continue }
          let outcome = try Program.run(arguments)
          #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(arguments) \(outcome)")
          #expect(outcome.error.hasPrefix("anneal: \(file)\(said)"), "\(arguments) \(outcome.error)")
        }
        for split in ["train", "dev"] {
          try Files.write(try Files.read(file), to: "\(folder)/data/SST-2/\(split).tsv")
        }
        let task = try Program.run([
          "evaluate", "--task", "SST-2", "--data", folder + "/data", "--model", folder + "/model",
        ])
        #expect(task.status == 1 && task.errorLines.count == 1)
        if said.hasPrefix(":1") { #expect(task.error.contains(said), "\(task.error)") }
      }
      #expect(!Files.exists(folder + "/new.txt"))
    }
  }

  @Test func invalidBytesAreLeftOutOnRequest() throws {
    try withModel { folder in
      let file = folder + "/file"
      try Files.write([0x77, 0x35, 0xE9, 0x0A, 0x77, 0x00, 0x36, 0x0A], to: file)
      let vocabulary = folder + "/model/vocab.txt"
      let ids = try Program.run(["tokenize", file, "--vocab", vocabulary, "--skip-invalid"])
      #expect(ids.status == 0 && ids.output == "2 5 3\n2 6 3\n")
      #expect(ids.error == "anneal: left out 1 sequences of invalid UTF-8\n")
      let trained = try Program.run([
        "vocab", "train", file, "--size", "60", "--skip-invalid", "--output", folder + "/new.txt",
      ])
      #expect(trained.status == 0 && trained.error.contains("1 pieces of invalid UTF-8 were left out"))
      let both = try Program.run(["tokenize", file, "--vocab", vocabulary, "--skip-invalid", "--strict"])
      #expect(both.status == 64)
    }
  }

  @Test func everyCommandReadsGzip() throws {
    try withModel { folder in
      let text = "w5 w6\nw7 w8 w9\n"
      let (plain, packed) = (folder + "/plain", folder + "/packed")
      try Files.write(text, to: plain)
      // Two members, as `cat a.gz b.gz` makes.
      try Files.write(Gzip.member(Array("w5 w6\nw7".utf8)) + Gzip.member(Array(" w8 w9\n".utf8)), to: packed)
      for (one, other) in zip(commands(folder, plain), commands(folder, packed)) {
        if one.contains("--verify") || one.contains("benchmark") { continue }
        let (a, b) = (try Program.run(one), try Program.run(other))
        #expect(a.status == 0 && b.status == 0 && a.output == b.output, "\(one) \(b.error)")
      }
      let stream = try Program.shell("cat \(packed) | $ANNEAL predict --model \(folder)/model")
      #expect(stream.output == (try predict(folder, [plain]).output))
      let row = #"{"text": "w5 w6", "ids": [2, 5, 6, 3]}"# + "\n"
      try Files.write(Gzip.member(Array((row + row).utf8)), to: packed)
      let verified = try Program.run(["tokenize", "--verify", packed, "--vocab", folder + "/model/vocab.txt"])
      #expect(verified.output == "\(packed): 2 lines compared, 0 differ\n")
      try Files.write(Array(Gzip.member(Array(row.utf8)).dropLast(3)), to: packed)
      for arguments in commands(folder, packed) where arguments[0] != "predict" {
        let outcome = try Program.run(arguments)
        // That the lines are JSON is said before.
        let last = outcome.errorLines.last ?? ""
        #expect(
          outcome.status == 1 && last.contains("the gzip file is damaged: it ends too early"),
          "\(arguments) \(outcome.error)")
      }
    }
  }

  /// 600 MB of one line and 120 MB of short ones, from files of a few hundred KB.
  @Test func whatUnpacksToMuchTakesLittleMemory() throws {
    try withModel { folder in
      let (line, many) = (folder + "/line.gz", folder + "/many.gz")
      let made = try Program.shell(
        "head -c 600000000 /dev/zero | tr '\\0' w | gzip -1 > \(line); "
          + "yes 'w5 w6' | head -c 120000000 | gzip -1 > \(many)")
      #expect(made.status == 0)
      let limit = "ulimit -v 3000000; "
      for command in [
        "tokenize --threads 1 --vocab \(folder)/model/vocab.txt", "predict --model \(folder)/model",
      ] {
        let outcome = try Program.shell(limit + "$ANNEAL \(command) \(line) > /dev/null")
        #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome)")
        #expect(outcome.error.contains("\(line):1: expected lines of at most 256 MiB, found a longer one"))
      }
      let ids = try Program.shell(
        limit + "$ANNEAL tokenize --quiet --threads 1 --vocab \(folder)/model/vocab.txt \(many) | wc -l")
      #expect(ids.output.trimmingCharacters(in: .whitespaces) == "20000000\n")
    }
  }

  @Test func aHeaderIsRecognisedAndSaid() throws {
    try withModel(of: "SST-2") { folder in
      let expected = try predict(folder, input: "w5 w6\nw7 w8 w9\n")
      #expect(expected.status == 0 && expected.error.isEmpty && lines(expected.output).count == 3)
      for table in [
        "sentence\tlabel\nw5 w6\t1\nw7 w8 w9\t0\n", "\u{FEFF}id\tText\r\n1\tw5 w6\r\n2\tw7 w8 w9\r\n\r\n",
        "sentence\nw5 w6\nw7 w8 w9\n", " label \t sentence \n1\tw5 w6\n0\tw7 w8 w9\n",
      ] {
        let outcome = try predict(folder, input: table)
        #expect(outcome.status == 0 && outcome.output == expected.output, "\(table) \(outcome.error)")
        #expect(outcome.error.contains("standard input: the first line names columns, "))
        #expect(try predict(folder, ["--quiet"], input: table).error.isEmpty)
      }
      // What is said is done, whatever the first line looks like.
      #expect(lines(try predict(folder, ["--no-header"], input: "text\nw5\n").output).count == 3)
      #expect(lines(try predict(folder, ["--header"], input: "w6\nw5\n").output).count == 2)
      let numbered = "sentence\tlabel\nw5 w6\t1\nw7 w8 w9\t0\n"
      #expect(try predict(folder, ["--column", "1"], input: numbered).output == expected.output)
      #expect(
        lines(try predict(folder, ["--column", "1", "--no-header"], input: numbered).output).count == 4)
    }
  }

  @Test func textsAndPairsAreToldApart() throws {
    func refusal(_ task: String, _ input: String, _ arguments: [String] = []) throws -> String {
      var said = ""
      try withModel(of: task) { folder in
        let outcome = try predict(folder, arguments, input: input)
        #expect(outcome.status == 1 && outcome.errorLines.count == 1 && outcome.output.isEmpty)
        said = outcome.error
      }
      return said
    }
    #expect(
      try refusal("SST-2", "w5\tw6\n")
        == "anneal: standard input:1: expected one text (the model is of SST-2), found two columns; --column says which to "
        + "read\n")
    #expect(
      try refusal("RTE", "w5\n")
        == "anneal: standard input:1: expected two texts with a tab between them (the model is of RTE), found one\n"
    )
    #expect(
      try refusal("RTE", "sentence\tlabel\nw5\t1\n").contains(
        ":1: expected a header that names the two texts of a pair (the model is of RTE), found 2 columns: sentence, label"
      ))
    #expect(
      try refusal("SST-2", "premise\thypothesis\nw5\tw6\n").contains(
        "a header that names one text (the model is of SST-2)"))
    #expect(
      try refusal("SST-2", "review\tlabel\nw5\tw6\n").contains("found 2 columns: review, label; --column"))
    #expect(try refusal("SST-2", "a\tb\nw5\tw6\n", ["--header"]).contains("found 2 columns: a, b; --column"))
    #expect(
      try refusal("RTE", "a\tb\n", ["--column", "a"]).contains(
        "--pair-column beside --column: the model is of RTE"))
    #expect(
      try refusal("SST-2", "a\tb\n", ["--column", "a", "--pair-column", "b"]).contains(
        "--column without --pair-column"))
    #expect(
      try refusal("RTE", "sentence,label\nw5,1\n").contains(
        "a header that names the two texts of a pair (the model is of RTE), found 2 columns: sentence, label")
    )
    #expect(try refusal("SST-2", "[{\"text\": \"w5\"}]\n").contains("found JSON that is no object a line"))
    #expect(
      try refusal("RTE", "w5\tw6\n\nw5\tw6\n").contains(
        "standard input:2: expected columns, found a blank line"))
    // A task of one's own says by its header which it is.
    try withModel(of: "own") { folder in
      try Files.write("text1\ttext2\tlabel\nw5\tw6\tx\nw5\tw7\ty\n", to: folder + "/data/own/train.tsv")
      #expect(try predict(folder, input: "w5\tw6\n").status == 0)
      #expect(try predict(folder, input: "w5\n").error.contains("(the model is of own), found one"))
    }
    // Rows of another kind than the model answers.
    try withModel(of: "SST-2") { folder in
      for command in ["predict", "evaluate"] {
        let outcome = try Program.run([command, "--task", "MRPC", "--model", folder + "/model"])
        #expect(outcome.status == 1)
        #expect(
          outcome.error.contains(
            "expected a model that answers pairs of texts, as MRPC asks, found one of SST-2, which answers single texts"
          ),
          "\(outcome.error)")
      }
    }
  }

  @Test func answersCarryTextsAndIdsOnRequest() throws {
    try withModel { folder in
      let table = "sentence\tid\nw5 w6\ta7\nw7\ta8\n"
      let rows = lines(try predict(folder, ["--with-text", "--with-id"], input: table).output)
      #expect(rows[0] == "id\tlabel\tLABEL_0\tLABEL_1\ttext")
      #expect(rows[1].hasPrefix("a7\tLABEL_") && rows[1].hasSuffix("\tw5 w6") && rows[2].hasPrefix("a8\t"))
      let plain = lines(try predict(folder, ["--with-text", "--with-id"], input: "w5\tw6\nw7\tw8\n").output)
      #expect(plain[0].hasSuffix("\ttext\tpair") && plain[1].hasPrefix("0\t") && plain[2].hasPrefix("1\t"))
      #expect(plain[1].hasSuffix("\tw5\tw6"))
      let json = lines(try predict(folder, ["--json", "--with-text", "--with-id"], input: "w5\nw6\n").output)
      #expect(
        json[1].contains(#""id":"1""#) && json[1].contains(#""text":"w6""#) && !json[1].contains("pair"))
      let bare = try predict(folder, ["--json"], input: "w5\n").output
      #expect(!bare.contains("\"id\"") && !bare.contains("\"text\""))
    }
  }

  @Test func textsThatWereCutAreSaid() throws {
    try withModel { folder in
      let input = "w5 w6\nw5 w6 w7 w8\nw5 w6 w7\n"
      let outcome = try predict(folder, ["--max-length", "5"], input: input)
      #expect(
        outcome.error
          == "anneal: 1 of 3 rows have more than 5 tokens and were cut there (--max-length; --windows reads them whole)\n"
      )
      #expect(try predict(folder, ["--max-length", "6"], input: input).error.isEmpty)
      #expect(try predict(folder, ["--max-length", "5", "--quiet"], input: input).error.isEmpty)
    }
  }

  @Test func linesThatAreTablesAreSaid() throws {
    try withModel { folder in
      let vocabulary = folder + "/model/vocab.txt"
      func said(_ text: String, _ arguments: [String] = []) throws -> String {
        try Files.write(text, to: folder + "/file")
        let outcome = try Program.run(["tokenize", folder + "/file", "--vocab", vocabulary] + arguments)
        #expect(outcome.status == 0)
        return outcome.error
      }
      let file = folder + "/file"
      #expect(
        try said("sentence\tlabel\nw5\t1\n")
          == "\(file): the first line names columns (sentence, label); whole lines are read, --column reads one\n"
      )
      #expect(
        try said("sentence\tlabel\nw5\t1\n", ["--column", "1"])
          == "\(file): the first line names columns (sentence, label) and is read; --header leaves it out\n")
      #expect(try said("sentence\tlabel\nw5\t1\n", ["--column", "1", "--header"]).isEmpty)
      #expect(
        try said("sentence,label\nw5,1\n")
          == "\(file): the first line is one of CSV; lines are read as they are\n")
      #expect(
        try said("{\"text\": \"w5\"}\n") == "\(file): the first line is JSON; lines are read as they are\n")
      #expect(try said("w5 w6\n").isEmpty && said("sentence\tlabel\nw5\t1\n", ["--quiet"]).isEmpty)
      let trained = try Program.run([
        "vocab", "train", "tasks/SST-2/dev.tsv", "--size", "300", "--output", folder + "/v",
      ])
      #expect(
        trained.status == 0 && trained.error.contains("tasks/SST-2/dev.tsv: the first line names columns"))
    }
  }

  @Test func jsonlSaysWhatItsHelpSays() throws {
    try withModel { folder in
      let arguments = ["tokenize", "--vocab", folder + "/model/vocab.txt", "--format", "jsonl"]
      func keys(_ arguments: [String], _ input: String) throws -> [String] {
        let line = try Program.run(arguments, input: input).output
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        return object.keys.sorted()
      }
      let single = try keys(arguments, "w5\n")
      #expect(single == ["byte_offsets", "ids", "offsets", "text", "tokens"])
      let pair = try keys(arguments + ["--column", "1", "--pair-column", "2"], "w5\tw6\n")
      #expect(pair == (single + ["pair", "token_types"]).sorted())
      let help = try Program.run(["tokenize", "--help"], environment: ["COLUMNS": "200"]).output
      #expect(
        help.contains(
          "an object a line: text, ids, tokens, offsets (in characters), byte_offsets; with pairs also"))
    }
  }

  @Test func binaryIsNotForATerminal() throws {
    // Linux's own way to a terminal without a user: its number, once it is unlocked.
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    defer { close(terminal) }
    var (lock, number) = (Int32(0), Int32(0))
    try #require(ioctl(terminal, 0x4004_5431, &lock) == 0 && ioctl(terminal, 0x8004_5430, &number) == 0)
    let name = "/dev/pts/\(number)"
    try withModel { folder in
      let command =
        "$ANNEAL tokenize --vocab \(folder)/model/vocab.txt \(folder)/model/vocab.txt --format binary"
      for line in ["\(command) > \(name)", "\(command) --output \(name)"] {
        let outcome = try Program.shell(line)
        #expect(
          outcome.status == 64 && outcome.error.contains("--format binary is not for a terminal"),
          "\(outcome)")
      }
      let onnx = try Program.shell("$ANNEAL export \(folder)/model --output \(name)")
      #expect(onnx.status == 64 && onnx.error.contains("not for a terminal"), "\(onnx)")
      #expect(try Program.shell("\(command) > /dev/null").status == 0)
    }
  }

  @Test func whatIsNoFileOfTextIsNamed() throws {
    try withModel { folder in
      try Files.write("", to: folder + "/empty")
      let empty = try predict(folder, [folder + "/empty"])
      #expect(empty.status == 0 && empty.output.isEmpty)
      #expect(empty.error == "\(folder)/empty: there are no rows\n")
      try Files.write("sentence\tlabel\n", to: folder + "/header")
      #expect(
        try predict(folder, [folder + "/header"]).error.hasSuffix("\(folder)/header: there are no rows\n"))
      for command in commands(folder, folder) + commands(folder, folder + "/nothing") {
        let outcome = try Program.run(command)
        #expect(
          outcome.status == 1 && outcome.errorLines.count == 1 && outcome.error.contains("cannot read"),
          "\(outcome)")
      }
      let pipe = try Program.shell(
        "mkfifo \(folder)/pipe; (echo w5 > \(folder)/pipe &); $ANNEAL predict --model \(folder)/model \(folder)/pipe"
      )
      #expect(pipe.status == 0 && lines(pipe.output).count == 2)
      // One line of 20 MB is one text.
      try Files.write([UInt8](repeating: 0x77, count: 20_000_000), to: folder + "/long")
      let long = try predict(folder, [folder + "/long"])
      #expect(long.status == 0 && lines(long.output).count == 2)
    }
  }

  /// A pipe that nobody writes to is not waited for where rows of a task belong.
  @Test func aPipeIsNoFileOfRows() throws {
    try withModel { folder in
      try Files.makeDirectory(folder + "/data/SST-2")
      try #require(mkfifo(folder + "/data/SST-2/dev.tsv", 0o600) == 0)
      let outcome = try Program.run([
        "evaluate", "--task", "SST-2", "--data", folder + "/data", "--model", folder + "/model",
      ])
      #expect(outcome.status == 1 && outcome.error.contains("dev.tsv: cannot read: it is not a regular file"))
    }
  }

  @Test func oddFilesAreSaidInCheckAndAtTheStart() throws {
    try withTemporaryDirectory { folder in
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: folder + "/vocab.txt")
      let rows = "text\tlabel\nw5 \tx,y\nw6\tx\nw7\ty\n\"w8 \"\"w9\"\"\"\tx\n\"w9\nw9\"\ty\n"
      for split in ["train", "dev"] { try Files.write(rows, to: "\(folder)/data/own/\(split).tsv") }
      let arguments = [
        "finetune", "--task", "own", "--data", folder + "/data", "--shape", "1x8x1", "--vocab",
        folder + "/vocab.txt",
        "--epochs", "1", "--output", folder + "/run",
      ]
      let refused = try Program.run(["check"] + arguments)
      #expect(
        refused.status == 1
          && refused.error.contains("train.tsv:6: expected 2 columns, found a cell in quotes with"))
      let said = [
        "1 row has a line break or a tab in a cell in quotes (the first in lines 6 to 7): left out as a whole",
        "1 cell is in quotes with doubled quotes inside", "lines whose columns do not fit are left out: 6, 7",
        "labels look like several in one, with ',' between them",
      ]
      let check = try Program.run(["check"] + arguments + ["--skip-malformed"])
      let run = try Program.run(arguments + ["--skip-malformed"])
      #expect(check.status == 0 && run.status == 0, "\(check.error) \(run.error)")
      func plain(_ text: String) -> String { text.split { $0 == " " || $0 == "\n" }.joined(separator: " ") }
      for sentence in said {
        #expect(plain(check.output).contains(sentence), "\(check.output)")
        #expect(plain(run.error).contains(sentence), "\(run.error)")
      }
    }
  }
}
