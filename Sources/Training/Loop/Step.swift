import BERT

/// One step of a stage, and the one door to the optimizer.
public struct Step {
  /// Where the stage stands.
  public let position: SchedulePosition
  /// Steps of the run before this one: what keyed random draws take.
  public let number: UInt64
  /// Where random numbers of the run start.
  public let seed: UInt64
  /// How far `move` moves.
  public private(set) var learningRate: Double
  /// The parts that its gradient is computed in.
  public let shards: GradientShards
  /// Whether parts that are final are added up over ranks while the way back goes on.
  let overlapsSums: Bool
  private let maxGradNorm: Double
  private let rows: [RowID]

  /// The step of that number of a run; `rows` are those that it learns from, for errors.
  ///
  /// With a learning rate of 0 it costs what a step costs, and no weight is another after it: so a run is tried.
  public init(
    _ position: SchedulePosition, number: Int, learningRate: Double, settings: TrainingSettings,
    rows: [RowID],
    shards: GradientShards = .whole
  ) {
    (self.position, self.number, self.learningRate) = (position, UInt64(number), learningRate)
    (seed, maxGradNorm, self.rows) = (settings.seed, settings.maxGradNorm, rows)
    self.shards = shards
    overlapsSums = settings.overlapComm ?? TrainingSettings.overlapsUsually
  }

  /// The same step for a learner that moves at a rate of its own: a share of this one's.
  public func scaled(by share: Double) -> Step {
    var step = self
    step.learningRate *= share
    return step
  }

  /// Clips the gradients of the learners together and moves each by its optimizer; returns their norm before.
  ///
  /// The norm is that of all gradients as one vector, as `torch.nn.utils.clip_grad_norm_` has it. Throws before
  /// anything is moved if it is not finite, naming the parameter.
  @discardableResult
  public func move(_ learners: Learner...) throws -> Double { try move(learners) }

  /// The same for learners in an array.
  @discardableResult
  public func move(_ learners: [Learner]) throws -> Double {
    let parts = learners.map { ($0, store: $0.gradients.store) }
    let squares = parts.reduce(0) { sum, part in
      sum
        + GradientNorm.squares(part.store, table: part.0.table, rows: part.0.gradients.touchedRows)
    }
    let norm = squares.squareRoot()
    if !norm.isFinite {
      let name = parts.lazy.compactMap { GradientNorm.firstNotFinite($0.store) }.first
      throw notFinite("the gradient of \(name ?? "all parameters together")", rows)
    }
    // The small number keeps a norm of 0 from dividing by zero.
    let scale = maxGradNorm > 0 ? min(1, maxGradNorm / (norm + 1e-6)) : 1
    for (learner, store) in parts {
      learner.optimizer.step(
        gradient: store, rows: learner.gradients.touchedRows, scale: Float(scale), learningRate: learningRate)
    }
    return norm
  }

  /// Throws unless every term is a finite number, naming it and the rows that gave it.
  public func check(_ terms: [LossTerm], of rows: [RowID]) throws {
    for term in terms where !term.value.isFinite { throw notFinite("the loss term \(term.name)", rows) }
  }

  private func notFinite(_ what: String, _ rows: [RowID]) -> TrainingError {
    .notFinite(step: Int(number) + 1, term: what, rows: rows.map { Int($0.number) })
  }
}
