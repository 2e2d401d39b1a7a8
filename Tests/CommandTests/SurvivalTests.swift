import Files
import Foundation
import TestSupport
import Testing

/// Runs that are killed, fill the disk or meet each other: nothing is lost and nothing differs.
@Suite(.serialized) struct SurvivalTests {
  /// A run of two stages that takes about a second.
  static func distill(_ folder: String, teacher: String, threads: Int = 1) -> [String] {
    [
      "distill", "--task", "RTE", "--teacher", teacher, "--student", "1x16x2", "--method",
      "annealing-intermediate", "--stage-epochs", "3,2", "--limit", "96", "--batch-size", "16",
      "--save-steps",
      "3", "--max-length", "48", "--threads", String(threads), "--quiet", "--output", folder,
    ]
  }

  static func makeTeacher(in folder: String) throws -> String {
    let outcome = try Program.run([
      "finetune", "--task", "RTE", "--shape", "2x24x2", "--vocab", "vocab/vocab.txt", "--limit", "64",
      "--epochs",
      "1", "--max-length", "48", "--quiet", "--output", folder + "/teacher",
    ])
    #expect(outcome.status == 0, "\(outcome.error)")
    return folder + "/teacher/model"
  }

  /// What must be equal between two runs: the model, and the event log without times, places and interruptions.
  static func result(of folder: String) throws -> (model: String, events: [String]) {
    let timed: Set<String> = [
      "seconds", "total_seconds", "training_seconds", "path", "output", "folder", "threads",
    ]
    func cleaned(_ value: Any) -> Any {
      if let object = value as? [String: Any] {
        return object.filter { !timed.contains($0.key) && !$0.key.contains("_per_second") }.mapValues(cleaned)
      }
      return (value as? [Any])?.map(cleaned) ?? value
    }
    let lines = String(decoding: try Files.read(folder + "/events.jsonl"), as: UTF8.self)
      .split(separator: "\n")
    let events = try lines.map { line in
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let data = try JSONSerialization.data(withJSONObject: cleaned(object), options: .sortedKeys)
      return String(decoding: data, as: UTF8.self)
    }
    return (try SHA256.hexadecimal(ofFile: folder + "/model/model.safetensors"), events)
  }

  @Test(arguments: [1, 2])
  func aRunKilledAgainAndAgainEndsAsIfItHadNot(threads: Int) throws {
    try withTemporaryDirectory { folder in
      let teacher = try Self.makeTeacher(in: folder)
      let whole = folder + "/whole"
      let clock = ContinuousClock()
      let start = clock.now
      let reference = try Program.run(Self.distill(whole, teacher: teacher, threads: threads))
      let seconds = (clock.now - start) / .seconds(1)
      #expect(reference.status == 0, "\(reference.error)")

      let killed = folder + "/killed"
      var random = Mutations(seed: UInt64(threads))
      var kills = 0
      var arguments = Self.distill(killed, teacher: teacher, threads: threads)
      for attempt in 1...60 {
        // Later attempts live longer, so that the run comes to its end; the first two never do, on any machine.
        let delay = Double(random.next(100)) / 100 * seconds * (0.2 + 0.04 * Double(attempt))
        let status = try Program.runAndKill(arguments, after: delay)
        if status == 0 { break }
        kills += 1
        let hasStarted = Files.exists(killed + "/run.json")
        arguments =
          hasStarted
          ? ["resume", killed, "--quiet"]
          : Self.distill(killed, teacher: teacher, threads: threads) + ["--overwrite"]
      }
      // Killed once more, perhaps in the moment between its last write and its end.
      let last = try Program.run(["resume", killed, "--quiet"])
      #expect(last.status == 0 || last.error.contains("the run is finished"), "\(last.error)")
      #expect(kills >= 2)
      let (expected, found) = (try Self.result(of: whole), try Self.result(of: killed))
      #expect(found.model == expected.model)
      #expect(found.events == expected.events)
      #expect(try Files.list(killed).allSatisfy { !$0.contains(".part-") || $0.hasPrefix(".") })
    }
  }

  @Test func aSecondRunInOneFolderIsRefused() throws {
    try withTemporaryDirectory { folder in
      let teacher = try Self.makeTeacher(in: folder)
      let run = folder + "/run"
      let first = try Program.start(Self.distill(run, teacher: teacher) + ["--save-steps", "1"])
      defer { first.waitUntilExit() }
      while first.isRunning && !Files.exists(run + "/run.json") { usleep(2000) }
      let second = try Program.run(["resume", run])
      if first.isRunning {
        #expect(second.status == 1)
        #expect(second.errorLines.count == 1)
      }
    }
  }

  @Test func aFileThatCannotGrowEndsTheRunWithOneLineAndKeepsWhatWasThere() throws {
    try withTemporaryDirectory { folder in
      let teacher = try Self.makeTeacher(in: folder)
      let run = folder + "/run"
      // Files end at 64 blocks of 512 bytes, as on a full disk: a write fails, the program goes on.
      let line = Self.distill(run, teacher: teacher).joined(separator: " ")
      let outcome = try Program.shell("trap '' XFSZ; ulimit -f 64; exec $ANNEAL \(line)")
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.error.contains("File too large"))
      #expect(!Files.exists(run + "/model/model.safetensors"))
      for path in try Files.list(run) { #expect(!path.contains(".part-")) }

      // With room again the run goes on, or starts anew where nothing was saved.
      let again = try Program.run(["resume", run, "--quiet"])
      #expect(again.status == 0, "\(again.error)")
      #expect(Files.exists(run + "/model/model.safetensors"))
    }
  }

  @Test func aFolderThatCannotBeWrittenIsSaidBeforeTheFirstStep() throws {
    try withTemporaryDirectory { folder in
      let teacher = try Self.makeTeacher(in: folder)
      try Files.write("in the way", to: folder + "/file")
      let outcome = try Program.run(Self.distill(folder + "/file/run", teacher: teacher))
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.count == 1)
      #expect(try Files.read(folder + "/file") == Array("in the way".utf8))
    }
  }
}
