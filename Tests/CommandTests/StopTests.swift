import Files
import Foundation
import Glibc
import TestSupport
import Testing

/// Ctrl-C and TERM: one status whatever the command was doing, what to do to go on, and nothing left half-written.
@Suite(.serialized) struct StopTests {
  /// Starts a line of anneal, sends a signal once `isReady` holds, and returns what came of it.
  private func stopped(
    _ arguments: [String], by signal: Int32 = SIGINT, in folder: String, input: Pipe? = nil,
    when isReady: () -> Bool
  ) throws -> (process: Process, error: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let said = folder + "/said-\(UUID().uuidString)"
    _ = FileManager.default.createFile(atPath: said, contents: nil)
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: said))
    process.standardOutput = FileHandle.nullDevice
    if let input { process.standardInput = input }
    try process.run()
    let end = Date().addingTimeInterval(300)
    while process.isRunning && !isReady() && Date() < end { usleep(5000) }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return (process, String(decoding: try Files.read(said), as: UTF8.self))
  }

  private func hasStep(_ run: String) -> Bool {
    guard let log = try? Files.read(run + "/events.jsonl") else { return false }
    return String(decoding: log, as: UTF8.self).contains("\"event\":\"step\"")
  }

  @Test(arguments: [SIGINT, SIGTERM]) func everyCommandEndsByItsSignal(signal: Int32) throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let tasks = Program.repository + "/tasks"
      let long = ["--epochs", "20000", "--quiet"]
      let finetune = [
        "finetune", "--task", "RTE", "--data", tasks, "--shape", "1x8x1", "--vocab", teacher + "/vocab.txt",
        "--output",
        "run",
      ]
      let run = try stopped(finetune + long, by: signal, in: folder) { hasStep(folder + "/run") }
      #expect(run.process.terminationReason == .uncaughtSignal && run.process.terminationStatus == signal)
      #expect(run.error.contains("go on with: anneal resume run"), "\(run.error)")

      // A command that reads what somebody types.
      let predict = try stopped(
        ["predict", "--model", teacher, "--quiet"], by: signal, in: folder, input: Pipe()
      ) {
        usleep(500_000)
        return true
      }
      #expect(
        predict.process.terminationReason == .uncaughtSignal && predict.process.terminationStatus == signal)

      let sweep = """
        output: sweep
        data: \(tasks)
        teacher: {shape: 1x8x1, vocab: \(teacher)/vocab.txt, training: {num_train_epochs: 20000}}
        tasks: {RTE: {}}
        students: {small: {student: 1x8x1}}
        methods: {kd: {}}
        """
      try Files.write(sweep, to: folder + "/my sweep.yaml")
      let many = try stopped(["sweep", "my sweep.yaml", "--quiet"], by: signal, in: folder) {
        hasStep(folder + "/sweep/RTE/teacher")
      }
      #expect(many.process.terminationReason == .uncaughtSignal && many.process.terminationStatus == signal)
      #expect(
        many.error.contains(
          "stopped in sweep/RTE/teacher; go on with: anneal sweep 'my sweep.yaml' --quiet\n"),
        "\(many.error)")

      let demo = try stopped(["demo", "--output", "demo", "--quiet"], by: signal, in: folder) {
        hasStep(folder + "/demo/teacher")
      }
      #expect(demo.process.terminationReason == .uncaughtSignal && demo.process.terminationStatus == signal)
      #expect(demo.error.contains("begin again with: anneal demo --output demo --quiet\n"), "\(demo.error)")
    }
  }

  @Test func aSecondSignalEndsAtOnceAndLeavesNothingHalfWritten() throws {
    try withTemporaryDirectory { folder in
      let vocabulary = Program.repository + "/vocab/vocab.txt"
      // Tokenizing what never ends: the output has no name before it is whole.
      let input = Pipe()
      let tokenize = try stopped(
        ["tokenize", "--vocab", vocabulary, "--output", "ids.txt"], in: folder, input: input
      ) {
        input.fileHandleForWriting.write(Data(String(repeating: "a fine film\n", count: 2000).utf8))
        usleep(300_000)
        return true
      }
      #expect(tokenize.process.terminationReason == .uncaughtSignal)
      let left = try Files.list(folder).filter { !$0.hasPrefix("said-") }
      #expect(left.isEmpty, "\(left)")

      // What a killed process left in the folder of checkpoints goes when the run goes on.
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let run = try stopped(
        SurvivalTests.distill("run", teacher: teacher).map { $0 == "3,2" ? "3000,2" : $0 } + [
          "--data", Program.repository + "/tasks",
        ],
        in: folder
      ) { hasStep(folder + "/run") }
      #expect(run.process.terminationReason == .uncaughtSignal, "\(run.error)")
      let half = folder + "/run/checkpoints/.part-12345"
      try Files.write("half", to: half + "/model.safetensors")
      let resumed = try stopped(["resume", "run", "--quiet"], by: SIGKILL, in: folder) { !Files.exists(half) }
      #expect(!Files.exists(half), "\(resumed.error)")
    }
  }

  @Test func aReaderThatLeavesDuringARunIsNoError() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let line = SurvivalTests.distill(folder + "/run", teacher: teacher).joined(separator: " ")
      let outcome = try Program.shell("{ \"$ANNEAL\" \(line); echo $? >&2; } | true")
      #expect(outcome.error == "141\n", "\(outcome)")
      #expect(Files.exists(folder + "/run/model/model.safetensors"))
    }
  }
}
