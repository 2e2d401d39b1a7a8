import Files
import Foundation
import Glibc
import TestSupport
import Testing

/// A run that was killed under version 0.1.0, kept with its task and teacher, is gone on with by this version.
///
/// `ANNEAL_RECORD_FIXTURE=1` makes such a run anew; a new format of checkpoints gets a fixture of its own beside it.
@Suite struct OldRunTests {
  private static let fixture = Files.directory(of: #filePath) + "/Fixtures/run-0.1.0"
  private static let isRecording = getenv("ANNEAL_RECORD_FIXTURE").map { String(cString: $0) } == "1"

  private static func lines(_ path: String) throws -> [String] {
    String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test(.enabled(if: !isRecording)) func aRunOfVersion010IsGoneOnWith() throws {
    try withTemporaryDirectory { folder in
      let copy = folder + "/copy"
      try FileManager.default.copyItem(atPath: Self.fixture, toPath: copy)
      let before = try Self.lines(copy + "/run/events.jsonl")
      let checkpoint = try #require(try Files.list(copy + "/run/checkpoints").last)
      let step = try #require(Int(checkpoint.split(separator: "-")[1]))
      let outcome = try Program.run(["resume", "run", "--quiet"], in: copy)
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(Files.exists(copy + "/run/model/model.safetensors"))
      // What was logged before the checkpoint stands as it was; then every step once.
      let after = try Self.lines(copy + "/run/events.jsonl")
      let isStep = { (line: String) in line.contains("\"event\":\"step\"") }
      #expect(after.filter(isStep).prefix(step) == before.filter(isStep).prefix(step))
      #expect(step > 0 && after.count(where: isStep) == 20)
      #expect(after.last?.contains("\"event\":\"finished\"") == true)
    }
  }

  @Test(.enabled(if: isRecording)) func recordTheRun() throws {
    let folder = Self.fixture
    try Files.remove(folder)
    for (file, rows) in [("train.tsv", 41), ("dev.tsv", 13)] {
      let text = try Self.lines(Program.repository + "/tasks/SST-2/" + file).prefix(rows)
      try Files.write(text.joined(separator: "\n") + "\n", to: "\(folder)/data/SST-2/\(file)")
    }
    let letters = "abcdefghijklmnopqrstuvwxyz,.'-".map(String.init)
    let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters + letters.map { "##" + $0 }
    try Files.write(tokens.joined(separator: "\n") + "\n", to: folder + "/vocab.txt")
    let common = ["--task", "SST-2", "--data", "data", "--batch-size", "10", "--max-length", "32", "--quiet"]
    let teacher = try Program.run(
      ["finetune", "--shape", "2x4x1", "--vocab", "vocab.txt", "--epochs", "1", "--output", "t"] + common,
      in: folder)
    #expect(teacher.status == 0, "\(teacher.error)")
    try Files.rename(folder + "/t/model", to: folder + "/teacher")
    try Files.remove(folder + "/t")
    let student = try Program.start(
      [
        "distill", "--teacher", "teacher", "--student", "1x3x1", "--stage-epochs", "3,2", "--save-steps", "1",
        "--output", "run",
      ] + common, in: folder)
    let checkpoints = folder + "/run/checkpoints"
    // Killed in the second stage, which begins after step 12.
    while student.isRunning {
      let last = Files.isDirectory(checkpoints) ? try Files.list(checkpoints).last : nil
      if let last, last >= "step-000000014" { kill(student.processIdentifier, SIGKILL) }
      usleep(500)
    }
    #expect(student.terminationReason == .uncaughtSignal)
    for name in try Files.list(checkpoints).dropLast() { try Files.remove(checkpoints + "/" + name) }
    for name in [".lock", "tensorboard"] { try Files.remove(folder + "/run/" + name) }
  }
}
