import Files
import Runs
import TestSupport
import Testing
import Training

@testable import Reporting

@Suite struct EventLogTests {
  @Test func whatIsLoggedIsReadBack() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/events.jsonl"
      let log = try EventLog(path, keeping: 0)
      for event in SampleEvents.all { try log.append(event) }
      let read = try EventLog.read(path)
      #expect(read == SampleEvents.all.filter(\.isLogged))
      #expect(read.count == SampleEvents.all.count - 1)  // the note is not logged
    }
  }

  @Test func aResumedLogIsCutAndEndsAsTheUninterruptedOne() throws {
    try withTemporaryDirectory { folder in
      let logged = SampleEvents.all.filter(\.isLogged)
      let whole = folder + "/whole.jsonl"
      let log = try EventLog(whole, keeping: 0)
      for event in logged { try log.append(event) }

      let cut = folder + "/cut.jsonl"
      let before = try EventLog(cut, keeping: 0)
      for event in logged.prefix(17) { try before.append(event) }
      let after = try EventLog(cut, keeping: 9)
      for event in logged.dropFirst(9) { try after.append(event) }
      #expect(try Files.read(cut) == Files.read(whole))
    }
  }

  @Test func aHalfWrittenLastLineIsNotAnEvent() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/events.jsonl"
      let log = try EventLog(path, keeping: 0)
      try log.append(.started(SampleEvents.description))
      try Files.write(try Files.read(path) + Array("{\"event\":\"st".utf8), to: path)
      #expect(try EventLog.read(path) == [.started(SampleEvents.description)])
    }
  }

  @Test func anUnreadableLineIsNamed() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/events.jsonl"
      let log = try EventLog(path, keeping: 0)
      try log.append(.started(SampleEvents.description))
      try Files.write(try Files.read(path) + Array("{\"event\":\"dance\"}\n".utf8), to: path)
      #expect(throws: ReportingError.unreadable(path: path, line: 2, reason: "it is not an event of a run")) {
        try EventLog.read(path)
      }
    }
  }

  @Test func numbersThatAreNoneSurvive() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/events.jsonl"
      let log = try EventLog(path, keeping: 0)
      try log.append(
        .step(
          SampleEvents.step(1, stage: "labels", loss: .infinity, terms: ["labels": .infinity], scale: nil)))
      guard case .step(let record)? = try EventLog.read(path).first else {
        Issue.record("no step was read")
        return
      }
      #expect(record.loss == .infinity)
    }
  }
}
