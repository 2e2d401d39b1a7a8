import BERT
import Tensors
import Training

extension TermEntry {
  static let uncertainMSE = TermEntry(
    kind: "uncertain_mse",
    summary: "squared error of logits, rows that the teacher is unsure of counting less"
  ) { (options: UncertainMSEOptions, s) in
    UncertainTerm(name: s.name, passes: options.usedPasses, discount: options.discount ?? 1)
  }
}

/// Options of a term that asks how sure the teacher is, which `--uncertainty-passes` replaces.
public protocol UncertaintyOptions: TermOptions {
  /// Passes of the teacher with dropout; 0 where nobody asks.
  var passes: Int? { get set }
  /// What those passes drop; the teacher's own rates if left out.
  var dropout: Double? { get }
}

extension UncertaintyOptions {
  /// What is to be measured of the teacher; nil where nothing is.
  public var request: UncertaintyRequest? {
    passes == 0 ? nil : UncertaintyRequest(passes: passes ?? UncertaintyRequest.usualPasses, dropout: dropout)
  }
}

/// What `uncertain_mse` can be told.
public struct UncertainMSEOptions: UncertaintyOptions {
  /// Passes of the teacher with dropout; 8 if left out, and with 0 all rows count alike.
  public var passes: Int?
  /// β: how much less a row counts that the teacher is unsure of; 1 if left out.
  public var discount: Double?
  /// What the passes drop; the teacher's own rates if left out.
  public var dropout: Double?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable { case passes, discount, dropout }

  /// Eight passes.
  public init() {}
  /// A number of passes, and how much they count.
  public init(passes: Int?, discount: Double? = nil, dropout: Double? = nil) {
    (self.passes, self.discount, self.dropout) = (passes, discount, dropout)
  }

  /// The number of passes, also where it is left out.
  var usedPasses: Int { passes ?? UncertaintyRequest.usualPasses }

  /// Of one pass there is no variance.
  public func validate() throws {
    if usedPasses != 0 && !(2...1000).contains(usedPasses) {
      throw DistillationError.settings("passes must be 0, or from 2 to 1000")
    }
    if let discount, !(discount >= 0 && discount.isFinite) {
      throw DistillationError.settings("discount must be 0 or more")
    }
    if let dropout, !(dropout > 0 && dropout < 1) {
      throw DistillationError.settings("dropout must be between 0 and 1")
    }
  }
}

/// `mean over rows of w_i · mean over outputs of (z_s - z_t)²`, `w_i = (1 + β) / (1 + β u_i)`.
///
/// u_i is the variance of the teacher's logits over passes with dropout (Gal and Ghahramani 2016), divided by its mean over
/// all rows: a row of mean variance counts 1, one that the teacher is sure of up to 1 + β. Scores of pairs without
/// labels, as in Gajbhiye and others 2021; the weights are a suggestion that they do not make. The gradient is
/// `2 w_i (z_s - z_t) / (rows · outputs)`.
final class UncertainTerm: DistillationTerm {
  let name: String
  let passes: Int
  let discount: Double
  let studentRequest = OutputRequest()

  init(name: String, passes: Int, discount: Double) {
    (self.name, self.passes, self.discount) = (name, passes, discount)
  }

  var readsUncertainty: Bool { passes > 0 }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { OutputRequest() }

  func evaluate(_ context: TermContext) throws -> Double {
    let student = context.required(context.student.logits, "logits")
    let teacher = context.required(context.teacher.logits, "the teacher's logits")
    let gradient = context.required(context.gradient.logits, "logits")
    let mean = 1 / Double(context.batch.totals.sequences * student.columns)
    var sum = 0.0
    for row in 0..<student.rows {
      let weight =
        passes == 0 || context.uncertainties.isEmpty
        ? 1 : (1 + discount) / (1 + discount * context.uncertainties[row])
      for i in 0..<student.columns {
        let difference = Double(student[row, i]) - Double(teacher[row, i])
        sum += weight * difference * difference
        gradient[row, i] += Float(context.weight * mean * weight * 2 * difference)
      }
    }
    return mean * sum
  }
}
