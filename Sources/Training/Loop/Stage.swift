/// A part of a run with an objective, an optimizer and a schedule of its own.
///
/// It begins with the weights that the stage before handed on, and with fresh moments and warm-up.
public struct Stage {
  /// Which weights are handed on.
  public enum Keep: Sendable {
    /// Those with the best metric on dev.
    case best
    /// Those after the last step.
    case last
  }

  /// Its name, unique in the run.
  public let name: String
  /// Passes over the training rows.
  public let epochs: Int
  /// The largest learning rate.
  public let learningRate: Double
  /// What it trains for.
  public let objective: any Objective
  /// Which weights it hands on.
  public let keep: Keep
  /// How many training rows it reads, from the first; all if nil.
  public let rowCount: Int?

  /// A stage.
  public init(
    name: String, epochs: Int, learningRate: Double, objective: any Objective, keep: Keep = .best,
    rowCount: Int? = nil
  ) {
    self.rowCount = rowCount
    self.name = name
    self.epochs = epochs
    self.learningRate = learningRate
    self.objective = objective
    self.keep = keep
  }

  /// The lengths of the rows that it reads, of those of all rows.
  func lengths(of all: [Int]) -> [Int] { rowCount.map { Array(all.prefix($0)) } ?? all }
}
