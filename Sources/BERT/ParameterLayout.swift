/// The names, shapes and places of parameters that live in one buffer.
public struct ParameterLayout: Sendable, Equatable {
  /// One named parameter.
  public struct Entry: Sendable, Equatable {
    /// The name that Hugging Face gives it, such as `bert.encoder.layer.0.output.dense.weight`.
    public let name: String
    /// One or two dimensions: [outputs, inputs] for a weight matrix.
    public let shape: [Int]
    /// The first float of it in the buffer, on a 64-byte boundary.
    public let offset: Int
    /// Whether weight decay applies: not on biases and LayerNorm weights.
    public let decays: Bool

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }
  }

  /// All parameters in the order of their offsets.
  public private(set) var entries: [Entry] = []
  /// The floats that a buffer of this layout needs.
  public private(set) var count = 0
  private var places: [String: Int] = [:]

  /// An empty layout.
  public init() {}

  /// Adds a parameter at the end, on a 64-byte boundary.
  public mutating func append(_ name: String, shape: [Int], decays: Bool) {
    precondition(places[name] == nil, "parameter \(name) is there already")
    places[name] = entries.count
    entries.append(Entry(name: name, shape: shape, offset: count, decays: decays))
    count += (shape.reduce(1, *) + 15) / 16 * 16
  }

  /// The parameter of that name.
  public func entry(_ name: String) -> Entry? { places[name].map { entries[$0] } }
}
