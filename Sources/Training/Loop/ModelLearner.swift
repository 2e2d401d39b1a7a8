public import BERT

/// An encoder that learns.
///
/// Forward passes go through it, so that rows of the word embeddings that rest between steps are brought up to date
/// before they are read.
public final class ModelLearner: Learner {
  /// The encoder; its weights are the learner's.
  public let model: BertModel
  private let workspace = Workspace()

  /// What tells its dropout from that of other learners of a lesson.
  private let dropoutSeed: UInt64

  /// A model under a name for checkpoints; learners with different `dropoutSeed` drop different things.
  public init(_ model: BertModel, name: String = "model", dropoutSeed: UInt64 = 0) {
    (self.model, self.dropoutSeed) = (model, dropoutSeed)
    super.init(name: name, parameters: model.parameters, table: BertModel.wordEmbeddings)
  }

  /// Runs the model on a batch as a step of training does: with dropout, ready for `backward`.
  ///
  /// Without dropout where `drops` says so. `softRows` puts mixtures of the vocabulary in the place of tokens. The
  /// result holds until the next pass of this learner. Throws if an id or a length is out of range.
  public func forward(
    _ batch: LabelledBatch, softRows: SoftRows? = nil, request: OutputRequest, in step: Step,
    drops: Bool = true
  ) throws -> EncoderOutput {
    // Mixtures and an output layer that is tied to the word embeddings read all of their rows, or those asked for.
    if softRows != nil || model.head == .maskedLM && request.logitColumns == nil {
      settle()
    } else {
      optimizer.prepare(rows: batch.batch.inputIDs + (request.logitColumns ?? []))
    }
    let key = DropoutKey(
      seed: step.seed &+ dropoutSeed &* 0x9E37_79B9_7F4A_7C15, step: step.number,
      sequences: batch.rows.map(\.key))
    return try model.forward(
      batch.batch, softRows: softRows, request: request, mode: drops ? .training(key) : .differentiable,
      workspace: workspace)
  }

  /// Runs the model on a batch without dropout; nothing is kept for a way back.
  ///
  /// The result holds until the next pass of this learner. Throws if an id or a length is out of range.
  public func answer(_ batch: LabelledBatch, request: OutputRequest = OutputRequest()) throws -> EncoderOutput
  {
    if model.head == .maskedLM { settle() } else { optimizer.prepare(rows: batch.batch.inputIDs) }
    return try model.forward(batch.batch, request: request, workspace: workspace)
  }

  /// A zero gradient for each part of the last forward pass's output; it holds until the next call.
  public func makeGradient(for request: OutputRequest) -> OutputGradient {
    model.makeGradient(for: request, workspace: workspace)
  }

  /// The gradient of what went into the last forward pass, which moves nothing of this learner.
  public func inputGradient(_ gradient: OutputGradient) -> InputGradient {
    model.inputGradient(gradient, workspace: workspace)
  }

  /// Takes the gradient of the last forward pass's output back to the weights, adding to `gradients`.
  ///
  /// `finished` hears from which layer on they are final, as `BertModel.backward` says it.
  public func backward(_ gradient: OutputGradient, finished: (Int) -> Void = { _ in }) {
    model.backward(gradient, workspace: workspace, into: gradients, finished: finished)
  }

  /// Notes the rows of the word embeddings that `backward` will add to.
  func touch(_ gradient: OutputGradient) {
    model.touch(gradient, workspace: workspace, in: gradients)
  }
}
