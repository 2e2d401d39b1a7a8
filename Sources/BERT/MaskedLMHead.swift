import Tensors

/// The head of `BertForMaskedLM`: a linear layer, the activation, LayerNorm, and the word embeddings as output
/// layer with a bias of its own.
struct MaskedLMHead {
  private let config: BertConfig
  private let dense: Linear
  private let norm: WeightAndBias
  /// The word embeddings as an output layer, and as rows to choose from.
  private let output: Linear
  private let words: Slot
  private let bias: Slot

  /// What the way back needs.
  struct Kept {
    /// The last states of the tokens that are asked for.  // [rows, hidden]
    let input: Matrix
    /// The derivative of the activation.  // [rows, hidden]
    let slope: Matrix
    /// The normalized rows before LayerNorm's weight.  // [rows, hidden]
    let normalized: Matrix
    /// 1 / deviation of each row.  // [rows]
    let scales: UnsafeMutablePointer<Float>
    /// After LayerNorm.  // [rows, hidden]
    let transformed: Matrix
    /// Chosen rows of the output layer, side by side.  // [columns, hidden]
    let chosen: Matrix?
  }

  init(config: BertConfig, layout: ParameterLayout) {
    self.config = config
    dense = Linear("cls.predictions.transform.dense", in: layout)
    norm = WeightAndBias("cls.predictions.transform.LayerNorm", in: layout)
    (words, bias) = (layout.slot(BertModel.wordEmbeddings), layout.slot("cls.predictions.bias"))
    output = Linear(weights: [words], biases: [bias])
  }

  /// The logits of rows of states: all tokens', or those of chosen ones; of all the vocabulary, or of `columns` of it.
  /// // [rows, vocabulary] or [rows, columns]
  func forward(
    _ input: Matrix, columns: [Int32]?, _ parameters: ParameterStore, arena: Arena
  ) -> (logits: Matrix, kept: Kept) {
    let (rows, hidden) = (input.rows, config.hiddenSize)
    let (inner, slope) = (arena.matrix(rows, hidden), arena.matrix(rows, hidden))
    dense.forward(
      input, activation: config.hiddenAct, into: inner, slope: slope, parameters,
      scratch: arena)
    let (transformed, scales) = (arena.matrix(rows, hidden), arena.floats(rows))
    RowKernels.normalize(
      inner, gamma: parameters.pointer(norm.weight), beta: parameters.pointer(norm.bias),
      epsilon: Float(config.layerNormEps), into: transformed, scales: scales)
    let logits = arena.matrix(rows, columns?.count ?? config.vocabSize)
    var chosen: Matrix?
    if let columns {
      chosen = self.chosen(columns, transformed, into: logits, parameters, arena: arena)
    } else {
      output.forward(transformed, into: logits, parameters, scratch: arena)
    }
    let kept = Kept(
      input: input, slope: slope, normalized: inner, scales: scales, transformed: transformed, chosen: chosen)
    return (logits, kept)
  }

  /// The product with some rows of the output layer, which are laid side by side and returned.
  private func chosen(
    _ columns: [Int32], _ x: Matrix, into logits: Matrix, _ parameters: ParameterStore, arena: Arena
  ) -> Matrix {
    let (table, rows) = (parameters.table(words), arena.matrix(columns.count, config.hiddenSize))
    let biases = arena.floats(columns.count)
    let all = parameters.pointer(bias)
    for (place, column) in columns.enumerated() {
      table.copyRow(Int(column), into: rows.row(place).baseAddress ?? rows.base)
      biases[place] = all[Int(column)]
    }
    rows.multiply(x, into: logits, scratch: arena) { part, columns in
      RowKernels.addBias(biases + columns.lowerBound, to: logits.rows(part).columns(columns))
    }
    return rows
  }

  /// The way back: the gradient of the states that went in.  // [rows, hidden]
  func backward(
    _ gradient: Matrix, columns: [Int32]?, kept: Kept, _ parameters: ParameterStore,
    into gradients: GradientStore?, scratch: Arena
  ) -> Matrix {
    let (rows, hidden) = (gradient.rows, config.hiddenSize)
    let change = scratch.matrix(rows, hidden)
    if let columns, let chosen = kept.chosen {
      chosen.multiplyTransposed(gradient, into: change, accumulate: false)
      if let gradients {
        addGradient(gradient, of: columns, kept.transformed, to: gradients, scratch: scratch)
      }
    } else {
      gradients?.touchAllRows()
      output.backward(gradient, kept.transformed, into: change, parameters, gradients, scratch: scratch)
    }
    RowKernels.normalizeBackward(
      change, normalized: kept.normalized, scales: kept.scales, gamma: parameters.pointer(norm.weight),
      dropout: nil, dropped: nil, gammaGradient: gradients?.sums(norm.weight),
      betaGradient: gradients?.sums(norm.bias), biasGradient: nil,
      scratch: scratch.floats(RowKernels.normalizeScratch(rows: rows, columns: hidden)))
    RowKernels.activateBackward(
      change, slope: kept.slope, biasGradient: dense.biasSums(gradients),
      scratch: scratch.floats(RowKernels.sumScratch(rows: rows, columns: hidden)))
    dense.addWeightGradient(change, kept.input, parameters, to: gradients, scratch: scratch)
    let result = scratch.matrix(rows, hidden)
    dense.inputGradient(change, into: result, parameters)
    return result
  }

  /// Adds the gradient of the rows of the output layer that took part, and of their biases.
  private func addGradient(
    _ gradient: Matrix, of columns: [Int32], _ x: Matrix, to gradients: GradientStore, scratch: Arena
  ) {
    let hidden = config.hiddenSize
    let (sums, biasSums) = (scratch.matrix(columns.count, hidden), scratch.zeros(1, columns.count))
    Linear.weightGradient(gradient, x, into: sums)
    RowKernels.columnSums(
      gradient, into: biasSums.base,
      scratch: scratch.floats(RowKernels.sumScratch(rows: gradient.rows, columns: gradient.columns)))
    gradients.touch(columns)
    let (table, biases) = (gradients.sums(words), gradients.sums(bias))
    for (place, column) in columns.enumerated() {
      VectorKernels.add(sums.base + place * sums.stride, to: table + Int(column) * hidden, count: hidden)
      biases[Int(column)] += biasSums.base[place]
    }
  }
}
