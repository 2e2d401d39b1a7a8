public import Ranks

/// The parts that a step's gradient is computed in, each alone, and how they are added up.
///
/// Additions stand in a binary tree over the parts that is cut in the middle again and again. Ranks hold branches of that
/// tree, so the sum is the same bytes for 1, 2, 4 and so on ranks up to the number of parts.
public struct GradientShards: Sendable {
  /// How many parts there are.
  public let count: Int
  /// The parts of this rank.
  public let own: Range<Int>
  /// The ranks that share the step.
  public let ranks: Ranks

  /// As many parts as wanted; one for each rank where nothing is.
  ///
  /// Throws `TrainingError.settings` where ranks are not branches of the tree of those parts.
  public init(_ wanted: Int?, over ranks: Ranks) throws {
    self.ranks = ranks
    guard let wanted else {
      (count, own) = (ranks.size, ranks.rank..<ranks.rank + 1)
      return
    }
    count = wanted
    let size = ranks.size
    try Self.require(wanted, over: size)
    var range = 0..<wanted
    var bit = size / 2
    while bit > 0 {
      let halves = Self.halves(range)
      range = ranks.rank & bit == 0 ? halves.0 : halves.1
      bit /= 2
    }
    own = range
  }

  /// Throws `TrainingError.settings` where so many ranks are not branches of the tree of so many parts.
  static func require(_ wanted: Int, over size: Int) throws {
    if size & (size - 1) == 0, size <= wanted { return }
    let fitting = (0...20).map { 1 << $0 }.filter { $0 <= wanted }.map(String.init)
    throw TrainingError.settings(
      "gradient_shards \(wanted): parts are added up in one order by \(fitting.joined(separator: ", ")) ranks, and "
        + "there are \(size)")
  }

  /// One part on one rank: the step as it is without any of this.
  public static let whole = GradientShards()

  private init() { (count, own, ranks) = (1, 0..<1, .alone) }

  /// Whether the gradient is computed in one piece.
  public var isWhole: Bool { count == 1 && ranks.isAlone }

  /// Where the tree is cut.
  static func halves(_ range: Range<Int>) -> (Range<Int>, Range<Int>) {
    let middle = range.lowerBound + range.count / 2
    return (range.lowerBound..<middle, middle..<range.upperBound)
  }
}
