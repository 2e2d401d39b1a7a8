import BERT
import Tensors
import Training

extension TermEntry {
  static let logitsMSE = TermEntry(kind: "logits_mse", summary: "squared error of logits") {
    (_: NoTermOptions, s) in LogitsMSETerm(name: s.name)
  }

  static let annealedMSE = TermEntry(kind: "annealed_mse", summary: "squared error to the annealed logits") {
    (options: AnnealedMSEOptions, s) in
    LogitsMSETerm(
      name: s.name, maxTemperature: options.maxTemperature ?? 7, annealBy: options.annealBy ?? .epoch)
  }
}

/// What `annealed_mse` can be told.
public struct AnnealedMSEOptions: AnnealingOptions {
  /// τmax; 7 if left out.
  public var maxTemperature: Int?
  /// Where the scale changes; from epoch to epoch if left out.
  public var annealBy: AnnealingUnit?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case maxTemperature = "max_temperature"
    case annealBy = "anneal_by"
  }

  /// τmax 7, by epoch.
  public init() {}
  /// A number of scales.
  public init(maxTemperature: Int?, annealBy: AnnealingUnit? = nil) {
    (self.maxTemperature, self.annealBy) = (maxTemperature, annealBy)
  }

  /// There is at least one scale.
  public func validate() throws { try Annealing.validate(maxTemperature) }
}

/// `mean over rows and classes of (z_s - φ z_t)²`; φ is 1, or the annealing scale where τmax is given.
///
/// Annealing-KD (Jafari and others 2021), stage I. The paper writes a squared norm; its code takes the mean over
/// classes too, as this does.
final class LogitsMSETerm: DistillationTerm {
  let name: String
  let maxTemperature: Int?
  let annealBy: AnnealingUnit
  let studentRequest = OutputRequest()

  init(name: String, maxTemperature: Int? = nil, annealBy: AnnealingUnit = .epoch) {
    self.name = name
    self.maxTemperature = maxTemperature
    self.annealBy = annealBy
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { OutputRequest() }

  func annealingScale(at position: SchedulePosition) -> Double? {
    maxTemperature.map { Annealing.scale(at: position, maxTemperature: $0, by: annealBy) }
  }

  func evaluate(_ context: TermContext) throws -> Double {
    Self.squaredError(context, scale: annealingScale(at: context.position) ?? 1)
  }

  static func squaredError(_ context: TermContext, scale: Double) -> Double {
    let student = context.required(context.student.logits, "logits")
    let teacher = context.required(context.teacher.logits, "the teacher's logits")
    let gradient = context.required(context.gradient.logits, "logits")
    let mean = 1 / Double(context.batch.totals.sequences * student.columns)
    var sum = 0.0
    for row in 0..<student.rows {
      for i in 0..<student.columns {
        let difference = Double(student[row, i]) - scale * Double(teacher[row, i])
        sum += difference * difference
        gradient[row, i] += Float(context.weight * mean * 2 * difference)
      }
    }
    return mean * sum
  }
}
