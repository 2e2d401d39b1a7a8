import Tensors

/// Multi-head self-attention with its output layer, residual and LayerNorm.
///
/// After Vaswani et al. 2017, section 3.2.
///
/// Where of the output only first tokens are read, only they ask: queries, context and everything after have a
/// row a sequence, keys and values still a row a token.
struct SelfAttention {
  private let config: BertConfig
  private let layer: Int
  /// Query, key and value, as few products as they can be.
  private let all: [Linear]
  private let query: [Linear]
  private let keyAndValue: [Linear]
  private let output: ResidualOutput

  /// What the way back needs.
  struct Kept {
    /// The rows that ask: all tokens, or the first ones gathered.  // [queries, hidden]
    let residual: Matrix
    /// Queries, keys and values.
    let operands: AttentionKernel.Operands
    /// The greatest score and the sum of each row of each map.
    let statistics: UnsafeMutablePointer<Float>
    /// Of what attention gathered.
    let output: ResidualOutput.Kept
  }

  init(config: BertConfig, layer: Int, layout: ParameterLayout) {
    self.config = config
    self.layer = layer
    let name = "bert.encoder.layer.\(layer - 1).attention"
    let parts = ["query", "key", "value"].map { "\(name).self.\($0)" }
    (all, query) = (Self.side(by: parts, layout), Self.side(by: [parts[0]], layout))
    keyAndValue = Self.side(by: Array(parts[1...]), layout)
    output = ResidualOutput(
      "\(name).output", dropout: .attentionOutput(layer: layer), config: config, layout: layout)
  }

  /// Layers over one input: a single one where their weights and biases lie without a gap.
  private static func side(by names: [String], _ layout: ParameterLayout) -> [Linear] {
    let weights = names.map { layout.slot($0 + ".weight") }
    let biases = names.map { layout.slot($0 + ".bias") }
    let outputs = biases[0].entry.count
    return outputs % 16 == 0
      ? [Linear(weights: weights, biases: biases)] : names.map { Linear($0, in: layout) }
  }

  /// `output` may not be `input`.
  func forward(
    _ input: Matrix, pass: inout Pass, firstTokensOnly: Bool, _ parameters: ParameterStore, arena: Arena
  ) -> (output: Matrix, kept: Kept) {
    let (hidden, batch) = (config.hiddenSize, pass.batch)
    let rows = firstTokensOnly ? batch.sequenceCount : batch.tokenCount
    let residual = firstTokensOnly ? input.gathered(batch.firstTokens, in: arena) : input
    let operands = allocateOperands(batch, rows: rows, firstTokensOnly: firstTokensOnly, arena)
    if firstTokensOnly {
      project(residual, query, into: operands.query, parameters, arena)
      project(input, keyAndValue, into: operands.keyAndValue, parameters, arena)
    } else {
      project(input, all, into: operands.all, parameters, arena)
    }
    let kernel = kernel(pass, firstTokensOnly: firstTokensOnly)
    let statistics = arena.floats(kernel.statisticsCount(queries: rows))
    let context = arena.matrix(rows, hidden)
    let maps = requestedMaps(&pass, arena)
    kernel.forward(operands.operands, into: context, maps: maps, statistics: statistics)
    noteProjections(operands.operands, &pass, arena)
    let (result, kept) = output.forward(
      context, residual: residual, pass: pass, firstTokensOnly: firstTokensOnly, parameters, arena: arena)
    return (
      result, Kept(residual: residual, operands: operands.operands, statistics: statistics, output: kept)
    )
  }

  /// The way back: `gradient`, of the output, is used up; `inputGradient` receives that of the input.
  ///
  /// - Parameters:
  ///   - asked: Gradients of what was asked for beside the output.
  ///   - inputGradient: May be `gradient` where all tokens ask.  // [tokens, hidden]
  func backward(
    _ gradient: Matrix, asked: OutputGradient, pass: Pass, kept: Kept, firstTokensOnly: Bool, input: Matrix,
    _ parameters: ParameterStore, into gradients: GradientStore?, inputGradient: Matrix, scratch: Arena
  ) {
    let (batch, rows) = (pass.batch, gradient.rows)
    let contextGradient = output.backward(
      gradient, pass: pass, kept: kept.output, firstTokensOnly: firstTokensOnly, parameters, into: gradients,
      scratch: scratch)
    let changes = allocateOperands(batch, rows: rows, firstTokensOnly: firstTokensOnly, scratch)
    kernel(pass, firstTokensOnly: firstTokensOnly).backward(
      kept.operands, contextGradient: contextGradient,
      mapGradients: AttentionKernel.Maps(
        scores: asked.values[.attentionScores(layer)]?.matrix.base,
        probabilities: asked.values[.attentionProbabilities(layer)]?.matrix.base),
      into: changes.operands, statistics: kept.statistics)
    for (part, change) in projections(changes.operands) {
      if let given = asked.values[part]?.matrix { RowKernels.add(given, to: change) }
    }

    if firstTokensOnly {
      projectBackward(
        changes.query, kept.residual, query, parameters, into: gradients, inputGradient: gradient,
        accumulate: true, scratch)
      projectBackward(
        changes.keyAndValue, input, keyAndValue, parameters, into: gradients, inputGradient: inputGradient,
        accumulate: false, scratch)
      inputGradient.add(gradient, toRows: batch.firstTokens)
    } else {
      projectBackward(
        changes.all, input, all, parameters, into: gradients, inputGradient: gradient, accumulate: true,
        scratch)
    }
  }

  /// Rows through layers whose results stand side by side.
  private func project(
    _ input: Matrix, _ layers: [Linear], into result: Matrix, _ parameters: ParameterStore, _ arena: Arena
  ) {
    var start = 0
    for layer in layers {
      layer.forward(
        input, into: result.columns(start..<start + layer.outputs), parameters, scratch: arena)
      start += layer.outputs
    }
  }

  private func projectBackward(
    _ change: Matrix, _ input: Matrix, _ layers: [Linear], _ parameters: ParameterStore,
    into gradients: GradientStore?, inputGradient: Matrix, accumulate: Bool, _ scratch: Arena
  ) {
    var start = 0
    for layer in layers {
      layer.backward(
        change.columns(start..<start + layer.outputs), input, into: inputGradient,
        accumulate: accumulate || start > 0, parameters, gradients, scratch: scratch)
      start += layer.outputs
    }
  }

  private func kernel(_ pass: Pass, firstTokensOnly: Bool) -> AttentionKernel {
    var kernel = AttentionKernel(
      heads: config.numAttentionHeads, size: config.headSize, starts: pass.batch.sequenceStarts,
      mapStarts: pass.batch.mapStarts, firstQueriesOnly: firstTokensOnly)
    if let plan = pass.dropout {
      kernel.dropRate = plan.rates.attentionProbabilities
      kernel.dropKeys = UnsafePointer(plan.sequenceKeys)
      kernel.dropPurpose = DropoutPlan.Place.attentionProbabilities(layer: layer).purpose
    }
    return kernel
  }
}

extension SelfAttention {
  /// Queries, keys and values side by side in the rows of tokens, or queries apart with a row a sequence.
  private struct OperandMemory {
    let query: Matrix
    let keyAndValue: Matrix
    let all: Matrix
    let operands: AttentionKernel.Operands
  }

  private func allocateOperands(
    _ batch: Batch, rows: Int, firstTokensOnly: Bool, _ arena: Arena
  ) -> OperandMemory {
    let hidden = config.hiddenSize
    let all = arena.matrix(batch.tokenCount, (firstTokensOnly ? 2 : 3) * hidden)
    let query = firstTokensOnly ? arena.matrix(rows, hidden) : all.columns(0..<hidden)
    let keyAndValue = firstTokensOnly ? all : all.columns(hidden..<3 * hidden)
    return OperandMemory(
      query: query, keyAndValue: keyAndValue, all: all,
      operands: .init(
        query: query, key: keyAndValue.columns(0..<hidden), value: keyAndValue.columns(hidden..<2 * hidden)))
  }

  private func requestedMaps(_ pass: inout Pass, _ arena: Arena) -> AttentionKernel.Maps {
    let count = config.numAttentionHeads * (pass.batch.mapStarts.last ?? 0)
    func maps() -> AttentionMaps {
      AttentionMaps(
        storage: Matrix(base: arena.floats(count), rows: 1, columns: count), heads: config.numAttentionHeads,
        batch: pass.batch)
    }
    for part in [OutputPart.attentionScores(layer), .attentionProbabilities(layer)]
    where pass.request.contains(part) {
      pass.output.values[part] = .maps(maps())
    }
    return AttentionKernel.Maps(
      scores: pass.output.values[.attentionScores(layer)]?.matrix.base,
      probabilities: pass.output.values[.attentionProbabilities(layer)]?.matrix.base)
  }

  private func projections(_ operands: AttentionKernel.Operands) -> [(OutputPart, Matrix)] {
    [(.query(layer), operands.query), (.key(layer), operands.key), (.value(layer), operands.value)]
  }

  /// Contiguous copies for whoever asked.
  private func noteProjections(_ operands: AttentionKernel.Operands, _ pass: inout Pass, _ arena: Arena) {
    for (part, matrix) in projections(operands) where pass.request.contains(part) {
      let copy = arena.matrix(matrix.rows, matrix.columns)
      for row in 0..<matrix.rows { _ = copy.row(row).update(from: matrix.row(row)) }
      pass.output.values[part] = .rows(copy)
    }
  }
}
