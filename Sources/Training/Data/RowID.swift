/// Which row of which data set: what caches, errors and dropout go by.
public struct RowID: Hashable, Sendable, Comparable {
  /// The data set, as whoever made its rows numbered it; 0 for the rows of a run's task.
  public let dataSet: UInt32
  /// The row's place in it, from 0.
  public let number: UInt32

  /// A row of a data set.
  public init(dataSet: Int = 0, number: Int) {
    (self.dataSet, self.number) = (UInt32(dataSet), UInt32(number))
  }

  /// The two numbers as one, unique over all data sets of a run: what keyed random draws take.
  public var key: UInt64 { UInt64(dataSet) << 32 | UInt64(number) }

  /// By data set, then by place.
  public static func < (a: RowID, b: RowID) -> Bool { a.key < b.key }
}

extension RowID: ExpressibleByIntegerLiteral {
  /// A row of the data set 0.
  public init(integerLiteral number: Int) { self.init(number: number) }
}
