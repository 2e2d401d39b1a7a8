public import BERT

/// One model under an objective: forward, loss and backward of each batch, then one step of everything.
public final class ObjectiveLesson: Lesson {
  /// Seconds of all steps so far, by part.
  public struct Times: Sendable {
    /// Rows made up to date and the forward pass.
    public var forward = 0.0
    /// Loss terms, with everything that they ask for.
    public var objective = 0.0
    /// The backward pass, and sums over parts and ranks.
    public var backward = 0.0
    /// Norm, clipping and AdamW.
    public var optimizer = 0.0
  }

  /// The model.
  public let student: ModelLearner
  /// What it is trained for.
  public let objective: any Objective
  /// The objective's own parameters, if it has any.
  private let own: Learner?
  /// Where the time of all steps went.
  public private(set) var times = Times()

  /// A model under an objective, whose own parameters are learnt beside it.
  public init(_ student: ModelLearner, _ objective: any Objective) {
    (self.student, self.objective) = (student, objective)
    own = objective.parameters.map { Learner(name: "objective", parameters: $0) }
  }

  /// The model, and the objective's own parameters where it has any.
  public var learners: [Learner] { [student] + (own.map { [$0] } ?? []) }

  /// The objective's.
  public var memory: ParameterStore? { objective.memory }

  /// The losses of the draw's batches add up to those of one large batch.
  public func take(_ draw: Draw, _ step: Step) throws -> Figures {
    let before = times.forward + times.objective
    var clock = Stopwatch()
    var figures = try StepGradient(learners, step).add(draw) { try learn($0, step) }
    times.backward += clock.lap() - (times.forward + times.objective - before)
    figures.gradientNorm = try step.move(learners)
    times.optimizer += clock.lap()
    return figures
  }

  /// Everything of some rows of a step but their way back; moves nothing.
  ///
  /// For lessons that learn from more than these rows in a step.
  public func learn(_ batch: LabelledBatch, _ step: Step) throws -> (Figures, StepGradient.WayBack) {
    var clock = Stopwatch()
    let request = try objective.request(for: batch, in: step)
    let output = try student.forward(batch, request: request, in: step)
    times.forward += clock.lap()
    let gradient = student.makeGradient(for: request)
    // The store is a view of all of them, which fills with zeros what no pass has written.
    let found = try objective.evaluate(
      student: output, batch: batch, position: step.position, gradient: gradient,
      ownGradients: own?.gradients.store)
    try step.check(found, of: batch.rows)
    if let weights = batch.weights { RowWeights.apply(weights, to: gradient, of: batch.batch) }
    times.objective += clock.lap()
    return (
      Figures(terms: found, gradientNorm: 0, rowLosses: objective.rowLosses),
      StepGradient.WayBack(student, gradient)
    )
  }

  /// A loss that compares the rows of a batch with one another.
  public var indivisible: String? { objective.comparesRows }

  /// As the objective anneals.
  public func annealingScale(at position: SchedulePosition) -> Double? {
    objective.annealingScale(at: position)
  }
}
