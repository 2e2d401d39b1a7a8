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
    /// Whether the buffer holds it: not where a model keeps it in a smaller format.
    public var isInBuffer = true

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
    append(Entry(name: name, shape: shape, offset: count, decays: decays))
  }

  private mutating func append(_ entry: Entry) {
    precondition(places[entry.name] == nil, "parameter \(entry.name) is there already")
    places[entry.name] = entries.count
    entries.append(entry)
    if entry.isInBuffer { count += (entry.count + 15) / 16 * 16 }
  }

  /// The same parameters, those at some places without room in the buffer.
  func without(_ places: Set<Int>) -> ParameterLayout {
    var layout = ParameterLayout()
    for (place, entry) in entries.enumerated() {
      layout.append(
        Entry(
          name: entry.name, shape: entry.shape, offset: layout.count, decays: entry.decays,
          isInBuffer: !places.contains(place)))
    }
    return layout
  }

  /// The parameter of that name.
  public func entry(_ name: String) -> Entry? { places[name].map { entries[$0] } }
}
