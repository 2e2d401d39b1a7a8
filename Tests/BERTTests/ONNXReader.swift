import Files

/// A node of an ONNX file as the tests read it back.
struct ONNXNode {
  var inputs: [String] = []
  var outputs: [String] = []
  var operation = ""
  var integers: [String: [Int]] = [:]
  var floats: [String: Float] = [:]
}

/// Values of any shape in double precision.
struct Values {
  var shape: [Int]
  var data: [Double]
}

/// An ONNX file read back field by field, independently of the code that wrote it.
struct ONNXReader {
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [String: Values] = [:]
  /// Their names as they stand in the file, one of each where every weight is written once.
  private(set) var initializerNames: [String] = []
  /// The numbers of each constant as onnx.proto counts them: 1 float, 3 signed bytes, 7 64-bit integers.
  private(set) var types: [String: Int] = [:]
  private(set) var metadata: [String: String] = [:]
  private(set) var inputs: [String] = []
  private(set) var outputs: [String] = []
  private(set) var opset = 0

  struct Malformed: Error {}

  init(_ path: String) throws {
    for field in try Self.fields(try Files.read(path)) {
      switch field.number {
      case 7: try readGraph(field.bytes)
      case 8: opset = try Self.fields(field.bytes).first { $0.number == 2 }?.integer ?? 0
      case 14:
        let parts = try Self.fields(field.bytes)
        metadata[parts[0].text] = parts[1].text
      default: break
      }
    }
  }

  private mutating func readGraph(_ bytes: [UInt8]) throws {
    for field in try Self.fields(bytes) {
      switch field.number {
      case 1: nodes.append(try Self.node(field.bytes))
      case 5:
        let (name, type, values) = try Self.tensor(field.bytes)
        (initializers[name], types[name]) = (values, type)
        initializerNames.append(name)
      case 11: inputs.append(try Self.fields(field.bytes)[0].text)
      case 12: outputs.append(try Self.fields(field.bytes)[0].text)
      default: break
      }
    }
  }

  private static func node(_ bytes: [UInt8]) throws -> ONNXNode {
    var node = ONNXNode()
    for field in try fields(bytes) {
      switch field.number {
      case 1: node.inputs.append(field.text)
      case 2: node.outputs.append(field.text)
      case 4: node.operation = field.text
      case 5:
        let parts = try fields(field.bytes)
        let name = parts.first { $0.number == 1 }?.text ?? ""
        let integers = parts.filter { $0.number == 3 || $0.number == 8 }.map(\.integer)
        if !integers.isEmpty { node.integers[name] = integers }
        for part in parts where part.number == 2 {
          node.floats[name] = Float(bitPattern: UInt32(part.integer))
        }
      default: break
      }
    }
    return node
  }

  private static func tensor(_ bytes: [UInt8]) throws -> (String, Int, Values) {
    var name = ""
    var type = 0
    var shape: [Int] = []
    var raw: [UInt8] = []
    for field in try fields(bytes) {
      switch field.number {
      case 1: shape.append(field.integer)
      case 2: type = field.integer
      case 8: name = field.text
      case 9: raw = field.bytes
      default: break
      }
    }
    guard let width = [1: 4, 3: 1, 7: 8][type] else { throw Malformed() }
    guard raw.count == shape.reduce(width, *) else { throw Malformed() }
    let data = raw.withUnsafeBytes { bytes in
      (0..<raw.count / width).map { index in
        switch type {
        case 1: Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
        case 3: Double(bytes.load(fromByteOffset: index, as: Int8.self))
        default: Double(bytes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
        }
      }
    }
    return (name, type, Values(shape: shape, data: data))
  }

  private struct Field {
    var number: Int
    var integer = 0
    var bytes: [UInt8] = []
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private static func fields(_ bytes: [UInt8]) throws -> [Field] {
    var result: [Field] = []
    var position = 0
    func varint() throws -> UInt64 {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while true {
        guard position < bytes.count else { throw Malformed() }
        value |= UInt64(bytes[position] & 0x7F) << shift
        position += 1
        if bytes[position - 1] & 0x80 == 0 { return value }
        shift += 7
      }
    }
    while position < bytes.count {
      let tag = try varint()
      var field = Field(number: Int(tag >> 3))
      switch tag & 7 {
      case 0: field.integer = Int(truncatingIfNeeded: try varint())
      case 5:
        for index in 0..<4 { field.integer |= Int(bytes[position + index]) << (8 * index) }
        position += 4
      case 2:
        let count = Int(try varint())
        guard position + count <= bytes.count else { throw Malformed() }
        field.bytes = Array(bytes[position..<position + count])
        position += count
      default: throw Malformed()
      }
      result.append(field)
    }
    return result
  }
}
