extension Ranks {
  /// Adds the numbers of all ranks, place by place; every rank gets the same bytes.
  ///
  /// Additions stand in a binary tree over the ranks: neighbours first, then neighbours of pairs. So a sum over 2, 4 or
  /// 8 ranks is that of a tree whose leaves each have a part of it, and where the parts lie does not matter. Of a number
  /// of ranks that is no power of two, those beyond the largest one add theirs to the first ones before.
  ///
  /// Recursive halving, then doubling (Thakur, Rabenseifner and Gropp 2005): a rank sends and receives
  /// `2 · bytes · (N - 1) / N` in `2 log2 N` messages. `beside` others that compute, it waits without taking a processor
  /// from them. Throws what the communicator throws.
  public func sum(_ values: UnsafeMutableBufferPointer<Float>, beside: Bool = false) throws {
    guard !isAlone, !values.isEmpty else { return }
    var power = 1
    while power * 2 <= size { power *= 2 }
    let scratch = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: power < size ? values.count : (values.count + 1) / 2)
    defer { scratch.deallocate() }
    if rank >= power {
      try exchange(values, values.indices, into: scratch, 0..<0, with: rank - power, beside)
      try exchange(values, 0..<0, into: values, values.indices, with: rank - power, beside)
      return
    }
    if rank + power < size {
      try exchange(values, 0..<0, into: scratch, values.indices, with: rank + power, beside)
      Self.add(scratch, to: values, values.indices)
    }
    var steps: [(partner: Int, mine: Range<Int>, theirs: Range<Int>)] = []
    var range = values.indices
    var distance = 1
    while distance < power {
      let middle = range.lowerBound + range.count / 2
      let halves = (range.lowerBound..<middle, middle..<range.upperBound)
      let (mine, theirs) = rank & distance == 0 ? halves : (halves.1, halves.0)
      try exchange(values, theirs, into: scratch, 0..<mine.count, with: rank ^ distance, beside)
      Self.add(scratch, to: values, mine)
      steps.append((rank ^ distance, mine, theirs))
      range = mine
      distance *= 2
    }
    for step in steps.reversed() {
      try exchange(values, step.mine, into: values, step.theirs, with: step.partner, beside)
    }
    if rank + power < size {
      try exchange(values, values.indices, into: scratch, 0..<0, with: rank + power, beside)
    }
  }

  private static func add(
    _ other: UnsafeMutableBufferPointer<Float>, to values: UnsafeMutableBufferPointer<Float>,
    _ range: Range<Int>
  ) {
    guard let to = values.baseAddress, let from = other.baseAddress else { return }
    for i in 0..<range.count { to[range.lowerBound + i] += from[i] }
  }

  private func exchange(
    _ values: UnsafeMutableBufferPointer<Float>, _ sent: Range<Int>,
    into other: UnsafeMutableBufferPointer<Float>, _ received: Range<Int>, with partner: Int,
    _ beside: Bool
  ) throws {
    traffic.sent(sent.count * MemoryLayout<Float>.size)
    try communicator.exchange(
      UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: values[sent])),
      into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: other[received])),
      with: partner, beside: beside)
  }
}
