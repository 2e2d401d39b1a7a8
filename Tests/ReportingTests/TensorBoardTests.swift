import Files
import Runs
import TestSupport
import Testing
import Training

@testable import Reporting

@Suite struct TensorBoardTests {
  /// The check value of RFC 3720, appendix B.4, and of every CRC catalogue.
  @Test func checksumsAreThoseOfTheStandard() {
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
  }

  /// Bytes that TensorFlow's own writer gives for the first event of a file at time 0.
  @Test func frameOfTheFirstEventIsTensorFlows() {
    var event = ProtobufMessage()
    event.add(1, double: 0)
    event.add(3, string: "brain.Event:2")
    #expect(
      event.bytes == [0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x1A, 0x0D] + Array("brain.Event:2".utf8))
    let frame = TensorBoardWriter.frame(event.bytes)
    #expect(Array(frame.prefix(8)) == [24, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(frame[8..<12]) == [0xA3, 0x7F, 0x4B, 0x22])
    #expect(frame.count == 8 + 4 + 24 + 4)
  }

  @Test func integersBeyondSevenBitsAreVarints() {
    var message = ProtobufMessage()
    message.add(2, integer: 300)
    #expect(message.bytes == [0x10, 0xAC, 0x02])
  }

  /// The events of a file, each as its bytes.
  private static func payloads(_ path: String) throws -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    var rest = try Files.read(path)[...]
    while rest.count >= 16 {
      let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      payloads.append(Array(rest.dropFirst(12).prefix(length)))
      rest = rest.dropFirst(12 + length + 4)
    }
    #expect(rest.isEmpty)
    return payloads
  }

  /// A stage that patience ended takes fewer steps than it was to; the next one goes on from there.
  @Test func stepsGoOnBehindAStageThatEndedEarly() throws {
    try withTemporaryDirectory { path in
      let recorder = RunRecorder(folder: RunFolder(path), progress: nil)
      var taken = 0
      for event in SampleEvents.all {
        if case .step(let record) = event, record.step > 4 { continue }
        if case .evaluated(let record) = event, record.step > 4 { continue }
        if case .step = event { taken += 1 }
        try recorder.handle(event)
      }
      let file = try #require(try Files.list(path + "/tensorboard").first)
      // Behind the time (a tag and eight bytes) stands the step, a tag and here one byte.
      let steps = try Self.payloads("\(path)/tensorboard/\(file)").dropFirst().compactMap {
        $0.count > 10 && $0[9] == 0x10 ? Int($0[10]) : nil
      }
      #expect(taken == 8 && steps.max() == taken, "\(steps)")
    }
  }

  @Test func scalarsFollowEachOtherInTheFile() throws {
    try withTemporaryDirectory { folder in
      let writer = try TensorBoardWriter(folder: folder, firstStep: 0, wallTime: 1_700_000_000)
      try writer.add([("train/loss", 0.5), ("train/learning_rate", 5e-5)], step: 1, wallTime: 1_700_000_001)
      try writer.add([("dev/accuracy", 0.75)], step: 1, wallTime: 1_700_000_002)
      let payloads = try Self.payloads(writer.path)
      #expect(payloads.count == 4)  // version, session, two summaries
      let second = try TensorBoardWriter(folder: folder, firstStep: 1, wallTime: 1_700_000_000)
      #expect(second.path != writer.path)
    }
  }
}
