public import BERT
public import Tensors
public import Training

/// Where a teacher's outputs come from: a model that runs beside the student, or a cache.
public protocol TeacherSource: AnyObject {
  /// What the teacher says of a batch, in evaluation mode; logits in the student's label order.
  ///
  /// `position` is where the stage stands, for teachers that are not the same all along. The memory of the output holds
  /// until the next call. Throws where there is no answer to a row, and none can be had.
  func outputs(for batch: LabelledBatch, request: OutputRequest, at position: SchedulePosition) throws
    -> EncoderOutput
  /// What each of several teachers says of a batch, where their probabilities are to be averaged; empty otherwise.
  ///
  /// Holds as long as the output.
  func votes(for batch: LabelledBatch, at position: SchedulePosition) throws -> [TeacherVote]
  /// How unsure it is of each row, 1 being the mean over all rows; throws where nobody measured that.  // [sequences]
  func uncertainties(for batch: LabelledBatch) throws -> [Double]
}

extension TeacherSource {
  /// One teacher says all in its output.
  public func votes(for batch: LabelledBatch, at position: SchedulePosition) throws -> [TeacherVote] { [] }
  /// As unsure of one row as of any other.
  public func uncertainties(for batch: LabelledBatch) throws -> [Double] { batch.rows.map { _ in 1 } }
}

/// What one of several teachers says of a batch.
public struct TeacherVote {
  /// Its logits in the student's label order.  // [sequences, labels]
  public let logits: Matrix
  /// Its part of the average of each row; all parts of a row have a sum of 1.  // [sequences]
  public let weights: [Double]

  /// Logits with a weight for each row.
  public init(logits: Matrix, weights: [Double]) {
    (self.logits, self.weights) = (logits, weights)
  }

  /// Logits with one weight for all rows.
  public init(logits: Matrix, weight: Double) {
    self.init(logits: logits, weights: [Double](repeating: weight, count: logits.rows))
  }
}
