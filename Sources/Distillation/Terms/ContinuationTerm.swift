import BERT
import Tensors
import Training

extension TermEntry {
  static let continuation = TermEntry(
    kind: "continuation", summary: "annealed margin loss passing into labels",
    heeds: ["label_smoothing", "class_weights"], idleWithScores: ["label_smoothing", "class_weights"]
  ) { (options: ContinuationOptions, s) in
    ContinuationTerm(
      name: s.name, maxTemperature: options.maxTemperature ?? 10, annealBy: options.annealBy ?? .epoch,
      margin: options.margin ?? 1, labelSmoothing: s.setting.labelSmoothing,
      classWeights: s.setting.classWeights)
  }
}

/// What `continuation` can be told.
public struct ContinuationOptions: AnnealingOptions {
  /// The margin m; 1 if left out.
  public var margin: Double?
  /// τmax; 10 if left out.
  public var maxTemperature: Int?
  /// Where scale and weight of the labels change; from epoch to epoch if left out.
  public var annealBy: AnnealingUnit?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case margin
    case maxTemperature = "max_temperature"
    case annealBy = "anneal_by"
  }

  /// τmax 10, by epoch, margin 1.
  public init() {}
  /// A number of scales and a margin.
  public init(maxTemperature: Int?, margin: Double?, annealBy: AnnealingUnit? = nil) {
    (self.maxTemperature, self.margin, self.annealBy) = (maxTemperature, margin, annealBy)
  }

  /// There is at least one scale, and the margin is not below 0.
  public func validate() throws {
    try Annealing.validate(maxTemperature)
    if !((margin ?? 0) >= 0) { throw DistillationError.settings("the margin must be 0 or more") }
  }
}

/// Continuation-KD (Jafari and others 2022): `ψ labels + (1 - ψ) mean over rows of max(0, |z_s - φ z_t|² - m φ)`.
///
/// φ is the annealing scale, m the margin; the labels are smoothed and weighted as in `labels`, which the paper does not do. ψ grows by 1/40 an epoch over the first two thirds of the stage
/// (of the paper's 30 epochs; by the same part for other numbers) and is 1 after them: labels alone. So the student
/// sees φ up to about 2/3 (0.7 with τmax 10, as in the paper), and φ reaches 1 where the labels are alone. Algorithm 1
/// of the paper raises φ one epoch earlier, in every third epoch instead of after it, and ends at 1.1.
final class ContinuationTerm: DistillationTerm {
  let name: String
  let maxTemperature: Int
  let annealBy: AnnealingUnit
  let margin: Double
  let labelSmoothing: Double
  let classWeights: [Double]?
  let studentRequest = OutputRequest()

  init(
    name: String, maxTemperature: Int, annealBy: AnnealingUnit, margin: Double, labelSmoothing: Double,
    classWeights: [Double]?
  ) {
    self.name = name
    self.maxTemperature = maxTemperature
    self.annealBy = annealBy
    self.margin = margin
    self.labelSmoothing = labelSmoothing
    self.classWeights = classWeights
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { OutputRequest() }

  func annealingScale(at position: SchedulePosition) -> Double? {
    Annealing.scale(at: position, maxTemperature: maxTemperature, by: annealBy)
  }

  /// The weight of the labels, ψ.
  static func labelWeight(at position: SchedulePosition, by unit: AnnealingUnit = .epoch) -> Double {
    let (done, count) = unit.progress(at: position)
    let paperEpoch = Double(done) * 30 / Double(count)
    return paperEpoch <= 20 ? paperEpoch / 40 : 1
  }

  func evaluate(_ context: TermContext) throws -> Double {
    let student = context.required(context.student.logits, "logits")
    let teacher = context.required(context.teacher.logits, "the teacher's logits")
    let gradient = context.required(context.gradient.logits, "logits")
    let hard = Self.labelWeight(at: context.position, by: annealBy)
    var value =
      hard
      * SupervisedObjective.loss(
        logits: student, batch: context.batch, labelSmoothing: labelSmoothing, classWeights: classWeights,
        weight: context.weight * hard,
        gradient: gradient)
    if hard == 1 { return value }
    let scale = Annealing.scale(at: context.position, maxTemperature: maxTemperature, by: annealBy)
    let mean = (1 - hard) / Double(context.batch.totals.sequences)
    for row in 0..<student.rows {
      var distance = 0.0
      for i in 0..<student.columns {
        let difference = Double(student[row, i]) - scale * Double(teacher[row, i])
        distance += difference * difference
      }
      if distance <= margin * scale { continue }
      value += mean * (distance - margin * scale)
      for i in 0..<student.columns {
        let difference = Double(student[row, i]) - scale * Double(teacher[row, i])
        gradient[row, i] += Float(context.weight * mean * 2 * difference)
      }
    }
    return value
  }
}
