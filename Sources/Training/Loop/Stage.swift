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

  /// A stage.
  public init(name: String, epochs: Int, learningRate: Double, objective: any Objective, keep: Keep = .best) {
    self.name = name
    self.epochs = epochs
    self.learningRate = learningRate
    self.objective = objective
    self.keep = keep
  }
}
