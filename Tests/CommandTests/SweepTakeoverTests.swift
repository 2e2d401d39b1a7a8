import Files
import Foundation
import Glibc
import TestSupport
import Testing

/// A process at a sweep that is killed: another one takes over what it was at.
@Suite(.serialized) struct SweepTakeoverTests {
  private static let sweep = """
    output: sweep
    data: data
    seeds: [1]
    teacher: {shape: 1x16x2, vocab: vocab.txt, training: {num_train_epochs: 1}}
    tasks: {SST-2: {}}
    students: {small: {student: 1x8x1, training: {num_train_epochs: 150, save_steps: 20}}}
    methods: {kd: {}}
    """

  /// Starts a sweep whose notes go to a file.
  private func start(_ file: String, saying log: String, in folder: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["sweep", file]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    _ = FileManager.default.createFile(atPath: "\(folder)/\(log)", contents: nil)
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder)/\(log)"))
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func wait(_ seconds: Double = 300, until isSo: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if isSo() { return true }
      usleep(5000)
    }
    return false
  }

  @Test func aKilledProcessIsTakenOver() throws {
    try withTemporaryDirectory { folder in
      for name in ["train", "dev"] {
        try Files.write(
          "sentence\tlabel\n" + String(repeating: "a fine film\t1\na dull film\t0\n", count: 40),
          to: "\(folder)/data/SST-2/\(name).tsv")
      }
      try Files.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nfine\ndull\nfilm\n", to: folder + "/vocab.txt")
      try Files.write(Self.sweep, to: folder + "/sweep.yaml")
      try Files.write(
        Self.sweep.replacing("output: sweep", with: "output: alone"), to: folder + "/alone.yaml")
      func read(_ name: String) -> String {
        String(decoding: (try? Files.read("\(folder)/\(name)")) ?? [], as: UTF8.self)
      }
      let run = folder + "/sweep/SST-2/small/kd-seed1"

      let first = try start("sweep.yaml", saying: "one", in: folder)
      let hasBegun = wait {
        !first.isRunning
          || ((try? Files.list(run + "/checkpoints")) ?? []).contains { $0.hasPrefix("step-") }
      }
      #expect(hasBegun && first.isRunning, "\(read("one"))")
      let second = try start("sweep.yaml", saying: "two", in: folder)
      let hasSeen = wait { !second.isRunning || read("two").contains("another process is at it") }
      #expect(hasSeen && second.isRunning, "\(read("two"))")
      kill(first.processIdentifier, SIGKILL)
      first.waitUntilExit()
      second.waitUntilExit()
      let said = read("two")
      #expect(second.terminationStatus == 0 && !said.contains("failed"), "\(said)")
      #expect(said.contains("seed 1, going on"), "\(said)")

      let alone = try Program.run(["sweep", "alone.yaml", "--quiet"], in: folder)
      #expect(alone.status == 0, "\(alone)")
      let model = "SST-2/small/kd-seed1/model/model.safetensors"
      #expect(try Files.read("\(folder)/sweep/\(model)") == Files.read("\(folder)/alone/\(model)"))
      func figures(_ sweep: String) -> [[Substring]] {
        // All columns but those of time, which are the last ones.
        read("\(sweep)/table.tsv").split(separator: "\n").map {
          Array($0.split(separator: "\t", omittingEmptySubsequences: false).prefix(6))
        }
      }
      #expect(figures("sweep") == figures("alone"))
    }
  }

  /// The first of the processes that a launcher starts says what ranks would do; the others say nothing.
  @Test func checkSpeaksOnce() throws {
    try withTemporaryDirectory { folder in
      let arguments = [
        "check", "finetune", "--task", "SST-2", "--shape", "1x8x1", "--vocab", "vocab/vocab.txt", "--limit",
        "40",
        "--output", folder + "/run",
      ]
      let found = try (0..<2).map {
        try Program.run(
          arguments, environment: ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "\($0)"])
      }
      #expect(found[0].status == 0 && found[0].output.contains("2 ranks share each step"), "\(found[0])")
      #expect(found[1].status == 0 && found[1].output.isEmpty && found[1].error.isEmpty, "\(found[1])")
      let refused = try Program.run(
        arguments + ["--gradient-shards", "3"], environment: ["OMPI_COMM_WORLD_SIZE": "4"])
      #expect(
        refused.status == 1 && refused.errorLines.count == 1
          && refused.error.contains("gradient_shards 3: parts are added up in one order by 1, 2 ranks"),
        "\(refused)")
    }
  }
}
