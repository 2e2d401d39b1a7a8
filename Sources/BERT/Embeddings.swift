import Tensors

/// Word, position and segment embeddings, summed, normalized and dropped.
///
/// After Devlin et al. 2019, figure 2.
struct Embeddings {
  private let config: BertConfig
  private let word: Slot
  /// The same table as a layer without bias, for soft rows.
  private let mixture: Linear
  private let position: Slot
  private let type: Slot
  private let norm: WeightAndBias

  /// What the way back needs.
  struct Kept {
    /// The normalized sums.  // [tokens, hidden]
    let normalized: Matrix
    /// 1 / deviation of each sum.  // [tokens]
    let scales: UnsafeMutablePointer<Float>
  }

  init(config: BertConfig, layout: ParameterLayout) {
    self.config = config
    word = layout.slot(BertModel.wordEmbeddings)
    mixture = Linear(weights: [word], biases: [])
    position = layout.slot("bert.embeddings.position_embeddings.weight")
    type = layout.slot("bert.embeddings.token_type_embeddings.weight")
    norm = WeightAndBias("bert.embeddings.LayerNorm", in: layout)
  }

  /// Refuses what the tables have no row for.
  func check(_ batch: Batch) throws {
    for sequence in 0..<batch.sequenceCount {
      let length = batch.tokens(of: sequence).count
      if length == 0 || length > config.maxPositionEmbeddings {
        throw ModelError(
          subject: "the length of sequence \(sequence)",
          expected: "1 to \(config.maxPositionEmbeddings) tokens",
          found: "\(length)")
      }
    }
    if let id = batch.inputIDs.first(where: { $0 < 0 || Int($0) >= config.vocabSize }) {
      throw ModelError(subject: "an input id", expected: "0 to \(config.vocabSize - 1)", found: "\(id)")
    }
    if let id = batch.tokenTypeIDs.first(where: { $0 < 0 || Int($0) >= config.typeVocabSize }) {
      throw ModelError(
        subject: "a token type id", expected: "0 to \(config.typeVocabSize - 1)", found: "\(id)")
    }
  }

  /// The states before the first layer.  // [tokens, hidden]
  func forward(_ pass: Pass, _ parameters: ParameterStore, arena: Arena) -> (output: Matrix, kept: Kept?) {
    let (batch, hidden) = (pass.batch, config.hiddenSize)
    let sums = arena.matrix(batch.tokenCount, hidden)
    let output = pass.keeps ? arena.matrix(batch.tokenCount, hidden) : sums
    let scales = arena.floats(batch.tokenCount)
    let mixtures = pass.softRows.map { rows in
      let result = arena.matrix(rows.tokens.count, hidden)
      mixture.mix(rows.weights, into: result, parameters)
      return result
    }
    let places = pass.softRows?.places(batch.tokenCount)
    let (words, positions, types) = (
      parameters.table(word), parameters.table(position), parameters.table(type)
    )
    Parallel.forEach(count: batch.sequenceCount) { sequence in
      for (place, token) in batch.tokens(of: sequence).enumerated() {
        let row = sums.base + token * hidden
        if let mixtures, let places, places[token] >= 0 {
          row.update(from: mixtures.base + places[token] * hidden, count: hidden)
        } else {
          words.copyRow(Int(batch.inputIDs[token]), into: row)
        }
        types.addRow(Int(batch.tokenTypeIDs[token]), to: row)
        positions.addRow(place, to: row)
      }
    }
    RowKernels.normalize(
      sums, gamma: parameters.pointer(norm.weight), beta: parameters.pointer(norm.bias),
      epsilon: Float(config.layerNormEps), into: output, scales: scales)
    RowKernels.drop(output, drop(pass.dropout))
    return (output, pass.keeps ? Kept(normalized: sums, scales: scales) : nil)
  }

  /// The way back: `gradient` becomes that of the sums, and so of the word embeddings of each token; returns that of
  /// the weights of soft rows, where it is wanted.  // [soft rows, vocabulary]
  func backward(
    _ gradient: Matrix, _ pass: Pass, _ parameters: ParameterStore, kept: Kept,
    into gradients: GradientStore?, scratch: Arena
  ) -> Matrix? {
    RowKernels.drop(gradient, drop(pass.dropout))
    RowKernels.normalizeBackward(
      gradient, normalized: kept.normalized, scales: kept.scales, gamma: parameters.pointer(norm.weight),
      dropout: nil, dropped: nil, gammaGradient: gradients?.sums(norm.weight),
      betaGradient: gradients?.sums(norm.bias), biasGradient: nil,
      scratch: scratch.floats(
        RowKernels.normalizeScratch(rows: gradient.rows, columns: config.hiddenSize)))
    if let gradients { addTableGradients(gradient, pass, to: gradients) }
    guard let rows = pass.softRows else { return nil }
    let change = gradient.gathered(rows.tokens, in: scratch)
    if let gradients {
      gradients.touchAllRows()
      mixture.addMixtureGradient(rows.weights, change, to: gradients)
    }
    if !rows.wantsGradient { return nil }
    let result = scratch.matrix(rows.tokens.count, config.vocabSize)
    mixture.mixtureGradient(change, into: result, parameters, scratch: scratch)
    return result
  }

  /// Adds each token's gradient to the rows of the tables that it was made of.
  private func addTableGradients(_ gradient: Matrix, _ pass: Pass, to gradients: GradientStore) {
    let (batch, hidden) = (pass.batch, config.hiddenSize)
    let places = pass.softRows?.places(batch.tokenCount)
    gradients.touch(batch.inputIDs)
    let (words, positions, types) = (gradients.sums(word), gradients.sums(position), gradients.sums(type))
    // Threads own columns, so that each sum runs over the tokens in order.
    Parallel.forEach(count: hidden, grain: 64) { columns in
      let (start, count) = (columns.lowerBound, columns.count)
      for sequence in 0..<batch.sequenceCount {
        for (place, token) in batch.tokens(of: sequence).enumerated() {
          let row = gradient.base + token * hidden + start
          if places.map({ $0[token] < 0 }) ?? true {
            VectorKernels.add(row, to: words + Int(batch.inputIDs[token]) * hidden + start, count: count)
          }
          VectorKernels.add(row, to: types + Int(batch.tokenTypeIDs[token]) * hidden + start, count: count)
          VectorKernels.add(row, to: positions + place * hidden + start, count: count)
        }
      }
    }
  }

  private func drop(_ plan: DropoutPlan?) -> Dropout? {
    plan?.rows(.embeddings, firstTokensOnly: false)
  }
}
