import Tensors

/// One forward pass: its input, what was asked of it and what it kept.
struct Pass {
  let batch: Batch
  let softRows: SoftRows?
  let request: OutputRequest
  let dropout: DropoutPlan?
  /// Whether a way back can follow.
  let keeps: Bool
  /// The weights as it reads them.
  let parameters: ParameterStore
  /// The last layer that is computed.
  let top: Int
  /// Whether of the last layer only the first token of each sequence is computed.
  let firstTokensOnly: Bool
  var output = EncoderOutput()
  var embeddings: Embeddings.Kept?
  var layers: [EncoderLayer.Kept] = []
  var classification: ClassificationHead.Kept?
  var pairHead: PairHead.Kept?
  var maskedLM: MaskedLMHead.Kept?

  /// Works out what has to be computed for `request`.
  init(
    batch: Batch, softRows: SoftRows?, request: OutputRequest, dropout: DropoutPlan?, keeps: Bool,
    parameters: ParameterStore, config: BertConfig, head: Head
  ) {
    (self.batch, self.softRows) = (batch, softRows)
    self.request = request
    self.dropout = dropout
    (self.keeps, self.parameters) = (keeps, parameters)
    let hasLogits = request.logits && head != .none
    let highest = request.highestLayer { _ in true }
    let highestOfAllTokens = request.highestLayer { $0.extent == .tokens || $0.extent == .maps }
    top = hasLogits ? config.numHiddenLayers : highest
    let readsAllTokens = hasLogits && (head == .maskedLM || config.pooling == .mean)
    firstTokensOnly = top > highestOfAllTokens && !readsAllTokens
  }
}
