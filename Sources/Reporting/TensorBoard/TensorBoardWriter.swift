import Files
import Glibc

/// A TensorBoard event file of scalars, readable while it grows.
///
/// The file is a row of TFRecord frames (length, masked CRC32C of the length, payload, masked CRC32C of the
/// payload), each payload a `tensorflow.Event`; the first says `brain.Event:2`.
public final class TensorBoardWriter {
  /// Where the file is.
  public let path: String
  private let file: AppendedFile

  /// Starts an event file in `folder` for the steps after `firstStep`.
  ///
  /// Readers forget what earlier files of the folder say about those steps. `wallTime` is in seconds since 1970. The name ends in a number so that a run that is resumed within the same
  /// second gets a file of its own.
  public init(folder: String, firstStep: Int, wallTime: Double) throws {
    try Files.makeDirectory(folder)
    var name = ""
    var number = 0
    repeat {
      name = "\(folder)/events.out.tfevents.\(Int(wallTime)).anneal.\(getpid()).\(number)"
      number += 1
    } while Files.exists(name)
    path = name
    file = try AppendedFile(name)
    var event = ProtobufMessage()
    event.add(1, double: wallTime)
    event.add(3, string: "brain.Event:2")
    try write(event)
    // A session log with status START is what tells readers to forget later steps.
    var session = ProtobufMessage()
    session.add(1, integer: 1)
    var start = ProtobufMessage()
    start.add(1, double: wallTime)
    start.add(2, integer: firstStep + 1)
    start.add(7, message: session)
    try write(start)
  }

  /// Adds the values of one step.
  public func add(_ scalars: [(tag: String, value: Double)], step: Int, wallTime: Double) throws {
    var summary = ProtobufMessage()
    for scalar in scalars {
      var value = ProtobufMessage()
      value.add(1, string: scalar.tag)
      value.add(2, float: Float(scalar.value))
      summary.add(1, message: value)
    }
    var event = ProtobufMessage()
    event.add(1, double: wallTime)
    event.add(2, integer: step)
    event.add(5, message: summary)
    try write(event)
  }

  private func write(_ event: ProtobufMessage) throws { try file.append(Self.frame(event.bytes)) }

  /// A payload in its TFRecord frame.
  static func frame(_ payload: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    length.append(littleEndian: UInt64(payload.count))
    var frame = length
    frame.append(littleEndian: CRC32C.masked(length))
    frame.append(contentsOf: payload)
    frame.append(littleEndian: CRC32C.masked(payload))
    return frame
  }
}

extension [UInt8] {
  /// Adds the bytes of an integer, the lowest first.
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
