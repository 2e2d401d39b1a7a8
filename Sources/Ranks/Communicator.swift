/// What carries bytes between ranks: processes, or threads, that go through the same program on different rows.
///
/// All ranks call `gather` in the same order; `exchange` is called by two at once. The calls of one rank come one at a
/// time, and from one thread unless `servesThreads`. An implementation either delivers or throws: it never waits for a
/// rank that is known to be gone.
public protocol Communicator: AnyObject, Sendable {
  /// Which rank this is, from 0.
  var rank: Int { get }
  /// How many ranks there are.
  var size: Int { get }
  /// How many ranks, this one included, may run on no other processors than this one does.
  var neighbours: Int { get }
  /// Whether another thread of this rank than that which began may call, while nobody else does.
  var servesThreads: Bool { get }
  /// The bytes that each rank gives, in the order of the ranks; each rank gets all.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
  /// Sends bytes to a rank that sends as many as are received, both at once.
  ///
  /// `beside` others that compute: it waits without taking a processor from them.
  func exchange(
    _ sent: UnsafeRawBufferPointer, into received: UnsafeMutableRawBufferPointer, with rank: Int,
    beside: Bool
  ) throws
  /// The last gather of a rank that cannot go on; false where the others do not come to theirs in a few seconds.
  func gatherLast(_ bytes: [UInt8]) -> Bool
  /// Ends all ranks at once.
  func abort() -> Never
  /// The end of an orderly run: nothing is sent any more.
  func close()
}

/// One rank, which talks to nobody.
final class Alone: Communicator {
  let rank = 0
  let size = 1
  let neighbours = 1
  let servesThreads = false

  func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  func exchange(
    _ sent: UnsafeRawBufferPointer, into received: UnsafeMutableRawBufferPointer, with rank: Int,
    beside: Bool
  ) {
    preconditionFailure("one rank exchanges nothing")
  }

  func gatherLast(_ bytes: [UInt8]) -> Bool { true }

  func abort() -> Never { preconditionFailure("one rank has nobody to end") }

  func close() {}
}
