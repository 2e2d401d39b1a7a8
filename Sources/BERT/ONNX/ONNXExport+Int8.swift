import Tensors

/// A parameter in 8 bits, with a scale for each of its rows.
struct Int8Tensor {
  let name: String
  let rows: Int
  let columns: Int
  let values: UnsafePointer<Int8>
  let scales: [Float]

  /// The parameter of that name, in the model's memory; nil where the model does not hold it in 8 bits.
  init?(_ name: String, of model: BertModel) {
    let slot = model.parameters.layout.slot(name)
    guard let items = model.parameters.formatted[slot.index]?.items(named: name), items.count == 2,
      items[0].dtype == .int8, items[1].dtype == .float32, let base = items[0].bytes.baseAddress
    else { return nil }
    (self.name, rows, columns) = (name, items[0].shape[0], items[0].shape[1])
    values = base.assumingMemoryBound(to: Int8.self)
    scales = Array(items[1].bytes.bindMemory(to: Float.self))
  }
}

extension ONNXExport {
  /// Rows in 8 bits: x = greatest * scale * (values - zero).
  struct RowsRead {
    /// Unsigned bytes.
    let values: String
    /// One number for all.
    let scale: String
    let zero: String
    /// The greatest magnitude of each row.  // [..., 1]
    let greatest: String
  }

  /// Rows times W in 8 bits: MatMulInteger, whose sums are scaled for each row and each column.
  mutating func product(_ input: String, _ weight: Int8Tensor) -> String {
    let rows = read(input)
    // [inputs, outputs], the order that MatMulInteger wants.
    let matrix = graph.constant(
      weight.name + ".T", shape: [weight.columns, weight.rows], rowCount: weight.columns,
      bytes: { column in
        (0..<weight.rows).map { UInt8(bitPattern: weight.values[$0 * weight.columns + column]) }
      })
    let scales = graph.constant(weight.name + ".T_scale", shape: [weight.rows], rowCount: 1) { _ in
      weight.scales
    }
    let sums = graph.node("MatMulInteger", [rows.values, matrix, rows.zero])
    let scaled = graph.node(
      "Mul", [graph.node("Cast", [sums], [("to", .int(1))]), graph.node("Mul", [rows.scale, scales])])
    return graph.node("Mul", [scaled, rows.greatest])
  }

  /// Rows of a table in 8 bits by their numbers, each with its own scale.
  mutating func rows(of table: Int8Tensor, _ numbers: String) -> String {
    let values = graph.constant(
      table.name, shape: [table.rows, table.columns], rowCount: table.rows,
      bytes: { row in
        (0..<table.columns).map { UInt8(bitPattern: table.values[row * table.columns + $0]) }
      })
    let scales = graph.constant(table.name + "_scale", shape: [table.rows, 1], rowCount: 1) { _ in
      table.scales
    }
    let bytes = graph.node("Cast", [graph.node("Gather", [values, numbers])], [("to", .int(1))])
    return graph.node("Mul", [bytes, graph.node("Gather", [scales, numbers])])
  }

  /// Rows cut to 8 bits, once for all products of a value.
  ///
  /// Each is divided by its greatest magnitude, and DynamicQuantizeLinear, which has one range for all, cuts what is left:
  /// nearly as exact as a range for each token, in the operators that ONNX Runtime joins into fast ones.
  private mutating func read(_ input: String) -> RowsRead {
    if let rows = rowsRead[input] { return rows }
    let sizes = graph.node("Abs", [input])
    let greatest = graph.node(
      "Max",
      [
        graph.node("ReduceMax", [sizes], [("axes", .ints([-1])), ("keepdims", .int(1))]),
        scalar("least_range", 1e-30),
      ])
    let cut = graph.node(
      "DynamicQuantizeLinear", [graph.node("Div", [input, greatest])], outputs: ["values", "scale", "zero"])
    let rows = RowsRead(values: cut[0], scale: cut[1], zero: cut[2], greatest: greatest)
    rowsRead[input] = rows
    return rows
  }
}
