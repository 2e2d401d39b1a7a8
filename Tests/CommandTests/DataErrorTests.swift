import Files
import TestSupport
import Testing

/// Bad data, models and settings: one clear line, status 1, nothing overwritten.
@Suite struct DataErrorTests {
  private static let rows = "sentence\tlabel\na fine film\t1\na dull film\t0\n"
  private static let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nfine\ndull\nfilm\n"

  /// A folder with one small task and a vocabulary, which `change` then spoils.
  private func failure(
    _ arguments: (String) -> [String], change: (String) throws -> Void = { _ in }
  ) throws -> Program.Outcome {
    try withTemporaryDirectory { folder in
      for name in ["train", "dev"] { try Files.write(Self.rows, to: "\(folder)/data/SST-2/\(name).tsv") }
      try Files.write(Self.vocabulary, to: folder + "/vocab.txt")
      try change(folder)
      let outcome = try Program.run(arguments(folder), in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errorLines.last?.hasPrefix("anneal: ") == true)
      #expect(!Files.exists(folder + "/run/model"))
      #expect(!Files.exists(folder + "/run/run.json"))
      return outcome
    }
  }

  private func finetune(_ folder: String, shape: String = "1x16x2") -> [String] {
    [
      "finetune", "--task", "SST-2", "--data", "data", "--shape", shape, "--vocab", "vocab.txt", "--epochs",
      "1",
      "--output", "run",
    ]
  }

  /// Calls `body` with a folder that has data, a vocabulary and a finished run of them.
  private func withRun(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      for name in ["train", "dev"] { try Files.write(Self.rows, to: "\(folder)/data/SST-2/\(name).tsv") }
      try Files.write(Self.vocabulary, to: folder + "/vocab.txt")
      #expect(try Program.run(finetune(folder) + ["--quiet"], in: folder).status == 0)
      try body(folder)
    }
  }

  @Test(arguments: [
    ["tokenize", "vocab.txt", "--vocab", "vocab.txt", "--output", "data/../vocab.txt"],
    ["vocab", "train", "vocab.txt", "--size", "20", "--output", "./vocab.txt"],
    ["export", "run", "--output", "run/model/model.safetensors"],
    ["report", "run", "--output", "run/run.json"],
  ])
  func aFileThatIsReadIsNotWritten(arguments: [String]) throws {
    try withRun { folder in
      let before = try Program.shell("find . -type f | sort | xargs sha256sum", in: folder).output
      let outcome = try Program.run(arguments, in: folder)
      #expect(
        outcome.status == 1 && outcome.error.contains("it is one of the files that are read"), "\(outcome)")
      #expect(try Program.shell("find . -type f | sort | xargs sha256sum", in: folder).output == before)
    }
  }

  /// As daemons start programs: a file that is opened must not become standard output or standard error.
  @Test func closedStandardStreamsTakeNothingFromTheRun() throws {
    try withRun { folder in
      let line = (["\"$ANNEAL\""] + finetune(folder) + ["--overwrite"]).joined(separator: " ")
      for streams in ["<&- >&- 2>&-", "<&- 2>&-"] {
        #expect(try Program.shell("\(line) \(streams)", in: folder).status == 0, "\(streams)")
        let report = try Program.run(["report", "run"], in: folder)
        #expect(report.status == 0, "\(streams): \(report.error)")
      }
    }
  }

  @Test func aFolderOfTasksThatIsGivenIsTheOneThatIsRead() throws {
    let outcome = try failure({ finetune($0).map { $0 == "data" ? "tasks" : $0 } })
    #expect(outcome.error.contains("tasks: expected a folder of tasks"), "\(outcome.error)")
  }

  /// Answers stand beside the rows that they were given for, or nowhere.
  @Test func answersAreNotShownBesideOtherRows() throws {
    try withRun { folder in
      func report() throws -> Bool {
        let outcome = try Program.run(["report", "run"], in: folder)
        #expect(outcome.status == 0, "\(outcome.error)")
        return String(decoding: try Files.read(folder + "/run/report.html"), as: UTF8.self)
          .contains("Answers on dev")
      }
      #expect(try report())
      let rows = Self.rows.split(separator: "\n")
      try Files.write(
        [rows[0], rows[2], rows[1], ""].joined(separator: "\n"), to: folder + "/data/SST-2/dev.tsv")
      #expect(try !report())
    }
  }

  @Test func aPageIsMadeWhereTheRowsAreGone() throws {
    try withRun { folder in
      let distill = [
        "distill", "--task", "SST-2", "--data", "data", "--teacher", "run", "--student", "1x8x1", "--method",
        "kd",
        "--epochs", "1", "--output", "student", "--quiet",
      ]
      #expect(try Program.run(distill, in: folder).status == 0)
      try Files.remove(folder + "/student/predictions/teacher.json")
      try Files.remove(folder + "/data")
      let outcome = try Program.run(["report", "student"], in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
    }
  }

  @Test func shardsAreLookedIntoAsOne() throws {
    try withRun { folder in
      let whole = try Program.run(["inspect", "run", "--json"], in: folder)
      let model = folder + "/run/model"
      try Files.rename(model + "/model.safetensors", to: model + "/model-00001-of-00001.safetensors")
      try Files.write(#"{"weight_map": {}}"#, to: model + "/model.safetensors.index.json")
      let shards = try Program.run(["inspect", "run", "--json"], in: folder)
      #expect(shards.status == 0, "\(shards.error)")
      #expect(
        shards.output == whole.output.replacing("model.safetensors", with: "model.safetensors.index.json"))
    }
  }

  @Test func aWrongColumnCountIsNamedWithItsLine() throws {
    let outcome = try failure({ finetune($0) }) {
      try Files.write("sentence\tlabel\na fine film\t1\nno label here\n", to: $0 + "/data/SST-2/train.tsv")
    }
    #expect(outcome.error.contains("data/SST-2/train.tsv:3: "))
    #expect(outcome.errorLines.count == 1)
  }

  @Test func linesThatDoNotFitAreLeftOutWhenTold() throws {
    try withTemporaryDirectory { folder in
      let text = Self.rows + "no label here\n" + Self.rows.split(separator: "\n")[1] + "\n"
      for name in ["train", "dev"] { try Files.write(text, to: "\(folder)/data/SST-2/\(name).tsv") }
      try Files.write(Self.vocabulary, to: folder + "/vocab.txt")
      let outcome = try Program.run(finetune(folder) + ["--skip-malformed"], in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let said = outcome.errorLines.filter { $0.contains("1 lines whose columns do not fit are left out: 4") }
      #expect(said.count == 2, "\(outcome.error)")
      let report = String(decoding: try Files.read(folder + "/run/report.html"), as: UTF8.self)
      #expect(report.contains("Answers on dev"))
      let evaluate = ["evaluate", "--task", "SST-2", "--data", "data", "--model", "run"]
      #expect(try Program.run(evaluate, in: folder).status == 1)
      let measured = try Program.run(evaluate + ["--skip-malformed"], in: folder)
      #expect(measured.status == 0 && measured.error.contains("1 lines whose"), "\(measured.error)")
    }
  }

  @Test func aRunOfASweepThatFailsIsPassedOver() throws {
    try withTemporaryDirectory { folder in
      for name in ["train", "dev"] { try Files.write(Self.rows, to: "\(folder)/data/SST-2/\(name).tsv") }
      try Files.write(Self.vocabulary, to: folder + "/vocab.txt")
      try Files.write(
        """
        output: sweep
        data: data
        teacher: {shape: 1x16x2, vocab: vocab.txt, training: {num_train_epochs: 1}}
        tasks: {RTE: {}, SST-2: {}}
        students: {wrong: {student: 1x16x3}, small: {student: 1x16x2, training: {num_train_epochs: 1}}}
        methods: {labels: {}}
        """, to: folder + "/sweep.yaml")
      let outcome = try Program.run(["sweep", "sweep.yaml"], in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("sweep/RTE/teacher failed: data: expected the train rows of RTE"))
      #expect(outcome.error.contains("sweep/SST-2/wrong/labels-seed1 failed: "))
      let table = String(decoding: try Files.read(folder + "/sweep/table.md"), as: UTF8.self)
      #expect(table.contains("small") && !table.contains("wrong"), "\(table)")
    }
  }

  @Test func anUnknownLabelIsNamedWithItsLine() throws {
    let outcome = try failure({ finetune($0) }) {
      try Files.write("sentence\tlabel\na fine film\t2\n", to: $0 + "/data/SST-2/dev.tsv")
    }
    #expect(outcome.error.contains("data/SST-2/dev.tsv:2: "))
    #expect(outcome.error.contains("'2'"))
  }

  @Test(arguments: ["", "sentence\tlabel\n"])
  func anEmptyFileIsNamed(content: String) throws {
    let outcome = try failure({ finetune($0) }) { try Files.write(content, to: $0 + "/data/SST-2/train.tsv") }
    #expect(outcome.error.contains("data/SST-2/train.tsv"))
  }

  @Test func aMissingFolderIsNamed() throws {
    let outcome = try failure({ finetune($0) }) { try Files.remove($0 + "/data") }
    #expect(outcome.error.contains("anneal: data: "))
  }

  @Test func aVocabularyWithoutASpecialTokenIsRefused() throws {
    let outcome = try failure({ finetune($0) }) {
      try Files.write("[PAD]\n[UNK]\n[CLS]\na\nfine\n", to: $0 + "/vocab.txt")
    }
    #expect(outcome.error.contains("[SEP]"))
  }

  /// Lists in settings are counted as people count.
  @Test(arguments: [
    (
      "{name: a, epochs: 1, terms: [{kind: labels}]}, {name: b, epochs: many}",
      "recipe.stages.2.epochs: expected"
    ),
    ("{name: a, epoch: 1, terms: []}", "there is no setting recipe.stages.1.epoch; did you mean epochs?"),
    (
      "{name: a, terms: [{kind: labels, weight: 1}, {kind: kl, wieght: 1}]}",
      "recipe.stages.1.terms.2.wieght;"
    ),
  ])
  func listsInSettingsAreCountedFromOne(stages: String, said: String) throws {
    let outcome = try failure({ _ in ["distill", "--settings", "s.yaml", "--output", "run"] }) {
      try Files.write("task: SST-2\nrecipe: {name: mine, stages: [\(stages)]}\n", to: $0 + "/s.yaml")
    }
    #expect(outcome.errorLines.count == 1 && outcome.error.contains(said), "\(outcome.error)")
  }

  @Test func aMissingModelIsNamed() throws {
    let outcome = try failure { _ in
      ["finetune", "--task", "SST-2", "--data", "data", "--model", "nowhere", "--output", "run"]
    }
    #expect(outcome.error.contains("nowhere"))
  }

  @Test func aMissingTeacherIsNamed() throws {
    let outcome = try failure { _ in
      [
        "distill", "--task", "SST-2", "--data", "data", "--teacher", "nowhere", "--student", "1x16x2",
        "--output",
        "run",
      ]
    }
    #expect(outcome.error.contains("nowhere"))
  }

  @Test func aFolderThatHoldsARunIsNotTouched() throws {
    try withTemporaryDirectory { folder in
      try Files.write(Self.vocabulary, to: folder + "/vocab.txt")
      for name in ["train", "dev"] { try Files.write(Self.rows, to: "\(folder)/data/SST-2/\(name).tsv") }
      #expect(try Program.run(finetune(folder) + ["--quiet"], in: folder).status == 0)
      let before = try SHA256.hexadecimal(ofFile: folder + "/run/model/model.safetensors")
      let events = try Files.read(folder + "/run/events.jsonl")
      let outcome = try Program.run(finetune(folder) + ["--seed", "9"], in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("--overwrite"))
      #expect(try SHA256.hexadecimal(ofFile: folder + "/run/model/model.safetensors") == before)
      #expect(try Files.read(folder + "/run/events.jsonl") == events)
      #expect(try Program.run(finetune(folder) + ["--seed", "9", "--overwrite"], in: folder).status == 0)
      #expect(try SHA256.hexadecimal(ofFile: folder + "/run/model/model.safetensors") != before)
    }
  }
}
