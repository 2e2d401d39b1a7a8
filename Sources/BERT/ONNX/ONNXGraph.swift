import Files

/// An ONNX graph under construction: nodes, constants, inputs and outputs.
///
/// Field numbers are those of onnx.proto (ONNX IR version 8). Large constants are kept as closures and
/// streamed on writing, so that a graph costs no second copy of the weights.
struct ONNXGraph {
  /// A constant that is written when its turn comes.
  struct Initializer {
    /// The fields before the data, and the length of the data.
    let header: ProtobufMessage
    let byteCount: Int
    let write: ((UnsafeBufferPointer<UInt8>) throws -> Void) throws -> Void
  }

  /// An attribute of a node.
  enum Attribute {
    case int(Int)
    case ints([Int])
    case float(Float)
  }

  private(set) var initializers: [Initializer] = []
  private var constants: Set<String> = []
  private var fields = ProtobufMessage()
  private var nodeCount = 0

  /// Adds a node and returns the name of its one output.
  mutating func node(
    _ operation: String, _ inputs: [String], output: String? = nil, _ attributes: [(String, Attribute)] = []
  )
    -> String
  {
    nodeCount += 1
    let result = output ?? "\(operation.lowercased())_\(nodeCount)"
    add(operation, inputs, outputs: [result], attributes)
    return result
  }

  /// Adds a node of several outputs and returns their names.
  mutating func node(_ operation: String, _ inputs: [String], outputs: [String]) -> [String] {
    nodeCount += 1
    let results = outputs.map { "\(operation.lowercased())_\(nodeCount)_\($0)" }
    add(operation, inputs, outputs: results, [])
    return results
  }

  private mutating func add(
    _ operation: String, _ inputs: [String], outputs: [String], _ attributes: [(String, Attribute)]
  ) {
    var message = ProtobufMessage()
    for input in inputs { message.add(1, string: input) }
    for output in outputs { message.add(2, string: output) }
    message.add(3, string: "\(operation)_\(nodeCount)")
    message.add(4, string: operation)
    for (name, value) in attributes { message.add(5, message: Self.encode(name, value)) }
    fields.add(1, message: message)
  }

  /// Adds a small constant of 64-bit integers, once by its name; no shape means a vector.
  mutating func constant(_ name: String, integers values: [Int], shape: [Int]? = nil) -> String {
    guard constants.insert(name).inserted else { return name }
    var header = Self.tensorHeader(name, shape: shape ?? [values.count], type: 7)
    header.addHeader(9, byteCount: values.count * 8)
    let data = values.flatMap { value in withUnsafeBytes(of: Int64(value).littleEndian) { Array($0) } }
    initializers.append(
      Initializer(header: header, byteCount: data.count) { sink in try data.withUnsafeBufferPointer(sink) })
    return name
  }

  /// Adds a constant of floats, once by its name, that `rows` gives, a row at a time, when the file is written.
  mutating func constant(
    _ name: String, shape: [Int], rowCount: Int, row: @escaping (Int) -> [Float]
  ) -> String {
    guard constants.insert(name).inserted else { return name }
    let byteCount = shape.reduce(4, *)
    var header = Self.tensorHeader(name, shape: shape, type: 1)
    header.addHeader(9, byteCount: byteCount)
    initializers.append(
      Initializer(header: header, byteCount: byteCount) { sink in
        for index in 0..<rowCount {
          try row(index).withUnsafeBytes { try sink($0.bindMemory(to: UInt8.self)) }
        }
      })
    return name
  }

  /// Adds a constant of signed bytes, once by its name, that `rows` gives, a row at a time, when the file is written.
  mutating func constant(
    _ name: String, shape: [Int], rowCount: Int, bytes row: @escaping (Int) -> [UInt8]
  ) -> String {
    guard constants.insert(name).inserted else { return name }
    let byteCount = shape.reduce(1, *)
    var header = Self.tensorHeader(name, shape: shape, type: 3)
    header.addHeader(9, byteCount: byteCount)
    initializers.append(
      Initializer(header: header, byteCount: byteCount) { sink in
        for index in 0..<rowCount { try row(index).withUnsafeBufferPointer(sink) }
      })
    return name
  }

  /// Adds a scalar constant.
  mutating func constant(_ name: String, _ value: Float) -> String {
    constant(name, shape: [], rowCount: 1) { _ in [value] }
  }

  /// Declares an input of 64-bit integers; dimensions are names.
  mutating func input(_ name: String, dimensions: [String]) {
    fields.add(11, message: Self.valueInfo(name, type: 7, dimensions: dimensions))
  }

  /// Declares an output of floats; dimensions are names or numbers.
  mutating func output(_ name: String, dimensions: [String]) {
    fields.add(12, message: Self.valueInfo(name, type: 1, dimensions: dimensions))
  }

  /// Writes a whole model file, or nothing if that fails.
  ///
  /// Throws `FileError` where the disk refuses or the model is beyond the 2 GiB that one file can hold.
  func write(to path: String, metadata: [(key: String, value: String)], producerVersion: String) throws {
    var graph = fields
    graph.add(2, string: "bert")
    var graphLength = graph.bytes.count
    for initializer in initializers {
      let length = initializer.header.bytes.count + initializer.byteCount
      var prefix = ProtobufMessage()
      prefix.addHeader(5, byteCount: length)
      graphLength += prefix.bytes.count + length
    }
    guard graphLength < 1 << 31 - 1 << 20 else {
      throw FileError(
        path: path, operation: "write",
        reason: "a model of \(graphLength) bytes does not fit one ONNX file (2 GiB)")
    }

    var model = ProtobufMessage()
    model.add(1, integer: 8)
    model.add(2, string: "anneal")
    model.add(3, string: producerVersion)
    var opset = ProtobufMessage()
    opset.add(1, string: "")
    opset.add(2, integer: 17)
    model.add(8, message: opset)
    for (key, value) in metadata {
      var entry = ProtobufMessage()
      entry.add(1, string: key)
      entry.add(2, string: value)
      model.add(14, message: entry)
    }
    model.addHeader(7, byteCount: graphLength)

    let file = try AtomicFile(path)
    try file.append(model.bytes)
    try file.append(graph.bytes)
    for initializer in initializers {
      var prefix = ProtobufMessage()
      prefix.addHeader(5, byteCount: initializer.header.bytes.count + initializer.byteCount)
      try file.append(prefix.bytes)
      try file.append(initializer.header.bytes)
      try initializer.write { try file.append($0) }
    }
    try file.commit()
  }

  private static func tensorHeader(_ name: String, shape: [Int], type: Int) -> ProtobufMessage {
    var message = ProtobufMessage()
    for dimension in shape { message.add(1, integer: dimension) }
    message.add(2, integer: type)
    message.add(8, string: name)
    return message
  }

  private static func valueInfo(_ name: String, type: Int, dimensions: [String]) -> ProtobufMessage {
    var shape = ProtobufMessage()
    for dimension in dimensions {
      var message = ProtobufMessage()
      if let size = Int(dimension) {
        message.add(1, integer: size)
      } else {
        message.add(2, string: dimension)
      }
      shape.add(1, message: message)
    }
    var tensor = ProtobufMessage()
    tensor.add(1, integer: type)
    tensor.add(2, message: shape)
    var typeMessage = ProtobufMessage()
    typeMessage.add(1, message: tensor)
    var result = ProtobufMessage()
    result.add(1, string: name)
    result.add(2, message: typeMessage)
    return result
  }

  private static func encode(_ name: String, _ value: Attribute) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, string: name)
    switch value {
    case .float(let number):
      message.add(2, float: number)
      message.add(20, integer: 1)
    case .int(let number):
      message.add(3, integer: number)
      message.add(20, integer: 2)
    case .ints(let numbers):
      for number in numbers { message.add(8, integer: number) }
      message.add(20, integer: 7)
    }
    return message
  }
}
