import Tensors

// The steps of `forward` and `backward` between the layers.
extension BertModel {
  /// One layer forward.
  ///
  /// Without a way back, states that nobody asked for go to `spare` in turn and the layer's own memory is given
  /// back.
  func forward(
    _ state: Matrix, layer: Int, _ pass: inout Pass, _ arena: Arena, _ spare: [Matrix]
  ) -> Matrix {
    let isLast = pass.firstTokensOnly && layer == pass.top
    let request = pass.request
    let isFree = !pass.keeps && !isLast && !request.contains(.hiddenStates(layer))
    let output = isFree ? spare[layer % 2] : pass.keeps ? nil : arena.matrix(state.rows, config.hiddenSize)
    let mark = arena.mark
    let parameters = pass.parameters
    let (result, kept) = layers[layer - 1].forward(
      state, pass: &pass, firstTokensOnly: isLast, parameters, arena: arena, output: isLast ? nil : output)
    if pass.keeps {
      pass.layers.append(kept)
    } else if !isLast && !request.readsInside(layer) {
      arena.release(to: mark)
    }
    note(result, layer: layer, &pass, arena)
    return result
  }

  /// Puts the states of a layer into the output if they were asked for.
  func note(_ state: Matrix, layer: Int, _ pass: inout Pass, _ arena: Arena) {
    if pass.request.contains(.hiddenStates(layer)) { pass.output.values[.hiddenStates(layer)] = .rows(state) }
    if pass.request.contains(.firstTokenStates(layer)) {
      let isGathered = pass.firstTokensOnly && layer == pass.top
      pass.output.values[.firstTokenStates(layer)] = .rows(
        isGathered ? state : state.gathered(pass.batch.firstTokens, in: arena))
    }
  }

  /// The head's logits of the last states, if they were asked for.
  func addLogits(_ state: Matrix, _ pass: inout Pass, _ arena: Arena) {
    guard pass.request.logits else { return }
    if let classification {
      let rows = pooled(state, pass, arena)
      let (logits, kept) = classification.forward(rows, pass: pass, pass.parameters, arena: arena)
      pass.output.logits = logits
      pass.classification = kept
    } else if let pairHead {
      let (logits, kept) = pairHead.forward(pooled(state, pass, arena), pass.parameters, arena: arena)
      pass.output.logits = logits
      pass.pairHead = kept
    } else if let maskedLM {
      let rows = pass.request.logitTokens.map { state.gathered($0, in: arena) } ?? state
      let (logits, kept) = maskedLM.forward(
        rows, columns: pass.request.logitColumns, pass.parameters, arena: arena)
      pass.output.logits = logits
      pass.maskedLM = kept
    }
  }

  /// What a head reads of the last states.  // [sequences, hidden]
  private func pooled(_ state: Matrix, _ pass: Pass, _ arena: Arena) -> Matrix {
    if config.pooling == .mean { return state.means(of: pass.batch, in: arena) }
    return pass.firstTokensOnly ? state : state.gathered(pass.batch.firstTokens, in: arena)
  }

  /// Adds the gradient of what a head read to that of the last states.
  private func addPooled(_ change: Matrix, to state: Matrix, _ pass: Pass) {
    if config.pooling == .mean {
      state.add(meanGradient: change, of: pass.batch)
    } else if pass.firstTokensOnly {
      RowKernels.add(change, to: state)
    } else {
      state.add(change, toRows: pass.batch.firstTokens)
    }
  }

  /// The batch and the mode of a pass: those of single texts where a bi-encoder reads pairs.
  ///
  /// Throws `ModelError` for what is no pair, and for a part that a pair has none of.
  func readingPairs(_ batch: Batch, _ request: OutputRequest, _ mode: ForwardMode) throws -> (
    Batch, ForwardMode
  ) {
    if pairHead == nil { return (batch, mode) }
    if let part = request.parts.sorted().first(where: { ![.logits, .tokens].contains($0.extent) }) {
      throw ModelError(
        subject: "the request '\(part)'",
        expected: "logits or states of tokens, as a bi-encoder reads two texts",
        found: "a part of one sequence")
    }
    try mode.check(batch)
    return (try batch.textsApart(), mode.textsApart(batch.sequenceCount))
  }

  /// Adds the gradient that comes through the head to that of the last states.
  func addHeadGradient(
    _ gradient: OutputGradient, to state: Matrix, _ pass: Pass, _ gradients: GradientStore?, _ scratch: Arena
  ) {
    guard let logits = gradient.logits else { return }
    if let classification, let kept = pass.classification {
      let change = classification.backward(
        logits, pass: pass, kept: kept, pass.parameters, into: gradients, scratch: scratch)
      addPooled(change, to: state, pass)
    } else if let pairHead, let kept = pass.pairHead {
      let change = pairHead.backward(logits, kept: kept, pass.parameters, into: gradients, scratch: scratch)
      addPooled(change, to: state, pass)
    } else if let maskedLM, let kept = pass.maskedLM {
      let change = maskedLM.backward(
        logits, columns: pass.request.logitColumns, kept: kept, pass.parameters, into: gradients,
        scratch: scratch)
      if let tokens = pass.request.logitTokens {
        state.add(change, toRows: tokens)
      } else {
        RowKernels.add(change, to: state)
      }
    }
  }

  /// Adds what the objective gives for the states of a layer.
  func add(_ gradient: OutputGradient, layer: Int, to state: Matrix, _ pass: Pass) {
    if let given = gradient.values[.hiddenStates(layer)]?.matrix { RowKernels.add(given, to: state) }
    guard let given = gradient.values[.firstTokenStates(layer)]?.matrix else { return }
    if pass.firstTokensOnly && layer == pass.top {
      RowKernels.add(given, to: state)
    } else {
      state.add(given, toRows: pass.batch.firstTokens)
    }
  }

  /// New weights: normal with the deviation `initializerRange` for what decays, 1 for LayerNorm weights, 0 for
  /// the rest and for the padding row, as `transformers` does it.
  func initialize(seed: UInt64) {
    for index in parameters.layout.entries.indices { initialize(entry: index, seed: seed) }
    let padding = parameters.matrix(Self.wordEmbeddings).row(config.padTokenID)
    padding.update(repeating: 0)
  }

  /// New weights for one parameter, given by its place in the layout.
  func initialize(entry index: Int, seed: UInt64) {
    let entry = parameters.layout.entries[index]
    let target = parameters.values.base + entry.offset
    if entry.name == "classifier.weight", config.pairEncoding == .bi,
      case .sequenceClassification(let labels) = head, config.comparesByCosine(labels: labels)
    {
      // The cosine itself, until it is fitted to the range of scores.
      target[0] = 1
    } else if entry.decays {
      let random = CounterRandom(seed: seed, purpose: .init("weights"), step: UInt64(index))
      let deviation = config.initializerRange
      Parallel.forEach(count: entry.count, grain: 1 << 14) { range in
        for i in range { target[i] = Float(deviation * random.normal(UInt64(i))) }
      }
    } else {
      target.update(repeating: entry.name.hasSuffix("LayerNorm.weight") ? 1 : 0, count: entry.count)
    }
  }
}
