import BERT
import Tensors
public import Training

/// One encoder with a head for each of several tasks, of which the rows of a batch say which answers (Chuang and others
/// 2020, L2KD).
///
/// The heads are rows of one classifier, each task's beside the others', behind a pooler that all share. The rows of data
/// set t are answered by the head of task t, under its objective: rows of the task that is learnt, and replayed ones.
public final class SequenceLesson: Lesson {
  /// A task's part of the logits, and what they are trained for.
  public struct Head {
    /// Its logits among all.
    public let logits: Range<Int>
    /// What they are trained for; it reads logits alone.
    public let objective: DistillationObjective

    /// A head under an objective; that has no parameters and reads logits alone.
    public init(logits: Range<Int>, objective: DistillationObjective) {
      precondition(objective.parameters == nil && objective.request == OutputRequest(), "more than logits")
      (self.logits, self.objective) = (logits, objective)
    }
  }

  private let student: ModelLearner
  private let heads: [Head]
  private let task: Int

  /// A lesson in which the task number `task` is learnt; other rows are replayed.
  public init(_ student: ModelLearner, heads: [Head], task: Int) {
    (self.student, self.heads, self.task) = (student, heads, task)
  }

  /// The encoder with all heads.
  public var learners: [Learner] { [student] }

  /// The losses of all batches add up; those of replayed rows are named so.
  public func take(_ draw: Draw, _ step: Step) throws -> Figures {
    student.gradients.zero()
    var names: [String] = []
    var sums: [String: Double] = [:]
    var rowLosses: [Double] = []
    for batch in draw.batches {
      let set = Int(batch.rows.first?.dataSet ?? 0)
      let head = heads[set]
      let output = try student.forward(batch, request: head.objective.request, in: step)
      let gradient = student.makeGradient(for: head.objective.request)
      var (own, slope) = (EncoderOutput(), OutputGradient())
      own.logits = output.logits?.columns(head.logits)
      slope.logits = gradient.logits?.columns(head.logits)
      let found = try head.objective.evaluate(
        student: own, batch: batch, position: step.position, gradient: slope, ownGradients: nil)
      try step.check(found, of: batch.rows)
      for term in found {
        let name = set == task ? term.name : "replay \(term.name)"
        if sums[name] == nil { names.append(name) }
        sums[name, default: 0] += term.value
      }
      rowLosses += head.objective.rowLosses ?? []
      student.backward(gradient)
    }
    let norm = try step.move(student)
    return Figures(
      terms: names.map { LossTerm(name: $0, value: sums[$0] ?? 0) }, gradientNorm: norm,
      rowLosses: rowLosses.count == draw.rows.count ? rowLosses : nil)
  }
}
