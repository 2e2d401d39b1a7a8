import Files
import Foundation
import Glibc
import TestSupport
import Testing

/// A goal on the command line: from one line to a student, and on from where it was killed.
@Suite(.serialized) struct GoalTests {
  private func arguments(_ teacher: String, _ more: [String]) -> [String] {
    [
      "distill", "--task", "RTE", "--teacher", teacher, "--student", "1x16x2", "--limit", "96",
      "--batch-size", "16",
      "--max-length", "48", "--quiet",
    ] + more
  }

  @Test func aGoalOfOneLine() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let run = folder + "/run"
      let outcome = try Program.run(arguments(teacher, ["--keep", "10%", "--method", "kd", "--output", run]))
      #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
      #expect(outcome.output.contains("10.0 % to be kept: reached; 1-kd"), "\(outcome.output)")
      #expect(outcome.output.contains("% of the teacher's, measured once"), "\(outcome.output)")
      let report = String(decoding: try Files.read(run + "/report.html"), as: UTF8.self)
      #expect(report.contains("<h2>What was tried</h2>"))
      #expect(try Files.list(run + "/search").contains { $0.hasPrefix("1-kd") })
      // Its choice is a file of settings like any other.
      let again = try Program.run([
        "check", "distill", "--settings", run + "/chosen.yaml", "--output", folder + "/x",
      ])
      #expect(again.status == 0, "\(again.error)")
      // Another goal in the same folder is refused, and this one is over.
      let other = try Program.run(arguments(teacher, ["--keep", "20%", "--method", "kd", "--output", run]))
      #expect(other.status == 1 && other.errorLines.count == 1, "\(other.error)")
      let resumed = try Program.run(["resume", run])
      #expect(resumed.status == 1 && resumed.error.contains("the run is finished"), "\(resumed.error)")
      let json = try Program.run(
        ["check"] + arguments(teacher, ["--hours", "1", "--output", run]).filter { $0 != "--quiet" })
      #expect(json.status == 0 && json.output.contains("the goal tries kd"), "\(json.output)\(json.error)")
    }
  }

  @Test func killedAndResumed() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let run = folder + "/run"
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.currentDirectoryURL = URL(fileURLWithPath: Program.repository)
      process.arguments = arguments(
        teacher, ["--keep", "100%", "--method", "labels", "--learning-rate", "1e-9", "--output", run])
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      let end = Date().addingTimeInterval(120)
      while process.isRunning && !Files.exists(run + "/search/1-labels/run.json") && Date() < end {
        usleep(2000)
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(!Files.exists(run + "/model"))
      let resumed = try Program.run(["resume", run, "--quiet"])
      #expect(resumed.status == 0, "\(resumed.error)")
      #expect(resumed.output.contains("chosen"), "\(resumed.output)")
      #expect(Files.exists(run + "/model/model.safetensors"))
    }
  }

  @Test func tooLittleTimeIsOneLine() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let outcome = try Program.run(arguments(teacher, ["--hours", "1e-9", "--output", folder + "/run"]))
      #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome.error)")
      #expect(outcome.error.contains("hours (--hours) 1e-09 is too little"), "\(outcome.error)")
    }
  }

  @Test func aShapeWithinLimits() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let run = folder + "/run"
      let line = arguments(teacher, ["--max-mb", "1", "--method", "kd", "--epochs", "1", "--output", run])
      let outcome = try Program.run(line.map { $0 == "1x16x2" ? "auto" : $0 })
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.output.contains("ms for 32 tokens"), "\(outcome.output)")
      #expect(outcome.output.contains("the largest shape within the limits"), "\(outcome.output)")
    }
  }
}
