import Tensors

/// The order of one epoch over a corpus: which block after which, and how many rows of each.
///
/// A function of (seed, stage, epoch) and of the corpus alone. The blocks of all files are mixed; of a file that is
/// plain they come in random order, of a packed one as they lie. Rows are shuffled within windows of blocks, so that no
/// more than a window is ever in memory.
struct TextPlan {
  /// A block that is read, and how many rows of it are taken, from the first.
  struct Visit: Equatable {
    let file: Int
    let block: Int
    let rows: Int
    /// The number in its file of the block's first row.
    let firstRow: Int
  }

  /// Blocks whose rows are shuffled together.
  static let windowSize = 8

  let visits: [Visit]
  /// Where the rows of each window begin, and their number at the end.  // [windows + 1]
  let windowStarts: [Int]

  init(_ files: [TextCorpus.File], seed: UInt64, stage: Int, epoch: Int) {
    let stream = UInt64(stage) << 32 | UInt64(epoch)
    let own = files.enumerated().map { number, file in
      Self.visits(
        file, number: number, random: CounterRandom(seed: seed, purpose: .init("text"), step: stream))
    }
    let owners = own.enumerated().flatMap { [Int](repeating: $0, count: $1.count) }
    let order = CounterRandom(seed: seed, purpose: .init("text files"), step: stream).shuffled(owners.count)
    var next = [Int](repeating: 0, count: files.count)
    visits = order.map { place in
      let file = owners[place]
      defer { next[file] += 1 }
      return own[file][next[file]]
    }
    var starts = [0]
    for start in stride(from: 0, to: visits.count, by: Self.windowSize) {
      let rows = visits[start..<min(start + Self.windowSize, visits.count)].reduce(0) { $0 + $1.rows }
      starts.append(starts[starts.count - 1] + rows)
    }
    windowStarts = starts
  }

  /// The visits to a file, as often as its weight says; the last one may be of a part of its block.
  private static func visits(_ file: TextCorpus.File, number: Int, random: CounterRandom) -> [Visit] {
    var whole: [Visit] = []
    var firstRow = 0
    for (block, found) in file.index.blocks.enumerated() {
      let rows = min(found.rows, max(0, file.trainingRows - firstRow))
      if rows > 0 { whole.append(Visit(file: number, block: block, rows: rows, firstRow: firstRow)) }
      firstRow += found.rows
    }
    var visits: [Visit] = []
    var (wanted, pass) = (TextCorpus.wanted(file), 0)
    while wanted > 0 {
      // Streams of passes are told apart by a part of their seed.
      let key = random.bits(UInt64(number) << 32 | UInt64(pass))
      let order =
        file.index.isPacked
        ? Array(whole.indices)
        : CounterRandom(seed: key, purpose: .init("text blocks")).shuffled(whole.count)
      for place in order where wanted > 0 {
        let visit = whole[place]
        let rows = min(visit.rows, wanted)
        visits.append(Visit(file: number, block: visit.block, rows: rows, firstRow: visit.firstRow))
        wanted -= rows
      }
      pass += 1
    }
    return visits
  }

  /// The window that holds a row of the epoch.
  func window(of row: Int) -> Int {
    var (low, high) = (0, windowStarts.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if windowStarts[middle] <= row { low = middle } else { high = middle }
    }
    return low
  }

  /// The visits of a window.
  func visits(in window: Int) -> ArraySlice<Visit> {
    visits[window * Self.windowSize..<min((window + 1) * Self.windowSize, visits.count)]
  }
}
