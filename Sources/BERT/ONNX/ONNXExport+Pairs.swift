extension ONNXExport {
  /// A bi-encoder: the encoder over each text of a pair, its weights written once, and the comparison of the two vectors.
  ///
  /// Inputs are `input_ids` and `attention_mask` of the first texts, and the same with `_2` behind their names of the
  /// second, int64 [batch, sequence] and [batch, sequence_2]; each text is read by itself, so that no token type is asked
  /// for. The output is `logits` [batch, labels] of `(u, v, |u - v|)`, or a score of their cosine.
  mutating func buildPair() {
    guard case .sequenceClassification(let labels) = model.head else {
      preconditionFailure("a pair without a head that compares")
    }
    let vectors = ["", "_2"].map { text in
      suffix = text
      return headInput(encoder())
    }
    let (u, v) = (vectors[0], vectors[1])
    if model.config.comparesByCosine(labels: labels) {
      classify(cosine(u, v), labels: labels)
    } else {
      let apart = graph.node("Abs", [graph.node("Sub", [u, v])])
      classify(graph.node("Concat", [u, v, apart], [("axis", .int(1))]), labels: labels)
    }
  }

  /// The cosine of vectors whose lengths are 1e-8 at least, as `PairHead` has it.  // [batch, 1]
  private mutating func cosine(_ u: String, _ v: String) -> String {
    let shortest = scalar("shortest_vector", 1e-8)
    let lengths = [u, v].map { vector in
      graph.node(
        "Max", [graph.node("Sqrt", [sumOverStates(graph.node("Mul", [vector, vector]))]), shortest])
    }
    let dot = sumOverStates(graph.node("Mul", [u, v]))
    return graph.node("Div", [dot, graph.node("Mul", lengths)])
  }

  private mutating func sumOverStates(_ input: String) -> String {
    let axis = graph.constant("vector_axis", integers: [1])
    return graph.node("ReduceSum", [input, axis], [("keepdims", .int(1))])
  }
}
