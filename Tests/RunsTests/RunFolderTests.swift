import Distillation
import Files
import Foundation
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// What a run folder promises: its last event, its checkpoints, its place and its versions.
@Suite(.serialized) struct RunFolderTests {
  private struct Killed: Error {}

  private func model(_ folder: String) throws -> String {
    try SHA256.hexadecimal(ofFile: folder + "/model/model.safetensors")
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try Files.read(path), as: UTF8.self)
  }

  /// Runs until `step`, then dies without a word.
  private func runAndDie(_ settings: FinetuneSettings, at step: Int) {
    #expect(throws: Killed.self) {
      _ = try Finetune.run(settings) { event in
        if case .step(let record) = event, record.step == step { throw Killed() }
      }
    }
  }

  /// What is said when the run is gone on with.
  private func refusal(_ folder: String) -> String {
    do {
      _ = try Resume.run(folder: folder) { _ in }
      return "nothing was refused"
    } catch { return "\(error)" }
  }

  @Test func aRunKilledAtItsLastEventSaysItWhenGoneOnWith() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let whole = TinyTask.Recorder()
      _ = try Finetune.run(task.finetune(output: "whole"), onEvent: whole.handle)
      let recorder = TinyTask.Recorder()
      recorder.onEvent = { if case .finished = $0 { throw Killed() } }
      var settings = task.finetune(output: "run")
      settings.training.saveSteps = 4
      #expect(throws: Killed.self) { _ = try Finetune.run(settings, onEvent: recorder.handle) }
      #expect(try RunRecord<JSONValue>.read(RunFolder(settings.output)).status == "running")
      recorder.onEvent = { _ in }
      _ = try Resume.run(folder: settings.output, onEvent: recorder.handle)
      #expect(try RunRecord<JSONValue>.read(RunFolder(settings.output)).status == "finished")
      #expect(TinyTask.comparable(recorder.log) == TinyTask.comparable(whole.log))
      #expect(try model(settings.output) == model(folder + "/whole"))
    }
  }

  @Test func everyNthCheckpointStaysBesideTheNewest() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "run")
      settings.training.saveSteps = 2
      settings.training.keepEvery = 3
      runAndDie(settings, at: 11)
      let checkpoints = settings.output + "/checkpoints"
      #expect(try Files.list(checkpoints) == ["step-000000006", "step-000000008", "step-000000010"])
      _ = try Resume.run(folder: settings.output) { _ in }
      #expect(try Files.list(checkpoints) == ["step-000000006", "step-000000012", "step-000000018"])
    }
  }

  @Test func whatAKillDuringACheckpointLeavesIsPassedOver() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "whole")) { _ in }
      var settings = task.finetune(output: "run")
      settings.training.saveSteps = 4
      runAndDie(settings, at: 11)
      let checkpoints = settings.output + "/checkpoints"
      let files = try Files.list(checkpoints + "/step-000000008")
      #expect(files.count == 5)
      // The moment after each file: what is written has another name until it is whole.
      for count in 0...files.count {
        let unfinished = "\(checkpoints)/.part-\(count)"
        try Files.makeDirectory(unfinished)
        for file in files.prefix(count) {
          let bytes = try Files.read("\(checkpoints)/step-000000008/\(file)")
          let isLast = file == files[max(count - 1, 0)]
          try Files.write(isLast ? Array(bytes.prefix(bytes.count / 2)) : bytes, to: unfinished + "/" + file)
        }
      }
      _ = try Resume.run(folder: settings.output) { _ in }
      #expect(try model(settings.output) == model(folder + "/whole"))
      #expect(try Files.list(checkpoints) == ["step-000000016"])
    }
  }

  /// A copy of the lock's descriptor stands for a child process that was being started.
  @Test func theLockIsGivenBackWhileAChildStillHoldsACopy() throws {
    try withTemporaryDirectory { path in
      let folder = RunFolder(path)
      var lock: RunLock? = try RunLock(folder)
      #expect(throws: TrainingError.self) { try RunLock(folder) }
      var status = stat()
      #expect(stat(folder.lock, &status) == 0)
      let held = try Files.list("/proc/self/fd").compactMap { Int32($0) }.filter { descriptor in
        var other = stat()
        return fstat(descriptor, &other) == 0 && other.st_ino == status.st_ino
          && other.st_dev == status.st_dev
      }
      #expect(held.count == 1)
      let copies = held.map { dup($0) }
      defer { copies.forEach { close($0) } }
      withExtendedLifetime(lock) {}
      lock = nil
      #expect(throws: Never.self) { try RunLock(folder) }
    }
  }

  @Test func aRunFolderMayBeMoved() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "whole")) { _ in }
      var settings = task.finetune(output: "run")
      settings.training.saveSteps = 5
      runAndDie(settings, at: 12)
      try Files.rename(settings.output, to: folder + "/moved")
      _ = try Resume.run(folder: folder + "/moved/") { _ in }
      #expect(try model(folder + "/moved") == model(folder + "/whole"))
    }
  }

  @Test func patienceAndTheBestSoFarAreGoneOnWith() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      func settings(_ output: String) -> FinetuneSettings {
        var settings = task.finetune(output: output)
        settings.training.epochs = 12
        settings.training.learningRate = 3e-3
        settings.training.evalSteps = 3
        settings.training.patience = 4
        return settings
      }
      let whole = TinyTask.Recorder()
      _ = try Finetune.run(settings("whole"), onEvent: whole.handle)
      let expected = TinyTask.comparable(whole.log)
      let steps = expected.count { if case .step = $0 { true } else { false } }
      #expect(steps < 72, "patience has to end it")
      for place in [steps - 10, steps - 4, steps - 1, steps] {
        let recorder = TinyTask.Recorder()
        let stop = StopFlag()
        recorder.onEvent = { if case .step(let record) = $0, record.step == place { stop.raise() } }
        let settings = settings("stopped-\(place)")
        #expect(throws: TrainingError.interrupted(folder: settings.output, step: place)) {
          _ = try Finetune.run(settings, stop: stop, onEvent: recorder.handle)
        }
        recorder.onEvent = { _ in }
        _ = try Resume.run(folder: settings.output, onEvent: recorder.handle)
        #expect(TinyTask.comparable(recorder.log) == expected, "stopped after step \(place)")
        #expect(try model(settings.output) == model(folder + "/whole"))
      }
    }
  }

  @Test func formatsToComeAreRefusedAndNothingIsLost() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "run")
      settings.training.saveSteps = 4
      runAndDie(settings, at: 11)
      let newest = settings.output + "/checkpoints/step-000000008"
      func rewrite(_ path: String) throws -> (before: [UInt8], after: [UInt8]) {
        let before = try Files.read(path)
        let text = String(decoding: before, as: UTF8.self)
        let after = Array(text.replacing("\"format_version\" : 1", with: "\"format_version\" : 9").utf8)
        #expect(before != after)
        try Files.write(after, to: path)
        return (before, after)
      }
      let state = try rewrite(newest + "/state.json")
      let sums = try text(newest + "/checksums.json")
      func hash(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        return hash.hexadecimal
      }
      try Files.write(
        sums.replacing(hash(state.before), with: hash(state.after)), to: newest + "/checksums.json")
      #expect(refusal(settings.output).contains("it has format 9 and this program reads up to 1"))
      #expect(Files.exists(newest + "/state.json"))
      let record = try rewrite(settings.output + "/run.json")
      #expect(refusal(settings.output).contains("run.json has format 9"))
      try Files.write(record.before, to: settings.output + "/run.json")
      try Files.write(state.before, to: newest + "/state.json")
      try Files.write(sums, to: newest + "/checksums.json")
      _ = try Resume.run(folder: settings.output) { _ in }
    }
  }

  @Test func theRecordSaysWhatComputed() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let settings = task.finetune(output: "run")
      _ = try Finetune.run(settings) { _ in }
      let record = try RunRecord<FinetuneSettings>.read(RunFolder(settings.output))
      #expect(record.program?.split(separator: ".").count == 3)
      #expect(record.machine.contains("OpenBLAS") && record.machine.contains("row kernels"))
      #expect(record.description.threads >= 1)
      #expect(record.inputs.keys.sorted() == ["dev rows", "train rows", "vocabulary"])
    }
  }
}
