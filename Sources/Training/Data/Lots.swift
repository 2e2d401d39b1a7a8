/// Draws one of some things, each by its chance.
public struct Lots: Sendable {
  /// The sums of the chances up to each.
  private let ends: [Double]

  /// Chances in any unit, none below 0.
  public init(_ chances: [Double]) {
    var ends: [Double] = []
    ends.reserveCapacity(chances.count)
    for chance in chances { ends.append((ends.last ?? 0) + chance) }
    self.ends = ends
  }

  /// The place of the one that a number from 0 to below 1 falls on.
  public func draw(_ uniform: Double) -> Int {
    let value = uniform * (ends.last ?? 1)
    var (low, high) = (0, ends.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
