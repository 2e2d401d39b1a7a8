/// The ranks that a run is spread over, as one of them sees it.
///
/// An error of one rank ends all: `run` tells it to the others, who hear it at their next `gather` and throw
/// `RankError.elsewhere`. So nothing waits for a rank that has given up, wherever it did.
public struct Ranks: Sendable {
  /// What carries the bytes.
  public let communicator: any Communicator
  /// What this rank sent and waited for so far.
  public let traffic = RankTraffic()

  /// Ranks behind a communicator.
  public init(_ communicator: any Communicator) { self.communicator = communicator }

  /// One rank: everything below costs nothing.
  public static let alone = Ranks(Alone())

  /// Which rank this is, from 0.
  public var rank: Int { communicator.rank }
  /// How many there are.
  public var size: Int { communicator.size }
  /// Whether this is the one that writes and speaks.
  public var isFirst: Bool { rank == 0 }
  /// Whether there is no other.
  public var isAlone: Bool { size == 1 }

  /// This rank's part of so many things, as even as can be; parts stand in the order of the ranks.
  public func share(of count: Int) -> Range<Int> { count * rank / size..<count * (rank + 1) / size }

  private enum Head {
    static let said: UInt8 = 0
    static let failed: UInt8 = 1
  }

  /// What each rank says, in the order of the ranks; every rank gets all.
  ///
  /// Throws `RankError.elsewhere` where a rank could not go on since the last time.
  public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    if isAlone { return [bytes] }
    traffic.sent((bytes.count + 1) * (size - 1))
    let all = try communicator.gather([Head.said] + bytes)
    for (rank, said) in all.enumerated() where said.first != Head.said {
      throw RankError.elsewhere(rank: rank, String(decoding: said.dropFirst(), as: UTF8.self))
    }
    return all.map { Array($0.dropFirst()) }
  }

  /// Waits until every rank is here.
  public func meet() throws { _ = try gather([]) }

  /// What the first rank says, by all.
  public func fromFirst(_ bytes: () throws -> [UInt8]) throws -> [UInt8] {
    try gather(isFirst ? bytes() : [])[0]
  }

  /// Whether any rank says yes.
  public func any(_ value: Bool) throws -> Bool {
    isAlone ? value : try gather([value ? 1 : 0]).contains([1])
  }

  /// Runs what all ranks do together; an error of one is thrown by all, each other one's as `RankError.elsewhere`.
  ///
  /// Where the others do not come to hear of it in a few seconds, it is handed to `say` and everything is ended.
  public func run<Result>(say: (any Error) -> Void = { _ in }, _ body: () throws -> Result) throws -> Result {
    if isAlone { return try body() }
    do {
      let result = try body()
      // Nobody is done before all are: a rank that still writes may fail.
      try meet()
      return result
    } catch let error as RankError {
      guard case .elsewhere = error else { throw tell(error, say) }
      throw error
    } catch {
      throw tell(error, say)
    }
  }

  private func tell(_ error: any Error, _ say: (any Error) -> Void) -> any Error {
    if !communicator.gatherLast([Head.failed] + "\(error)".utf8) {
      say(error)
      communicator.abort()
    }
    return error
  }
}
