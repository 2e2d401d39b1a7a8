import Synchronization

/// How often the values of a store were changed: what is made of them knows by it whether it is out of date.
final class ChangeCount: Sendable {
  private let all = Atomic<Int>(0)
  private let tables = Atomic<Int>(0)

  /// The changes so far of a parameter, or of a table, whose rows also change by themselves.
  func value(ofTable isTable: Bool) -> Int {
    all.load(ordering: .acquiring) + (isTable ? tables.load(ordering: .acquiring) : 0)
  }

  /// One more change, of everything or of rows of tables alone.
  func add(ofTableRows areRows: Bool) {
    if areRows {
      tables.add(1, ordering: .acquiringAndReleasing)
    } else {
      all.add(1, ordering: .acquiringAndReleasing)
    }
  }
}
