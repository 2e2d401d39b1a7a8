public import Tokenization

/// Which rows are windows of one example, and how answers to them are joined.
public struct RowWindows: Sendable, Equatable {
  /// The first row of each example, and behind them how many rows there are.  // [examples + 1]
  public let starts: [Int]
  /// How the answers to an example's windows are joined.
  public let pooling: TextWindows.Pooling

  /// Examples of so many windows each.
  init(counts: [Int], pooling: TextWindows.Pooling) {
    self.pooling = pooling
    starts = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
  }

  /// Examples that are read in more than one window.
  public var longCount: Int { zip(starts, starts.dropFirst()).count { $1 - $0 > 1 } }

  /// Logits of rows as those of the examples.  // [rows][labels] to [examples][labels]
  func joined(_ logits: [[Float]]) -> [[Float]] {
    zip(starts, starts.dropFirst()).map { pooling.joined(logits[$0..<$1]) }
  }
}
