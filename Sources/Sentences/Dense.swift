import BERT
import Files
import Glibc

/// A linear layer behind a sentence's vector, as sentence-transformers keeps one in `2_Dense`: `y = f(W x + b)`.
public struct Dense: Sendable, Equatable {
  /// Numbers of what goes in.
  public let inputs: Int
  /// Numbers of what comes out.
  public let outputs: Int
  /// Row by row.  // [outputs, inputs]
  let weight: [Float]
  /// None where the layer has none.  // [outputs]
  let bias: [Float]?
  /// Whether f is tanh; it is nothing otherwise.
  let isTanh: Bool

  /// A layer without bias and without f, such as a learnt projection: a row for each number that comes out.
  public init(weight rows: [[Float]]) {
    precondition(!rows.isEmpty && rows.allSatisfy { $0.count == rows[0].count }, "rows of one width")
    (inputs, outputs, weight) = (rows[0].count, rows.count, rows.flatMap(\.self))
    (bias, isTanh) = (nil, false)
  }

  private struct Config: Codable {
    var inFeatures: Int
    var outFeatures: Int
    var bias: Bool
    var activation: String

    enum CodingKeys: String, CodingKey {
      case bias
      case inFeatures = "in_features"
      case outFeatures = "out_features"
      case activation = "activation_function"
    }
  }

  private static let identity = "torch.nn.modules.linear.Identity"
  private static let tanh = "torch.nn.modules.activation.Tanh"

  /// Reads a folder; throws for a function that is neither tanh nor none, and for weights of another shape.
  init(directory: String) throws {
    let path = directory + "/config.json"
    let config = try JSON.decode(Config.self, from: path)
    guard [Self.identity, Self.tanh].contains(config.activation) else {
      throw SentenceError.settings(
        path: path, expected: "an activation_function of \(Self.identity) or \(Self.tanh)",
        found: config.activation)
    }
    isTanh = config.activation == Self.tanh
    (inputs, outputs) = (config.inFeatures, config.outFeatures)
    let file = try SafetensorsFile(directory + "/model.safetensors")
    func values(_ name: String, _ shape: [Int]) throws -> [Float] {
      guard let tensor = file[name], tensor.shape == shape else {
        throw SentenceError.settings(
          path: file.path, expected: "\(name) of shape \(shape)",
          found: file[name].map { "shape \($0.shape)" } ?? "no such tensor")
      }
      return try tensor.floats()
    }
    weight = try values("linear.weight", [outputs, inputs])
    bias = config.bias ? try values("linear.bias", [outputs]) : nil
  }

  /// Writes the layer into a folder as sentence-transformers reads it; throws `FileError`.
  func write(to directory: String) throws {
    let config = Config(
      inFeatures: inputs, outFeatures: outputs, bias: bias != nil,
      activation: isTanh ? Self.tanh : Self.identity)
    try weight.withUnsafeBufferPointer { weight in
      try (bias ?? []).withUnsafeBufferPointer { bias in
        try SafetensorsWriter.write(
          [("linear.weight", [outputs, inputs], weight)]
            + (bias.isEmpty ? [] : [("linear.bias", [outputs], bias)]),
          to: directory + "/model.safetensors")
      }
    }
    try Files.write(try JSON.encode(config), to: directory + "/config.json")
  }

  /// What comes out of a vector, summed in double precision.  // [inputs] to [outputs]
  func applied(to x: [Float]) -> [Float] {
    (0..<outputs).map { row in
      var sum = Double(bias?[row] ?? 0)
      for column in 0..<inputs { sum += Double(weight[row * inputs + column]) * Double(x[column]) }
      return Float(isTanh ? Glibc.tanh(sum) : sum)
    }
  }
}
