package import BERT
import Tensors

/// The optimizer's side of a stage: gradients, their norm and clipping, and the steps of all parameters.
package final class StepTaker {
  /// What one step gave.
  package struct Outcome {
    package let terms: [LossTerm]
    package let gradientNorm: Double
    package let examples: Int
    package let tokens: Int
  }

  /// Seconds of all steps so far, by part.
  package struct Times {
    /// Rows made up to date, batches built, the forward pass.
    package var forward = 0.0
    /// Loss terms, the teacher's pass among them.
    package var objective = 0.0
    /// The backward pass.
    package var backward = 0.0
    /// Norm, clipping and AdamW.
    package var optimizer = 0.0
  }

  let model: BertModel
  let objective: any Objective
  let optimizer: AdamW
  /// The optimizer of the objective's own parameters, if it has any.
  let ownOptimizer: AdamW?
  private let gradients: GradientStore
  private let ownGradients: ParameterStore?
  private let settings: TrainingSettings
  private let workspace: Workspace
  /// Where the time of all steps went.
  package private(set) var times = Times()

  /// Steps of a model under an objective; the optimizer starts fresh.
  package init(model: BertModel, objective: any Objective, settings: TrainingSettings, workspace: Workspace) {
    self.model = model
    self.objective = objective
    self.settings = settings
    self.workspace = workspace
    gradients = GradientStore(layout: model.parameters.layout)
    optimizer = AdamW(parameters: model.parameters, settings: settings, table: BertModel.wordEmbeddings)
    ownGradients = objective.parameters.map { ParameterStore(layout: $0.layout) }
    ownOptimizer = objective.parameters.map { AdamW(parameters: $0, settings: settings) }
  }

  /// Forward, loss and backward of each batch, then one step of everything.
  ///
  /// `step` counts the steps of the run and keys the dropout. Throws before anything is moved if a loss or a
  /// gradient is not finite.
  package func take(
    _ batches: [[Int]], of rows: TaskRows, position: SchedulePosition, step: Int, learningRate: Double
  ) throws -> Outcome {
    let totals = rows.totals(batches.joined())
    var clock = Stopwatch()
    gradients.zero()
    if let ownGradients { ownGradients.values.base.update(repeating: 0, count: ownGradients.values.count) }
    var terms: [LossTerm] = []
    for part in batches {
      let batch = rows.batch(part, totals: totals)
      optimizer.prepare(rows: batch.batch.inputIDs)
      let key = DropoutKey(seed: settings.seed, step: UInt64(step), sequences: part.map { UInt64($0) })
      let output = try model.forward(
        batch.batch, request: objective.request, mode: .training(key), workspace: workspace)
      times.forward += clock.lap()
      let gradient = model.makeGradient(for: objective.request, workspace: workspace)
      let found = try objective.evaluate(
        student: output, batch: batch, position: position, gradient: gradient, ownGradients: ownGradients)
      for (index, term) in found.enumerated() {
        if !term.value.isFinite {
          throw TrainingError.notFinite(step: step + 1, term: "the loss term \(term.name)", rows: part)
        }
        if terms.count > index { terms[index].value += term.value } else { terms.append(term) }
      }
      times.objective += clock.lap()
      model.backward(gradient, workspace: workspace, into: gradients)
      times.backward += clock.lap()
    }
    let store = gradients.store
    var squares = GradientNorm.squares(store, table: BertModel.wordEmbeddings, rows: gradients.touchedRows)
    if let ownGradients { squares += GradientNorm.squares(ownGradients) }
    let norm = squares.squareRoot()
    if !norm.isFinite {
      let name =
        GradientNorm.firstNotFinite(store) ?? ownGradients.flatMap { GradientNorm.firstNotFinite($0) }
        ?? "all parameters together"
      throw TrainingError.notFinite(
        step: step + 1, term: "the gradient of \(name)", rows: Array(batches.joined()))
    }
    // As torch.nn.utils.clip_grad_norm_: the small number keeps a norm of 0 from dividing by zero.
    let scale = settings.maxGradNorm > 0 ? min(1, settings.maxGradNorm / (norm + 1e-6)) : 1
    optimizer.step(
      gradient: store, rows: gradients.touchedRows, scale: Float(scale), learningRate: learningRate)
    if let ownGradients, let ownOptimizer {
      ownOptimizer.step(gradient: ownGradients, rows: [], scale: Float(scale), learningRate: learningRate)
    }
    times.optimizer += clock.lap()
    return Outcome(terms: terms, gradientNorm: norm, examples: totals.sequences, tokens: totals.tokens)
  }
}
