import GLUE
import Training

/// When the student of a cascade answers itself, and when its teacher is asked.
public struct CascadeRule: Sendable, Equatable {
  /// The student's answer stands where it is at least so sure of it.
  public let threshold: Double
  /// What the student's logits are divided by before its probabilities are believed.
  public let temperature: Double

  /// A rule; a threshold of 0 never asks the teacher.
  public init(threshold: Double, temperature: Double = 1) {
    (self.threshold, self.temperature) = (threshold, temperature)
  }

  /// How sure logits are: the largest probability; where several labels may hold, of the least sure label the larger of
  /// yes and no.
  public func confidence(_ logits: [Double], isMultiLabel: Bool) -> Double {
    if isMultiLabel {
      return logits.map { Bernoulli.probability(abs($0), temperature: temperature) }.min() ?? 1
    }
    return Calibration.probabilities(logits, temperature: temperature).max() ?? 1
  }

  /// Whether the student's answer stands.
  public func stands(_ logits: [Float], isMultiLabel: Bool) -> Bool {
    confidence(logits.map(Double.init), isMultiLabel: isMultiLabel) >= threshold
  }
}
