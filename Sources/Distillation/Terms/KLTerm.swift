import BERT
import Glibc
import Tensors
import Training

extension TermEntry {
  static let kl = TermEntry(
    kind: "kl", summary: "T² KL(teacher || student) at a temperature", heeds: ["teacher_average"],
    idleWithScores: ["temperature", "teacher_average"]
  ) { (options: KLOptions, s) in
    KLTerm(
      name: s.name, temperature: options.temperature ?? 1, isRegression: s.isRegression,
      isMultiLabel: s.isMultiLabel)
  }
}

/// What `kl` can be told.
public struct KLOptions: TemperatureOptions {
  /// The temperature of both softmaxes; 1 if left out.
  public var temperature: Schedule?

  /// The name in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable { case temperature }

  /// Temperature 1.
  public init() {}
  /// A temperature.
  public init(temperature: Schedule?) { self.temperature = temperature }

  /// Temperatures are above 0.
  public func validate() throws {
    if !(temperature?.values ?? []).allSatisfy({ $0 > 0 && $0.isFinite }) {
      throw DistillationError.settings("temperatures must be above 0")
    }
  }
}

/// Hinton and others 2015: `T² mean over rows of Σ p_t log(p_t / p_s)`, p = softmax(z / T).
///
/// The gradient is `T (p_s - p_t) / rows`. Of several teachers, p_t is the weighted mean of their probabilities at
/// T, where these are averaged. Where several labels may hold, each is yes or no by itself: `T² mean over rows and labels of
/// p_t log(p_t / p_s) + (1 - p_t) log((1 - p_t) / (1 - p_s))`, p = σ(z / T). Regression has no classes to be uncertain about: the squared
/// difference of scores takes the place of the divergence, and the temperature has no part in it.
final class KLTerm: DistillationTerm {
  let name: String
  let temperature: Schedule
  let isRegression: Bool
  let isMultiLabel: Bool
  let studentRequest = OutputRequest()

  init(name: String, temperature: Schedule, isRegression: Bool, isMultiLabel: Bool = false) {
    self.name = name
    self.isMultiLabel = isMultiLabel
    self.temperature = temperature
    self.isRegression = isRegression
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { OutputRequest() }

  func evaluate(_ context: TermContext) throws -> Double {
    if isRegression { return LogitsMSETerm.squaredError(context, scale: 1) }
    let student = context.required(context.student.logits, "logits")
    let teacher = context.required(context.teacher.logits, "the teacher's logits")
    let gradient = context.required(context.gradient.logits, "logits")
    let classes = student.columns
    let temperature = temperature.value(at: context.position)
    let mean = 1 / Double(context.batch.totals.sequences)
    if isMultiLabel {
      return Self.eachLabel(
        student, teacher, context, gradient, temperature: temperature, mean: mean / Double(classes))
    }
    var (own, wanted) = ([Double](repeating: 0, count: classes), [Double](repeating: 0, count: classes))
    var sum = 0.0
    for row in 0..<student.rows {
      Softmax.logProbabilities(student.row(row), temperature: temperature, into: &own)
      Softmax.logProbabilities(teacher.row(row), temperature: temperature, into: &wanted)
      if !context.votes.isEmpty {
        var mean = [Double](repeating: 0, count: classes)
        for vote in context.votes {
          Softmax.logProbabilities(vote.logits.row(row), temperature: temperature, into: &wanted)
          for i in 0..<classes { mean[i] += vote.weights[row] * exp(wanted[i]) }
        }
        for i in 0..<classes { wanted[i] = log(mean[i]) }
      }
      for i in 0..<classes {
        let probability = exp(wanted[i])
        if probability > 0 { sum += probability * (wanted[i] - own[i]) }
        gradient[row, i] += Float(context.weight * mean * temperature * (exp(own[i]) - probability))
      }
    }
    return temperature * temperature * mean * sum
  }

  /// The divergence of each label's yes and no, and its gradient.
  private static func eachLabel(
    _ student: Matrix, _ teacher: Matrix, _ context: TermContext, _ gradient: Matrix, temperature: Double,
    mean: Double
  ) -> Double {
    var sum = 0.0
    for row in 0..<student.rows {
      for i in 0..<student.columns {
        let own = Double(student[row, i]) / temperature
        let wanted = Double(teacher[row, i]) / temperature
        var (yes, no) = (Bernoulli.logProbability(wanted), Bernoulli.logProbability(-wanted))
        if !context.votes.isEmpty {
          func mean(_ sign: Double) -> Double {
            var sum = 0.0
            for vote in context.votes {
              sum +=
                vote.weights[row] * Bernoulli.probability(sign * Double(vote.logits[row, i]) / temperature)
            }
            return log(sum)
          }
          (yes, no) = (mean(1), mean(-1))
        }
        let probability = exp(yes)
        if probability > 0 { sum += probability * (yes - Bernoulli.logProbability(own)) }
        if no > -.infinity { sum += exp(no) * (no - Bernoulli.logProbability(-own)) }
        let difference = Bernoulli.probability(own) - probability
        gradient[row, i] += Float(context.weight * mean * temperature * difference)
      }
    }
    return temperature * temperature * mean * sum
  }
}
