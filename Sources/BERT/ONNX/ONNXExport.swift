import Tensors

extension BertModel {
  /// Writes the model as an ONNX file (opset 17) that runs without Anneal.
  ///
  /// Inputs are `input_ids`, `attention_mask` and `token_type_ids`, int64 [batch, sequence], padded by the
  /// caller where the mask is 0. The output is `logits` [batch, labels] (for masked language modelling
  /// [batch, sequence, vocabulary]), or `last_hidden_state` [batch, sequence, hidden] for a model without a head. A
  /// score is in its own units, `scoreScale` undone. `metadata` goes into the file's properties. Without `tokenTypes` there is no `token_type_ids`, and every token is
  /// of the first text. Weights in 8 bits stay so, and are multiplied with rows in 8 bits. A bi-encoder's inputs are other
  /// ones: `ONNXExport.buildPair`. Throws `FileError`.
  public func exportONNX(
    to path: String, metadata: [(key: String, value: String)], producerVersion: String,
    tokenTypes: Bool = true
  ) throws {
    var export = ONNXExport(model: self, tokenTypes: tokenTypes && pairHead == nil)
    if pairHead == nil { export.build() } else { export.buildPair() }
    try export.graph.write(to: path, metadata: metadata, producerVersion: producerVersion)
  }
}

/// Draws a BERT encoder as ONNX nodes, in the order in which data flows.
struct ONNXExport {
  let model: BertModel
  var graph = ONNXGraph()
  /// Rows in 8 bits by the value that they were made of.
  var rowsRead: [String: RowsRead] = [:]

  let tokenTypes: Bool
  /// What stands behind the names of the inputs that the encoder reads: nothing, or that of a pair's second text.
  var suffix = ""

  init(model: BertModel, tokenTypes: Bool) { (self.model, self.tokenTypes) = (model, tokenTypes) }

  /// The inputs of one sequence and its last states.  // [batch, sequence, hidden]
  mutating func encoder() -> String {
    for name in ["input_ids", "attention_mask"] + (tokenTypes ? ["token_type_ids"] : []) {
      graph.input(name + suffix, dimensions: ["batch", "sequence" + suffix])
    }
    var states = embeddings()  // [batch, sequence, hidden]
    let mask = attentionBias()  // [batch, 1, 1, sequence]
    for layer in 0..<model.config.numHiddenLayers { states = encoderLayer(layer, states, mask: mask) }
    return states
  }

  mutating func build() {
    let states = encoder()
    let hidden = String(model.config.hiddenSize)
    switch model.head {
    case .none:
      _ = graph.node("Identity", [states], output: "last_hidden_state")
      graph.output("last_hidden_state", dimensions: ["batch", "sequence", hidden])
    case .sequenceClassification(let labels):
      let pooled = graph.node("Tanh", [linear(headInput(states), "bert.pooler.dense")])
      classify(pooled, labels: labels)
    case .maskedLM:
      let transformed = activation(linear(states, "cls.predictions.transform.dense"))
      let normalized = layerNorm(transformed, "cls.predictions.transform.LayerNorm")
      let scores = product(normalized, BertModel.wordEmbeddings)
      _ = graph.node("Add", [scores, vector("cls.predictions.bias")], output: "logits")
      graph.output("logits", dimensions: ["batch", "sequence", String(model.config.vocabSize)])
    }
  }

  /// The output `logits` of what the classifier reads; a score in its own units.
  mutating func classify(_ features: String, labels: Int) {
    if let scale = model.config.scoreScale {
      let scaled = graph.node(
        "Mul", [linear(features, "classifier"), scalar("score_deviation", Float(scale.deviation))])
      _ = graph.node("Add", [scaled, scalar("score_mean", Float(scale.mean))], output: "logits")
    } else {
      _ = linear(features, "classifier", output: "logits")
    }
    graph.output("logits", dimensions: ["batch", String(labels)])
  }

  /// The state of the first token, or the mean of those where the mask is 1.  // [batch, hidden]
  mutating func headInput(_ states: String) -> String {
    if model.config.pooling == .cls {
      return graph.node(
        "Gather", [states, graph.constant("first", integers: [0], shape: [])], [("axis", .int(1))])
    }
    let axis = graph.constant("token_axis", integers: [1])
    let mask = graph.node("Cast", ["attention_mask" + suffix], [("to", .int(1))])  // [batch, sequence]
    let weights = graph.node("Unsqueeze", [mask, graph.constant("state_axis", integers: [2])])
    let sum = graph.node(
      "ReduceSum", [graph.node("Mul", [states, weights]), axis], [("keepdims", .int(0))])
    let count = graph.node("ReduceSum", [mask, axis], [("keepdims", .int(1))])  // [batch, 1]
    return graph.node("Div", [sum, count])
  }

  private mutating func embeddings() -> String {
    let words = rows(of: BertModel.wordEmbeddings, "input_ids" + suffix)
    let table = "bert.embeddings.token_type_embeddings.weight"
    let types = tokenTypes ? rows(of: table, "token_type_ids") : ""
    let shape = graph.node("Shape", ["input_ids" + suffix])
    let zero = graph.constant("zero", integers: [0], shape: [])
    // The first row of the table, [hidden], where nothing says otherwise.
    let first = tokenTypes ? types : rows(of: table, zero)
    let one = graph.constant("one", integers: [1], shape: [])
    let length = graph.node("Gather", [shape, one])
    let indices = graph.node("Range", [zero, length, one])  // [sequence]
    let positions = rows(of: "bert.embeddings.position_embeddings.weight", indices)
    let sum = graph.node("Add", [graph.node("Add", [words, first]), positions])
    return layerNorm(sum, "bert.embeddings.LayerNorm")
  }

  /// 0 where a token may be attended to and the smallest float where it may not.
  private mutating func attentionBias() -> String {
    let mask = graph.node("Cast", ["attention_mask" + suffix], [("to", .int(1))])
    let absent = graph.node("Sub", [graph.constant("unit", 1), mask])
    let bias = graph.node("Mul", [absent, graph.constant("lowest", -Float.greatestFiniteMagnitude)])
    return graph.node("Unsqueeze", [bias, graph.constant("mask_axes", integers: [1, 2])])
  }

  private mutating func encoderLayer(_ layer: Int, _ input: String, mask: String) -> String {
    let name = "bert.encoder.layer.\(layer)"
    let hidden = model.config.hiddenSize
    let heads = model.config.numAttentionHeads
    if layer == 0 {
      _ = graph.constant("split_heads", integers: [0, 0, heads, hidden / heads])
      _ = graph.constant("merge_heads", integers: [0, 0, hidden])
      _ = graph.constant("score_scale", 1 / Float(hidden / heads).squareRoot())
    }
    let query = splitHeads(linear(input, "\(name).attention.self.query"), [0, 2, 1, 3])
    let key = splitHeads(linear(input, "\(name).attention.self.key"), [0, 2, 3, 1])
    let value = splitHeads(linear(input, "\(name).attention.self.value"), [0, 2, 1, 3])
    let scores = graph.node("Mul", [graph.node("MatMul", [query, key]), "score_scale"])
    let weights = graph.node("Softmax", [graph.node("Add", [scores, mask])], [("axis", .int(-1))])
    let context = graph.node(
      "Transpose", [graph.node("MatMul", [weights, value])], [("perm", .ints([0, 2, 1, 3]))])
    let merged = graph.node("Reshape", [context, "merge_heads"])
    let attended = graph.node("Add", [linear(merged, "\(name).attention.output.dense"), input])
    let normalized = layerNorm(attended, "\(name).attention.output.LayerNorm")
    let inner = activation(linear(normalized, "\(name).intermediate.dense"))
    let outer = graph.node("Add", [linear(inner, "\(name).output.dense"), normalized])
    return layerNorm(outer, "\(name).output.LayerNorm")
  }

  private mutating func splitHeads(_ input: String, _ order: [Int]) -> String {
    graph.node("Transpose", [graph.node("Reshape", [input, "split_heads"])], [("perm", .ints(order))])
  }

  private mutating func activation(_ input: String) -> String {
    switch model.config.hiddenAct {
    case .relu:
      return graph.node("Relu", [input])
    case .gelu:
      return gelu(input)
    case .gelu10:
      return graph.node("Min", [gelu(input), scalar("gelu_top", 10)])
    case .quickGelu:
      let scaled = graph.node("Mul", [input, scalar("quick_gelu_scale", 1.702)])
      return graph.node("Mul", [input, graph.node("Sigmoid", [scaled])])
    case .silu:
      return graph.node("Mul", [input, graph.node("Sigmoid", [input])])
    case .geluNew:
      // x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), same place.
      let square = graph.node("Mul", [input, input])
      let cube = graph.node("Mul", [square, input])
      let bent = graph.node("Mul", [cube, scalar("gelu_cubic", 0.044715)])
      let inner = graph.node("Add", [input, bent])
      let scaled = graph.node("Mul", [inner, scalar("gelu_scale", (2 / Float.pi).squareRoot())])
      return halfGate(input, graph.node("Tanh", [scaled]))
    }
  }

  /// x / 2 (1 + erf(x / sqrt 2)), Hendrycks and Gimpel 2016, section 2.
  private mutating func gelu(_ input: String) -> String {
    let scaled = graph.node("Mul", [input, scalar("inverse_root_two", Float(0.5).squareRoot())])
    return halfGate(input, graph.node("Erf", [scaled]))
  }

  private mutating func halfGate(_ input: String, _ gate: String) -> String {
    let open = graph.node("Add", [gate, scalar("gate_one", 1)])
    return graph.node("Mul", [graph.node("Mul", [input, scalar("gate_half", 0.5)]), open])
  }

  private mutating func layerNorm(_ input: String, _ name: String) -> String {
    graph.node(
      "LayerNormalization", [input, vector("\(name).weight"), vector("\(name).bias")],
      [("axis", .int(-1)), ("epsilon", .float(Float(model.config.layerNormEps)))])
  }

  private mutating func linear(_ input: String, _ name: String, output: String? = nil) -> String {
    let product = product(input, "\(name).weight")
    return graph.node("Add", [product, vector("\(name).bias")], output: output)
  }

  /// Rows times a weight matrix, without a bias.
  private mutating func product(_ input: String, _ weight: String) -> String {
    if let bytes = Int8Tensor(weight, of: model) { return product(input, bytes) }
    return graph.node("MatMul", [input, transposed(weight)])
  }

  /// Rows of a table by their numbers.
  private mutating func rows(of table: String, _ numbers: String) -> String {
    if let bytes = Int8Tensor(table, of: model) { return rows(of: bytes, numbers) }
    return graph.node("Gather", [stored(table), numbers])
  }

  mutating func scalar(_ name: String, _ value: Float) -> String { graph.constant(name, value) }

  private mutating func vector(_ name: String) -> String { stored(name) }

  /// A parameter as it is stored.
  private mutating func stored(_ name: String) -> String {
    let matrix = model.parameters.matrix(name)
    let shape = model.parameters.layout.entry(name)?.shape ?? []
    return graph.constant(name, shape: shape, rowCount: matrix.rows) { Array(matrix.row($0)) }
  }

  /// A weight matrix [outputs, inputs] as [inputs, outputs], the order that MatMul wants.
  private mutating func transposed(_ name: String) -> String {
    let matrix = model.parameters.matrix(name)
    return graph.constant(name + ".T", shape: [matrix.columns, matrix.rows], rowCount: matrix.columns) {
      column in
      (0..<matrix.rows).map { matrix[$0, column] }
    }
  }
}
