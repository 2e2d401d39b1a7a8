import Files
import Foundation
import Runs
import TestSupport
import Testing
import Training

/// Several processes at one sweep.
@Suite(.serialized) struct SweepCommandTests {
  private static let sweep = """
    output: sweep
    data: data
    seeds: [1]
    teacher: {shape: 1x16x2, vocab: vocab.txt, training: {num_train_epochs: 1}}
    tasks: {SST-2: {}}
    students: {small: {student: 1x8x1, training: {num_train_epochs: 1}}}
    methods: {kd: {}}
    """

  /// The path in the file is that of the folder in which the sweep was run.
  @Test func aTableIsFoundFromAnywhere() throws {
    try withTemporaryDirectory { folder in
      for name in ["train", "dev"] {
        try Files.write(
          "sentence\tlabel\na fine film\t1\na dull film\t0\n", to: "\(folder)/data/SST-2/\(name).tsv")
      }
      try Files.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nfine\ndull\nfilm\n", to: folder + "/vocab.txt")
      try Files.write(Self.sweep, to: folder + "/plans/sweep.yaml")
      let look = ["sweep", folder + "/plans/sweep.yaml", "--report-only"]
      let before = try Program.run(look)
      #expect(
        before.status == 1
          && before.error.contains("sweep: cannot read: there is no such folder here or above"))
      let ran = try Program.run(["sweep", "plans/sweep.yaml", "--quiet"], in: folder)
      #expect(ran.status == 0 && ran.output.contains("| small"), "\(ran)")
      for place in [folder, folder + "/data", "/"] {
        let found = try Program.run(look, in: place)
        #expect(found.status == 0 && found.output == ran.output && found.error.isEmpty, "\(place): \(found)")
      }
      let json = try Program.run(look + ["--json"])
      let rows = try #require(
        try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
      #expect(rows.map { $0["student"] as? String } == ["teacher", "small"])
      #expect(rows.allSatisfy { ($0["result"] as? [String: Any])?["metrics"] != nil })
      try Files.remove(folder + "/sweep/SST-2")
      let empty = try Program.run(look)
      #expect(
        empty.status == 0 && empty.error == "anneal: no run of the sweep in sweep is finished\n", "\(empty)")
    }
  }

  @Test(arguments: [
    ("students: {small:", "students: {Teacher:", "no student can be called Teacher"),
    ("tasks: {SST-2:", "tasks: {teacher-cache:", "no task can be called teacher-cache"),
  ])
  func namesThatTheSweepHasForItselfAreRefused(old: String, new: String, said: String) throws {
    try withTemporaryDirectory { folder in
      try Files.write(Self.sweep.replacing(old, with: new), to: folder + "/sweep.yaml")
      let outcome = try Program.run(["sweep", "sweep.yaml"], in: folder)
      #expect(
        outcome.status == 1 && outcome.errorLines.count == 1 && outcome.error.contains(said), "\(outcome)")
    }
  }

  /// A teacher that another process begins while this one reads the rows is waited for, and then it is this one's turn.
  @Test func aTeacherThatIsTakenMeanwhileIsWaitedFor() throws {
    try withTemporaryDirectory { folder in
      let rows = String(repeating: "a fine film\t1\na dull film\t0\n", count: 30_000)
      try Files.write("sentence\tlabel\n" + rows, to: folder + "/data/SST-2/train.tsv")
      try Files.write("sentence\tlabel\na fine film\t1\na dull film\t0\n", to: folder + "/data/SST-2/dev.tsv")
      try Files.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nfine\ndull\nfilm\n", to: folder + "/vocab.txt")
      try Files.write(Self.sweep, to: folder + "/sweep.yaml")
      let process = Process()
      let said = Pipe()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = ["sweep", "sweep.yaml"]
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, said)
      try process.run()
      var text = ""
      while !text.contains("run 1 of 2") {
        let more = said.fileHandleForReading.availableData
        try #require(!more.isEmpty, "\(text)")
        text += String(decoding: more, as: UTF8.self)
      }
      // It reads 60,000 rows now and claims the folder after that.
      var lock: RunLock? = try RunLock(RunFolder(folder + "/sweep/SST-2/teacher"))
      usleep(1_500_000)
      withExtendedLifetime(lock) {}
      #expect(process.isRunning)
      lock = nil
      text += String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0 && !text.contains("failed"), "\(text)")
    }
  }

  /// Two processes at one sweep do each run once, and both have the table of one.
  @Test func processesShareASweep() throws {
    try withTemporaryDirectory { folder in
      for name in ["train", "dev"] {
        try Files.write(
          "sentence\tlabel\n" + String(repeating: "a fine film\t1\na dull film\t0\n", count: 40),
          to: "\(folder)/data/SST-2/\(name).tsv")
      }
      try Files.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nfine\ndull\nfilm\n", to: folder + "/vocab.txt")
      let sweep = Self.sweep.replacing("seeds: [1]", with: "seeds: [1, 2, 3]")
      try Files.write(sweep, to: folder + "/sweep.yaml")
      try Files.write(sweep.replacing("output: sweep", with: "output: alone"), to: folder + "/alone.yaml")
      let both = try Program.shell(
        "$ANNEAL sweep sweep.yaml > one 2> one-said & $ANNEAL sweep sweep.yaml > two 2> two-said; s=$?; wait $! && exit $s",
        in: folder)
      #expect(both.status == 0, "\(both)")
      func read(_ name: String) throws -> String {
        String(decoding: try Files.read("\(folder)/\(name)"), as: UTF8.self)
      }
      let said = try read("one-said") + read("two-said")
      let done = said.split(separator: "\n").filter { $0.hasPrefix("accuracy ") && $0.hasSuffix(" s") }
      #expect(done.count == 4 && !said.contains("failed"), "\(said)")
      #expect(try read("one") == read("two"))
      #expect(try read("one") == read("sweep/table.md"))
      let alone = try Program.run(["sweep", "alone.yaml", "--quiet"], in: folder)
      for seed in 1...3 {
        let model = "SST-2/small/kd-seed\(seed)/model/model.safetensors"
        #expect(try Files.read("\(folder)/sweep/\(model)") == Files.read("\(folder)/alone/\(model)"))
      }
      #expect(alone.output.split(separator: "\n").count == (try read("one")).split(separator: "\n").count)
    }
  }

  /// A launcher of MPI starts the same run several times; a program that knows nothing of that says so.
  @Test(arguments: [
    [
      "finetune", "--task", "SST-2", "--shape", "1x8x1", "--vocab", "vocab/vocab.txt", "--output",
      "nowhere/run",
    ],
    ["evaluate", "--task", "SST-2", "--model", "nowhere"],
  ])
  func ranksWithoutMPIAreSaid(arguments: [String]) throws {
    let outcome = try Program.run(arguments, environment: ["OMPI_COMM_WORLD_SIZE": "2"])
    #expect(outcome.status == 1 && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
    #expect(
      outcome.error.contains(
        arguments[0] == "finetune" ? "built without MPI" : "done by one process, and a launcher started 2"))
  }
}
