import Files
import GLUE
import TestSupport
import Testing

/// The lines of a small file of each split of a task, with its header.
func sampleLines(_ task: GLUETask, _ split: Split) -> [String] {
  switch (task.name, split) {
  case ("CoLA", .test): ["index\tsentence", "0\tA dog."]
  case ("CoLA", _): ["gj04\t1\t\tA \"dog.", "gj04\t0\t*\tdog A.", "x\t1\t \tB"]
  case ("SST-2", .test): ["index\tsentence", "0\tfine "]
  case ("SST-2", _): ["sentence\tlabel", "it 's fine \t1", "\"bad\t0"]
  case ("MRPC", .test): ["index\t#1 ID\t#2 ID\t#1 String\t#2 String", "0\t1\t2\ta\tb"]
  case ("MRPC", _): ["Quality\t#1 ID\t#2 ID\t#1 String\t#2 String", "1\t8\t9\ta\tb", "0\t8\t9\tc\td"]
  case ("STS-B", let split):
    [
      "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2"
        + (split == .test ? "" : "\tscore"),
      "0\tg\tf\t2012\t0001\tn\tn\ta\tb" + (split == .test ? "" : "\t4.25"),
    ]
  case ("QQP", .test): ["id\tquestion1\tquestion2", "0\ta\tb"]
  case ("QQP", _): ["id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate", "5\t1\t2\ta\tb\t1"]
  case ("MNLI", let split):
    [
      "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\t"
        + "sentence2_parse\tsentence1\tsentence2"
        + (split == .train
          ? "\tlabel1\tgold_label"
          : split.isLabelled ? "\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label" : ""),
      "0\t1\t2\tg\tp\tp\tp\tp\ta\tb"
        + (split == .train
          ? "\tneutral\tcontradiction"
          : split.isLabelled ? "\tneutral\tneutral\tneutral\tneutral\tneutral\tcontradiction" : ""),
    ]
  case ("QNLI", let split):
    [
      "index\tquestion\tsentence" + (split == .test ? "" : "\tlabel"),
      "0\ta\tb" + (split == .test ? "" : "\tnot_entailment"),
    ]
  case ("RTE", let split):
    [
      "index\tsentence1\tsentence2" + (split == .test ? "" : "\tlabel"),
      "0\ta\tb" + (split == .test ? "" : "\tentailment"),
    ]
  case ("WNLI", let split):
    [
      "index\tsentence1\tsentence2" + (split == .test ? "" : "\tlabel"),
      "0\ta\tb" + (split == .test ? "" : "\t1"),
    ]
  default: ["index\tsentence1\tsentence2", "0\ta\tb"]
  }
}

@Suite struct TaskFilesTests {
  @Test func everyLayoutIsRead() throws {
    try withTemporaryDirectory { folder in
      for task in GLUETask.all {
        for split in task.splits {
          let name = task.name == "AX" ? "diagnostic" : split.rawValue
          let path = "\(folder)/\(task.name)/\(name).tsv"
          try Files.write(sampleLines(task, split).joined(separator: "\n") + "\n", to: path)
          let data = try task.load(split, from: folder)
          #expect(data.path == path && data.split == split && data.skippedLines.isEmpty)
          #expect(data.examples.allSatisfy { ($0.label != nil) == split.isLabelled })
          let hasHeader = task.name != "CoLA" || split == .test
          #expect(data.examples.first?.line == (hasHeader ? 2 : 1))
        }
      }
      let cola = try GLUETask.named("CoLA").load(.train, from: folder).examples
      #expect(cola.map(\.first) == ["A \"dog.", "dog A.", "B"])
      #expect(cola.map(\.label) == [.index(1), .index(0), .index(1)])
      let sst = try GLUETask.named("SST-2").load(.dev, from: folder).examples
      #expect(sst.map(\.first) == ["it 's fine ", "\"bad"] && sst.map(\.label) == [.index(1), .index(0)])
      let mnli = try GLUETask.named("MNLI").load(.dev, from: folder)
      #expect(mnli.split == .devMatched && mnli.examples[0].label == .index(2))
      #expect(mnli.examples[0].second == "b" && mnli.examples[0].index == "0")
      #expect(try GLUETask.named("STS-B").load(.train, from: folder).examples[0].label == .score(4.25))
    }
  }

  @Test func foldersAreFoundInTheUsualSpellings() throws {
    try withTemporaryDirectory { folder in
      let sst = try GLUETask.named("SST-2")
      let text = sampleLines(sst, .train).joined(separator: "\n")
      for spelling in ["SST-2", "SST2", "sst2", "sst-2"] {
        let path = "\(folder)/\(spelling)-data/\(spelling)/train.tsv"
        try Files.write(text, to: path)
        #expect(try sst.load(.train, from: "\(folder)/\(spelling)-data").path == path)
        // The task's own folder is taken too.
        #expect(try sst.load(.train, from: "\(folder)/\(spelling)-data/\(spelling)").path == path)
      }
      let wnli = try GLUETask.named("WNLI")
      #expect(
        throws: GLUEError(
          path: folder + "/SST-2-data",
          expected:
            "the dev rows of WNLI in \(folder)/SST-2-data/dev.tsv or \(folder)/SST-2-data/WNLI/dev.tsv",
          found: "no such file")
      ) { try wnli.load(.dev, from: folder + "/SST-2-data") }
      // A folder called after another task is not this task's folder.
      let other = #expect(throws: GLUEError.self) {
        try wnli.load(.train, from: folder + "/SST-2-data/SST-2")
      }
      #expect(other?.expected == "the train rows of WNLI in \(folder)/SST-2-data/SST-2/WNLI/train.tsv")
      #expect(throws: GLUEError.self) { try wnli.load(.train, from: folder + "/nowhere") }
      #expect(throws: GLUEError.self) { try wnli.load(.devMatched, from: folder) }
    }
  }

  @Test func tasksAreKnownInTheUsualSpellings() throws {
    for name in [
      "SST-2", "sst2", "sst_2", "STS-B", "stsb", "MNLI", "mnli", "cola", "QQP", "ax", "diagnostic",
    ] {
      _ = try GLUETask.named(name)
    }
    #expect(try GLUETask.named("stsb").name == "STS-B")
    #expect(
      throws: GLUEError(
        expected: "a task of GLUE: CoLA, SST-2, MRPC, STS-B, QQP, MNLI, QNLI, RTE, WNLI, AX", found: "'sst'")
    ) { try GLUETask.named("sst") }
  }

  @Test(.enabled(if: SharedData.isAvailable)) func theRealFilesAreRead() throws {
    let counts: [String: [Split: Int]] = [
      "CoLA": [.train: 8551, .dev: 1043, .test: 1063], "SST-2": [.train: 67349, .dev: 872],
      "MRPC": [.train: 3668, .dev: 408, .test: 1725], "STS-B": [.train: 5749, .dev: 1500],
      "MNLI": [.train: 1200, .devMatched: 400, .devMismatched: 400],
      "QNLI": [.train: 3000, .dev: 1000, .test: 1463], "RTE": [.train: 2490, .dev: 277, .test: 3000],
      "WNLI": [.train: 635, .dev: 71, .test: 146],
    ]
    for (name, splits) in counts {
      let task = try GLUETask.named(name)
      for (split, count) in splits {
        let data = try task.load(split, from: SharedData.path + "/glue")
        #expect(data.examples.count == count, "\(name) \(split.rawValue)")
        #expect(data.examples.allSatisfy { !$0.first.isEmpty && ($0.label != nil) == split.isLabelled })
      }
    }
    let wnli = try GLUETask.named("WNLI").load(.dev, from: SharedData.path + "/glue")
    #expect(wnli.examples.filter { $0.label == .index(0) }.count == 40)
    let cola = try GLUETask.named("CoLA").load(.dev, from: SharedData.path + "/glue")
    #expect(cola.examples.filter { $0.label == .index(1) }.count == 721)
    let rte = try GLUETask.named("RTE").load(.dev, from: SharedData.path + "/glue")
    #expect(rte.examples.filter { $0.label == .index(0) }.count == 146)
  }
}
