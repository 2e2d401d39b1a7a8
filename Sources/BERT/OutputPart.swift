public import Tensors

/// A part of what a forward pass can give, most of them of one layer.
///
/// Layers are counted from 1; layer 0 of the states is the embedding output. A new part is a case here, with its
/// answers to the questions below, and a line each way in the layer that computes it: requests, outputs, gradients
/// and caches know no part by name.
public enum OutputPart: Hashable, Sendable {
  /// What the head says.  // [sequences, labels], or [tokens, vocabulary] for masked language modelling
  case logits
  /// States of every token.  // [tokens, hidden]
  case hiddenStates(Int)
  /// States of the first token of each sequence.  // [sequences, hidden]
  case firstTokenStates(Int)
  /// Attention after the softmax.  // for each sequence [heads, n, n]
  case attentionProbabilities(Int)
  /// Attention before the softmax, scaled.  // for each sequence [heads, n, n]
  case attentionScores(Int)
  /// Queries of all heads side by side.  // [tokens, hidden]
  case query(Int)
  /// Keys of all heads side by side.  // [tokens, hidden]
  case key(Int)
  /// Values of all heads side by side.  // [tokens, hidden]
  case value(Int)

  /// What a part has a row, or a map, of.
  public enum Extent: Sendable {
    /// Rows of a head.
    case logits
    /// A row of the hidden size for each token.
    case tokens
    /// A row of the hidden size for each sequence.
    case sequences
    /// A map for each head of each sequence.
    case maps
  }

  /// What it has a row, or a map, of.
  public var extent: Extent {
    switch self {
    case .logits: .logits
    case .hiddenStates, .query, .key, .value: .tokens
    case .firstTokenStates: .sequences
    case .attentionProbabilities, .attentionScores: .maps
    }
  }

  /// The layer that it is of; nil for the head.
  public var layer: Int? {
    switch self {
    case .logits: nil
    case .hiddenStates(let layer), .firstTokenStates(let layer), .attentionProbabilities(let layer),
      .attentionScores(let layer), .query(let layer), .key(let layer), .value(let layer):
      layer
    }
  }

  /// Whether it is computed inside a layer, not what goes from one to the next.
  var isInside: Bool {
    switch self {
    case .logits, .hiddenStates, .firstTokenStates: false
    case .attentionProbabilities, .attentionScores, .query, .key, .value: true
    }
  }

  /// What it is called, in the order of a stored row.
  private var name: (order: Int, text: String) {
    switch self {
    case .logits: (0, "logits")
    case .hiddenStates: (1, "hidden")
    case .firstTokenStates: (2, "first")
    case .attentionProbabilities: (3, "probabilities")
    case .attentionScores: (4, "scores")
    case .query: (5, "query")
    case .key: (5, "key")
    case .value: (5, "value")
    }
  }
}

extension OutputPart: Comparable, CustomStringConvertible {
  /// The order in which parts are stored: kind by kind, layer by layer; query, key and value of a layer together.
  public static func < (one: OutputPart, other: OutputPart) -> Bool {
    let kinds = ["query": 0, "key": 1, "value": 2]
    let (a, b) = (one.name, other.name)
    return (a.order, one.layer ?? 0, kinds[a.text] ?? 0) < (b.order, other.layer ?? 0, kinds[b.text] ?? 0)
  }

  /// Its name and its layer, such as `hidden 2`; names of stored parts are made of it.
  public var description: String { name.text + (layer.map { " \($0)" } ?? "") }
}

/// Values by part: what an output and its gradient have in common, and short names for the parts.
public protocol PartValues {
  /// What there is, by part.
  var values: [OutputPart: PartValue] { get set }
}

extension PartValues {
  /// What the head says, or its gradient.
  public var logits: Matrix? {
    get { values[.logits]?.matrix }
    set { values[.logits] = newValue.map { .rows($0) } }
  }
  /// States of every token by layer.  // [tokens, hidden]
  public var hiddenStates: [Int: Matrix] {
    get { rows(OutputPart.hiddenStates) }
    set { set(newValue, OutputPart.hiddenStates) }
  }
  /// States of the first token of each sequence by layer.  // [sequences, hidden]
  public var firstTokenStates: [Int: Matrix] {
    get { rows(OutputPart.firstTokenStates) }
    set { set(newValue, OutputPart.firstTokenStates) }
  }
  /// Attention after the softmax by layer.
  public var attentionProbabilities: [Int: AttentionMaps] {
    get { maps(OutputPart.attentionProbabilities) }
    set { set(newValue, OutputPart.attentionProbabilities) }
  }
  /// Attention before the softmax by layer.
  public var attentionScores: [Int: AttentionMaps] {
    get { maps(OutputPart.attentionScores) }
    set { set(newValue, OutputPart.attentionScores) }
  }
  /// Queries, keys and values by layer, where all three are there.
  public var projections: [Int: Projections] {
    get {
      let (keys, values) = (rows(OutputPart.key), rows(OutputPart.value))
      var result: [Int: Projections] = [:]
      for (layer, query) in rows(OutputPart.query) {
        guard let key = keys[layer], let value = values[layer] else { continue }
        result[layer] = Projections(query: query, key: key, value: value)
      }
      return result
    }
    set {
      set(newValue.mapValues(\.query), OutputPart.query)
      set(newValue.mapValues(\.key), OutputPart.key)
      set(newValue.mapValues(\.value), OutputPart.value)
    }
  }

  private func rows(_ part: (Int) -> OutputPart) -> [Int: Matrix] { byLayer(part, \.matrix) }
  private func maps(_ part: (Int) -> OutputPart) -> [Int: AttentionMaps] {
    byLayer(part) { if case .maps(let maps) = $0 { maps } else { nil } }
  }
  private func byLayer<Value>(
    _ part: (Int) -> OutputPart, _ read: (PartValue) -> Value?
  ) -> [Int: Value] {
    var result: [Int: Value] = [:]
    for (key, value) in values {
      guard let layer = key.layer, key == part(layer) else { continue }
      result[layer] = read(value)
    }
    return result
  }
  private mutating func set(_ rows: [Int: Matrix], _ part: (Int) -> OutputPart) {
    set(rows.mapValues { PartValue.rows($0) }, part)
  }
  private mutating func set(_ maps: [Int: AttentionMaps], _ part: (Int) -> OutputPart) {
    set(maps.mapValues { PartValue.maps($0) }, part)
  }
  private mutating func set(_ new: [Int: PartValue], _ part: (Int) -> OutputPart) {
    for key in values.keys {
      if let layer = key.layer, key == part(layer) { values[key] = nil }
    }
    for (layer, value) in new { values[part(layer)] = value }
  }
}

extension OutputRequest {
  /// Whether the head's logits are wanted.
  public var logits: Bool {
    get { parts.contains(.logits) }
    set { if newValue { parts.insert(.logits) } else { parts.remove(.logits) } }
  }
  /// Layers whose output is wanted for every token, 0 being the embeddings.
  public var hiddenStates: Set<Int> {
    get { layers(OutputPart.hiddenStates) }
    set { set(newValue, OutputPart.hiddenStates) }
  }
  /// Layers whose output is wanted for the first token of each sequence, 0 being the embeddings.
  public var firstTokenStates: Set<Int> {
    get { layers(OutputPart.firstTokenStates) }
    set { set(newValue, OutputPart.firstTokenStates) }
  }
  /// Layers whose attention probabilities are wanted.
  public var attentionProbabilities: Set<Int> {
    get { layers(OutputPart.attentionProbabilities) }
    set { set(newValue, OutputPart.attentionProbabilities) }
  }
  /// Layers whose attention scores (before the softmax, scaled) are wanted.
  public var attentionScores: Set<Int> {
    get { layers(OutputPart.attentionScores) }
    set { set(newValue, OutputPart.attentionScores) }
  }
  /// Layers whose queries, keys and values are all wanted.
  public var projections: Set<Int> {
    get {
      layers(OutputPart.query).intersection(layers(OutputPart.key)).intersection(layers(OutputPart.value))
    }
    set { for part in [OutputPart.query, OutputPart.key, OutputPart.value] { set(newValue, part) } }
  }

  private func layers(_ part: (Int) -> OutputPart) -> Set<Int> {
    Set(parts.compactMap { key in key.layer.flatMap { key == part($0) ? $0 : nil } })
  }
  private mutating func set(_ layers: Set<Int>, _ part: (Int) -> OutputPart) {
    parts = parts.filter { key in key.layer.map { key != part($0) } ?? true }
    for layer in layers { parts.insert(part(layer)) }
  }
}
