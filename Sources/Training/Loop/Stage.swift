/// A part of a run with a lesson, rows, an optimizer and a schedule of its own.
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
  /// What a step does.
  public let lesson: any Lesson
  /// What it learns from; its epochs are the stage's.
  public let rows: any RowSource
  /// How its weights are judged.
  public let measure: any Measure
  /// The largest learning rate.
  public let learningRate: Double
  /// Which weights it hands on.
  public let keep: Keep

  /// A stage.
  public init(
    name: String, lesson: any Lesson, rows: any RowSource, measure: any Measure, learningRate: Double,
    keep: Keep = .best
  ) {
    self.name = name
    self.lesson = lesson
    self.rows = rows
    self.measure = measure
    self.learningRate = learningRate
    self.keep = keep
  }

  /// Passes over the rows.
  public var epochs: Int { rows.stepCounts.count }
  /// Steps of all epochs.
  public var stepCount: Int { rows.stepCounts.reduce(0, +) }
}
