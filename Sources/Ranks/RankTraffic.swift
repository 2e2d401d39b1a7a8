import Glibc
import Synchronization

/// What a rank sent to others, and how long it waited for their sums.
public final class RankTraffic: Sendable {
  private let bytes = Atomic<Int>(0)
  private let nanoseconds = Atomic<Int>(0)
  private let waits = Atomic<Int>(0)
  private let taken = Atomic<Int>(0)

  /// Bytes that it sent.
  public var sentBytes: Int { bytes.load(ordering: .relaxed) }
  /// Seconds in which it did nothing but wait for sums.
  public var waitedSeconds: Double { Double(nanoseconds.load(ordering: .relaxed)) * 1e-9 }

  /// How often it waited for sums: once for each gradient of a step.
  public var sums: Int { waits.load(ordering: .relaxed) }

  /// Steps that it took.
  public var steps: Int { taken.load(ordering: .relaxed) }

  /// Notes that a step is over.
  public func tookStep() { taken.add(1, ordering: .relaxed) }

  func sent(_ count: Int) { bytes.add(count, ordering: .relaxed) }

  /// Runs `body`, which waits.
  func waiting<Result>(_ body: () throws -> Result) rethrows -> Result {
    let start = Self.now()
    defer {
      nanoseconds.add(Self.now() - start, ordering: .relaxed)
      waits.add(1, ordering: .relaxed)
    }
    return try body()
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
