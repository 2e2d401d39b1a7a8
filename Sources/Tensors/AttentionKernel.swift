import CKernels

/// Scaled dot-product attention of one layer over packed sequences, one head of one sequence at a time on the
/// threads of `Parallel`.
///
/// Maps are not kept: the way back computes them again from the greatest score and the sum of each row.
public struct AttentionKernel {
  /// The number of heads, side by side in every row.
  public var heads: Int
  /// Floats of one head.
  public var size: Int
  /// Where each sequence starts in the tokens, and the number of tokens.  // [sequences + 1]
  public var starts: [Int]
  /// Where the n x n map of one head of each sequence starts.  // [sequences + 1]
  public var mapStarts: [Int]
  /// Whether only the first token of each sequence asks; queries and context then have a row a sequence.
  public var firstQueriesOnly: Bool
  /// The share of probabilities that is dropped.
  public var dropRate = 0.0
  /// A key for each sequence.  // [sequences]
  public var dropKeys: UnsafePointer<UInt64>?
  /// What distinguishes this layer's dropout.
  public var dropPurpose: UInt64 = 0

  /// Attention without dropout.
  public init(heads: Int, size: Int, starts: [Int], mapStarts: [Int], firstQueriesOnly: Bool) {
    self.heads = heads
    self.size = size
    self.starts = starts
    self.mapStarts = mapStarts
    self.firstQueriesOnly = firstQueriesOnly
  }

  /// Queries, keys and values, or their gradients: rows may be parts of longer rows.
  public struct Operands {
    /// Queries, a row a token, or a row a sequence if only first queries ask.
    public var query: Matrix
    /// Keys, a row a token.
    public var key: Matrix
    /// Values, with the stride of `key`.
    public var value: Matrix

    /// Three matrices of heads side by side.
    public init(query: Matrix, key: Matrix, value: Matrix) {
      precondition(key.stride == value.stride, "keys and values lie differently")
      self.query = query
      self.key = key
      self.value = value
    }
  }

  /// Maps of a whole layer that go along with a pass: for each sequence, then head, n x n floats end to end.
  public struct Maps {
    /// Scores before the softmax, scaled, or their gradient.
    public var scores: UnsafeMutablePointer<Float>?
    /// Probabilities before dropout, or their gradient.
    public var probabilities: UnsafeMutablePointer<Float>?

    /// The maps that are there.
    public init(scores: UnsafeMutablePointer<Float>?, probabilities: UnsafeMutablePointer<Float>?) {
      self.scores = scores
      self.probabilities = probabilities
    }
  }

  /// The number of floats of `statistics` in both passes.
  public func statisticsCount(queries: Int) -> Int { 2 * heads * queries }

  /// context = drop(softmax(Q Kᵀ / sqrt(size))) V for every head; fills the maps that are there.
  public func forward(
    _ operands: Operands, into context: Matrix, maps: Maps, statistics: UnsafeMutablePointer<Float>
  ) {
    Parallel.forEach(count: (starts.count - 1) * heads) { item in
      let place = place(item)
      var head = head(place, operands, statistics)
      ck_attention(
        &head, context.base + place.queryRow * context.stride + place.column, context.stride,
        maps.scores.map { $0 + place.map }, maps.probabilities.map { $0 + place.map })
    }
  }

  /// The way back: writes the gradients of queries, keys and values.
  ///
  /// With first queries only, the gradient of the other queries is none, and `gradients.query` has a row a
  /// sequence.
  public func backward(
    _ operands: Operands, contextGradient: Matrix, mapGradients: Maps, into gradients: Operands,
    statistics: UnsafeMutablePointer<Float>
  ) {
    Parallel.forEach(count: (starts.count - 1) * heads) { item in
      let place = place(item)
      var head = head(place, operands, statistics)
      let token = starts[place.sequence] * gradients.key.stride + place.column
      ck_attention_backward(
        &head, contextGradient.base + place.queryRow * contextGradient.stride + place.column,
        contextGradient.stride, mapGradients.scores.map { $0 + place.map },
        mapGradients.probabilities.map { $0 + place.map },
        gradients.query.base + place.queryRow * gradients.query.stride + place.column,
        gradients.query.stride, gradients.key.base + token, gradients.value.base + token,
        gradients.key.stride)
    }
  }

  private struct Place {
    var sequence: Int
    var head: Int
    var column: Int
    var queryRow: Int
    var map: Int
  }

  private func place(_ item: Int) -> Place {
    let (sequence, head) = (item / heads, item % heads)
    let n = starts[sequence + 1] - starts[sequence]
    return Place(
      sequence: sequence, head: head, column: head * size,
      queryRow: firstQueriesOnly ? sequence : starts[sequence],
      map: heads * mapStarts[sequence] + head * n * n)
  }

  private func head(_ place: Place, _ operands: Operands, _ statistics: UnsafeMutablePointer<Float>)
    -> ck_head
  {
    let n = starts[place.sequence + 1] - starts[place.sequence]
    let queries = firstQueriesOnly ? 1 : n
    let token = starts[place.sequence] * operands.key.stride + place.column
    var head = ck_head()
    head.keys = n
    head.queries = queries
    head.size = size
    head.query = UnsafePointer(operands.query.base + place.queryRow * operands.query.stride + place.column)
    head.key = UnsafePointer(operands.key.base + token)
    head.value = UnsafePointer(operands.value.base + token)
    head.queryStride = operands.query.stride
    head.stride = operands.key.stride
    head.scale = 1 / Float(size).squareRoot()
    head.statistics = statistics + 2 * (place.queryRow * heads + place.head * queries)
    if dropRate > 0, let dropKeys {
      let salt = Dropout.salt(dropPurpose &* 4096 &+ UInt64(place.head))
      head.dropKey = CounterRandom.mix(dropKeys[place.sequence] ^ salt)
      head.dropThreshold = Dropout.threshold(dropRate)
      head.dropScale = Dropout.scale(dropRate)
    }
    return head
  }
}
