import BERT
import Glibc
import Tensors
import Training

/// The gold labels, as `SupervisedObjective` has them; the only term that needs no teacher.
final class LabelsTerm: DistillationTerm {
  let name: String
  let labelSmoothing: Double
  let studentRequest = OutputRequest()

  init(name: String, labelSmoothing: Double) {
    self.name = name
    self.labelSmoothing = labelSmoothing
  }

  func evaluate(_ context: TermContext) throws -> Double {
    SupervisedObjective.loss(
      logits: context.required(context.student.logits, "logits"), batch: context.batch,
      labelSmoothing: labelSmoothing, weight: context.weight,
      gradient: context.required(context.gradient.logits, "logits"))
  }
}

/// Hinton and others 2015: `T² mean over rows of Σ p_t log(p_t / p_s)`, p = softmax(z / T).
///
/// The gradient is `T (p_s - p_t) / rows`. Of several teachers, p_t is the weighted mean of their probabilities at
/// T, where these are averaged. Regression has no classes to be uncertain about: the squared
/// difference of scores takes the place of the divergence, and the temperature has no part in it.
final class KLTerm: DistillationTerm {
  let name: String
  let temperature: Schedule
  let isRegression: Bool
  let studentRequest = OutputRequest()

  init(name: String, temperature: Schedule, isRegression: Bool) {
    self.name = name
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
    var (own, wanted) = ([Double](repeating: 0, count: classes), [Double](repeating: 0, count: classes))
    var sum = 0.0
    for row in 0..<student.rows {
      Softmax.logProbabilities(student.row(row), temperature: temperature, into: &own)
      Softmax.logProbabilities(teacher.row(row), temperature: temperature, into: &wanted)
      if !context.votes.isEmpty {
        var mean = [Double](repeating: 0, count: classes)
        for vote in context.votes {
          Softmax.logProbabilities(vote.logits.row(row), temperature: temperature, into: &wanted)
          for i in 0..<classes { mean[i] += vote.weight * exp(wanted[i]) }
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

  init(name: String, maxTemperature: Int?, annealBy: AnnealingUnit = .epoch) {
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

/// Continuation-KD (Jafari and others 2022): `ψ labels + (1 - ψ) mean over rows of max(0, |z_s - φ z_t|² - m φ)`.
///
/// φ is the annealing scale, m the margin. ψ grows by 1/40 an epoch over the first two thirds of the stage
/// (of the paper's 30 epochs; by the same part for other numbers) and is 1 after them: labels alone. So the student
/// sees φ up to about 2/3 (0.7 with τmax 10, as in the paper), and φ reaches 1 where the labels are alone. Algorithm 1
/// of the paper raises φ one epoch earlier, in every third epoch instead of after it, and ends at 1.1.
final class ContinuationTerm: DistillationTerm {
  let name: String
  let maxTemperature: Int
  let annealBy: AnnealingUnit
  let margin: Double
  let studentRequest = OutputRequest()

  init(name: String, maxTemperature: Int, annealBy: AnnealingUnit = .epoch, margin: Double) {
    self.name = name
    self.maxTemperature = maxTemperature
    self.annealBy = annealBy
    self.margin = margin
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
        logits: student, batch: context.batch, labelSmoothing: 0, weight: context.weight * hard,
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
