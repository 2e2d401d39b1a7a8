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
}
