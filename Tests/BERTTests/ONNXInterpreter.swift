import Glibc

/// Runs the operators that our ONNX files use, plainly and in double precision.
struct ONNXInterpreter {
  var values: [String: Values]

  struct Unknown: Error { let operation: String }

  /// Evaluates all nodes in file order and returns the value called `output`.
  static func run(_ file: ONNXReader, inputs: [String: Values], output: String) throws -> Values? {
    var interpreter = ONNXInterpreter(values: file.initializers.merging(inputs) { $1 })
    for node in file.nodes {
      let arguments = node.inputs.compactMap { interpreter.values[$0] }
      guard arguments.count == node.inputs.count else { throw Unknown(operation: "inputs of \(node)") }
      if node.operation == "DynamicQuantizeLinear" {
        for (name, value) in zip(node.outputs, Self.quantize(arguments[0])) {
          interpreter.values[name] = value
        }
      } else {
        interpreter.values[node.outputs[0]] = try interpreter.evaluate(node, arguments)
      }
    }
    return interpreter.values[output]
  }

  private func evaluate(_ node: ONNXNode, _ x: [Values]) throws -> Values {
    switch node.operation {
    case "Add": return broadcast(x[0], x[1], +)
    case "Sub": return broadcast(x[0], x[1], -)
    case "Mul": return broadcast(x[0], x[1], *)
    case "Div": return broadcast(x[0], x[1], /)
    case "ReduceSum":
      return reduceSum(x[0], axis: Int(x[1].data[0]), keeps: node.integers["keepdims"]?[0] == 1)
    case "Tanh": return map(x[0], tanh)
    case "Erf": return map(x[0], erf)
    case "Min": return broadcast(x[0], x[1], min)
    case "Max": return broadcast(x[0], x[1], max)
    case "Abs": return map(x[0], abs)
    case "Sqrt": return map(x[0]) { $0.squareRoot() }
    case "Concat": return try concatenate(x, axis: node.integers["axis"]?[0] ?? 0, of: node)
    case "ReduceMax" where node.integers["axes"] == [-1] && node.integers["keepdims"] == [1]:
      let width = x[0].shape.last ?? 1
      return Values(
        shape: x[0].shape.dropLast() + [1],
        data: stride(from: 0, to: x[0].data.count, by: width).map { x[0].data[$0..<$0 + width].max() ?? 0 })
    case "MatMulInteger": return matmul(broadcast(x[0], x[2], -), x[1])
    case "Sigmoid": return map(x[0]) { 1 / (1 + exp(-$0)) }
    case "Relu": return map(x[0]) { max($0, 0) }
    case "Cast", "Identity": return x[0]
    case "Shape": return Values(shape: [x[0].shape.count], data: x[0].shape.map(Double.init))
    case "Range":
      let count = Int(x[1].data[0])
      return Values(shape: [count], data: (0..<count).map(Double.init))
    case "Gather": return gather(x[0], x[1], axis: node.integers["axis"]?[0] ?? 0)
    case "Unsqueeze":
      var shape = x[0].shape
      for axis in x[1].data { shape.insert(1, at: Int(axis)) }
      return Values(shape: shape, data: x[0].data)
    case "Reshape":
      let shape = x[1].data.enumerated().map { $1 == 0 ? x[0].shape[$0] : Int($1) }
      return Values(shape: shape, data: x[0].data)
    case "Transpose": return transpose(x[0], node.integers["perm"] ?? [])
    case "MatMul": return matmul(x[0], x[1])
    case "Softmax":
      return rows(x[0]) { row in
        let top = row.max() ?? 0
        let exponentials = row.map { exp($0 - top) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
      }
    case "LayerNormalization":
      let epsilon = Double(node.floats["epsilon"] ?? 0)
      return rows(x[0]) { row in
        let mean = row.reduce(0, +) / Double(row.count)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
        return row.enumerated().map {
          ($1 - mean) / (variance + epsilon).squareRoot() * x[1].data[$0] + x[2].data[$0]
        }
      }
    default: throw Unknown(operation: node.operation)
    }
  }

  /// One range for all numbers, with 0 in it, in 255 steps: bytes, scale and zero point, as ONNX says.
  private static func quantize(_ x: Values) -> [Values] {
    let (low, high) = (min(x.data.min() ?? 0, 0), max(x.data.max() ?? 0, 0))
    let scale = (high - low) / 255
    func byte(_ value: Double) -> Double { max(0, min(255, value.rounded(.toNearestOrEven))) }
    let zero = byte(-low / scale)
    return [
      Values(
        shape: x.shape, data: x.data.map { max(0, min(255, ($0 / scale).rounded(.toNearestOrEven) + zero)) }),
      Values(shape: [], data: [scale]), Values(shape: [], data: [zero]),
    ]
  }

  private func map(_ x: Values, _ body: (Double) -> Double) -> Values {
    Values(shape: x.shape, data: x.data.map(body))
  }

  private func rows(_ x: Values, _ body: ([Double]) -> [Double]) -> Values {
    let width = x.shape.last ?? 1
    return Values(
      shape: x.shape,
      data: stride(from: 0, to: x.data.count, by: width).flatMap { body(Array(x.data[$0..<$0 + width])) })
  }

  private func strides(_ shape: [Int]) -> [Int] {
    var result = [Int](repeating: 1, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) {
      result[axis] = result[axis + 1] * shape[axis + 1]
    }
    return result
  }

  private func broadcast(_ a: Values, _ b: Values, _ body: (Double, Double) -> Double) -> Values {
    let rank = max(a.shape.count, b.shape.count)
    let left = [Int](repeating: 1, count: rank - a.shape.count) + a.shape
    let right = [Int](repeating: 1, count: rank - b.shape.count) + b.shape
    let shape = zip(left, right).map { max($0, $1) }
    let steps = (strides(left), strides(right), strides(shape))
    let data = (0..<shape.reduce(1, *)).map { index -> Double in
      var i = 0
      var j = 0
      for axis in 0..<rank {
        let place = index / steps.2[axis] % shape[axis]
        i += left[axis] == 1 ? 0 : place * steps.0[axis]
        j += right[axis] == 1 ? 0 : place * steps.1[axis]
      }
      return body(a.data[i], b.data[j])
    }
    return Values(shape: shape, data: data)
  }

  private func reduceSum(_ x: Values, axis: Int, keeps: Bool) -> Values {
    let inner = x.shape[(axis + 1)...].reduce(1, *)
    let (outer, count) = (x.shape[..<axis].reduce(1, *), x.shape[axis])
    let data = (0..<outer * inner).map { place in
      (0..<count).reduce(0.0) { $0 + x.data[(place / inner * count + $1) * inner + place % inner] }
    }
    return Values(shape: x.shape[..<axis] + (keeps ? [1] : []) + x.shape[(axis + 1)...], data: data)
  }

  private func gather(_ x: Values, _ indices: Values, axis: Int) -> Values {
    let outer = x.shape[..<axis].reduce(1, *)
    let inner = x.shape[(axis + 1)...].reduce(1, *)
    var data: [Double] = []
    for block in 0..<outer {
      for index in indices.data {
        let start = (block * x.shape[axis] + Int(index)) * inner
        data += x.data[start..<start + inner]
      }
    }
    return Values(shape: x.shape[..<axis] + indices.shape + x.shape[(axis + 1)...], data: data)
  }

  private func concatenate(_ x: [Values], axis: Int, of node: ONNXNode) throws -> Values {
    guard axis == 1, x.allSatisfy({ $0.shape.count == 2 }) else { throw Unknown(operation: "\(node)") }
    let data = (0..<x[0].shape[0]).flatMap { row in
      x.flatMap { $0.data[row * $0.shape[1]..<(row + 1) * $0.shape[1]] }
    }
    return Values(shape: [x[0].shape[0], x.reduce(0) { $0 + $1.shape[1] }], data: data)
  }

  private func transpose(_ x: Values, _ order: [Int]) -> Values {
    let shape = order.map { x.shape[$0] }
    let source = strides(x.shape)
    let target = strides(shape)
    let data = (0..<x.data.count).map { index -> Double in
      var place = 0
      for axis in 0..<order.count {
        let coordinate = index / target[axis] % shape[axis]
        place += coordinate * source[order[axis]]
      }
      return x.data[place]
    }
    return Values(shape: shape, data: data)
  }

  private func matmul(_ a: Values, _ b: Values) -> Values {
    let (m, k, n) = (a.shape[a.shape.count - 2], a.shape[a.shape.count - 1], b.shape[b.shape.count - 1])
    let batches = a.shape.dropLast(2).reduce(1, *)
    var data = [Double](repeating: 0, count: batches * m * n)
    for batch in 0..<batches {
      let right = b.shape.count == 2 ? 0 : batch * k * n
      for i in 0..<m {
        for p in 0..<k {
          let value = a.data[(batch * m + i) * k + p]
          for j in 0..<n { data[(batch * m + i) * n + j] += value * b.data[right + p * n + j] }
        }
      }
    }
    return Values(shape: a.shape.dropLast(2) + [m, n], data: data)
  }
}
