import AllocationProbe
import Glibc

/// The memory that readers of damaged files take, held against the size of each file.
///
/// A reader may hold a small multiple of what it reads, and a little beside it for tables that any file needs. Where
/// allocations cannot be counted (see `AllocationProbe`), nothing is ever too much.
public struct MemoryWatch {
  /// What the figures are of.
  private let name: String
  /// Bytes that a reader may hold for each byte of the file.
  private let multiple: Int
  /// Bytes that it may hold beside those.
  private let allowance: Int
  private var reads = 0
  private var taken = 0
  private var worst = (held: 0, file: 0)
  /// The first read that held too much, in words.
  public private(set) var excess: String?

  /// A watch over the readers of `name`.
  public init(_ name: String, multiple: Int = 64, allowance: Int = 128 << 10) {
    (self.name, self.multiple, self.allowance) = (name, multiple, allowance)
  }

  /// The number of reads that did not throw.
  public var takenCount: Int { taken }
  /// The number of reads.
  public var readCount: Int { reads }

  /// Runs `body`, which reads a file of so many bytes, and counts what it holds at most.
  ///
  /// Where that is too much, it reads once more and the lesser figure counts: now and then a table grows meanwhile that
  /// is not of the file, such as that of the errors thrown so far, which the testing library keeps.
  public mutating func reading<Result>(_ byteCount: Int, _ body: () throws -> Result) rethrows -> Result {
    allocation_probe_start()
    defer {
      var held = Int(allocation_probe_stop())
      if held > multiple * byteCount + allowance {
        allocation_probe_start()
        _ = try? body()
        held = min(held, Int(allocation_probe_stop()))
      }
      reads += 1
      if held > worst.held { worst = (held, byteCount) }
      if held > multiple * byteCount + allowance && excess == nil {
        excess = "\(name): reading \(byteCount) bytes held \(held) at once"
      }
    }
    let result = try body()
    taken += 1
    return result
  }

  /// Says how it went, in the longer mode only, where the figures are asked for.
  public func report() {
    guard Mutations.isLong else { return }
    print(
      "fuzz: \(name): \(reads) damaged copies, \(taken) read, \(reads - taken) refused; "
        + "at most \(worst.held) bytes held, for a file of \(worst.file)")
  }
}
