public import BERT

/// An encoder that learns.
///
/// Forward passes go through it, so that rows of the word embeddings that rest between steps are brought up to date
/// before they are read.
public final class ModelLearner: Learner {
  /// The encoder; its weights are the learner's.
  public let model: BertModel
  private let workspace = Workspace()

  /// A model under a name for checkpoints.
  public init(_ model: BertModel, name: String = "model") {
    self.model = model
    super.init(name: name, parameters: model.parameters, table: BertModel.wordEmbeddings)
  }

  /// Runs the model on a batch as a step of training does: with dropout, ready for `backward`.
  ///
  /// The result holds until the next pass of this learner. Throws if an id or a length is out of range.
  public func forward(_ batch: LabelledBatch, request: OutputRequest, in step: Step) throws -> EncoderOutput {
    optimizer.prepare(rows: batch.batch.inputIDs)
    let key = DropoutKey(seed: step.seed, step: step.number, sequences: batch.rows.map(\.key))
    return try model.forward(batch.batch, request: request, mode: .training(key), workspace: workspace)
  }

  /// Runs the model on a batch without dropout; nothing is kept for a way back.
  ///
  /// The result holds until the next pass of this learner. Throws if an id or a length is out of range.
  public func answer(_ batch: LabelledBatch, request: OutputRequest = OutputRequest()) throws -> EncoderOutput
  {
    optimizer.prepare(rows: batch.batch.inputIDs)
    return try model.forward(batch.batch, request: request, workspace: workspace)
  }

  /// A zero gradient for each part of the last forward pass's output; it holds until the next call.
  public func makeGradient(for request: OutputRequest) -> OutputGradient {
    model.makeGradient(for: request, workspace: workspace)
  }

  /// Takes the gradient of the last forward pass's output back to the weights, adding to `gradients`.
  public func backward(_ gradient: OutputGradient) {
    model.backward(gradient, workspace: workspace, into: gradients)
  }
}
