/// Joins the best pair of neighbours, again and again, updating only the words that hold it.
///
/// The candidates lie in a heap whose entries may be out of date; an entry counts only if its score is the
/// pair's present one. Ties go to the pair with the smaller ids: earlier tokens first.
struct PairJoiner {
  private struct Pair {
    let left: Int32
    let right: Int32
    var count: Int64 = 0
    /// Words that hold the pair or once did; may name a word twice.
    var words: [Int32] = []
  }

  private struct Candidate {
    let score: Double
    let left: Int32
    let right: Int32
    let pair: Int32

    func isBetter(than other: Candidate) -> Bool {
      if score != other.score { return score > other.score }
      return left != other.left ? left < other.left : right < other.right
    }
  }

  private var sequences: WordSequences
  private var lengths: [Int32]
  private let algorithm: VocabularyTrainer.Algorithm
  private let minimumFrequency: Int64
  private var pairs: [Pair] = []
  private var table = PairTable()
  private var heap: [Candidate] = []
  /// How often each token comes, and the pairs that it is part of; for the likelihood score alone.
  private var tokenCounts: [Int64] = []
  private var tokenPairs: [[Int32]] = []
  /// The pairs whose score may have changed in the present round.
  private var touched: [Int32] = []
  private var touchRound: [Int32] = []
  private var wordRound: [Int32]
  private var round: Int32 = 0

  init(_ sequences: WordSequences, algorithm: VocabularyTrainer.Algorithm, minimumFrequency: Int) {
    self.sequences = sequences
    self.algorithm = algorithm
    self.minimumFrequency = Int64(minimumFrequency)
    lengths = sequences.counts.indices.map { sequences.starts[$0 + 1] - sequences.starts[$0] }
    wordRound = Array(repeating: 0, count: sequences.counts.count)
    round = 1
    for word in sequences.counts.indices { change(word, by: sequences.counts[word]) }
    pushTouched()
  }

  /// How many pieces all words take now, repeats included.
  var pieceCount: Int64 {
    zip(lengths, sequences.counts).reduce(0) { $0 + Int64($1.0) * $1.1 }
  }

  /// Joins pairs until there are `size` tokens or no pair is frequent enough.
  mutating func join(_ tokens: inout TokenList, until size: Int, report: (Int) -> Void) {
    while tokens.count < size, let best = pop() {
      let joined = tokens.join(best.left, best.right)
      round += 1
      touched.removeAll(keepingCapacity: true)
      let words = pairs[Int(best.pair)].words
      pairs[Int(best.pair)].words = []
      for word in words where wordRound[Int(word)] != round {
        wordRound[Int(word)] = round
        replace(best.left, best.right, by: joined, in: Int(word))
      }
      if algorithm == .wordpiece {
        for token in Set([best.left, best.right, joined]) where Int(token) < tokenPairs.count {
          for pair in tokenPairs[Int(token)] { touch(pair) }
        }
      }
      pushTouched()
      if tokens.count % 64 == 0 { report(tokens.count) }
    }
    report(tokens.count)
  }

  /// Joins a pair wherever a word holds it, from left to right.
  private mutating func replace(_ left: Int32, _ right: Int32, by joined: Int32, in word: Int) {
    let start = Int(sequences.starts[word])
    let length = Int(lengths[word])
    var holds = false
    for position in start..<(start + length - 1)
    where sequences.symbols[position] == left && sequences.symbols[position + 1] == right {
      holds = true
      break
    }
    if !holds { return }
    change(word, by: -sequences.counts[word])
    var from = start
    var to = start
    while from < start + length {
      if from + 1 < start + length, sequences.symbols[from] == left, sequences.symbols[from + 1] == right {
        sequences.symbols[to] = joined
        from += 2
      } else {
        sequences.symbols[to] = sequences.symbols[from]
        from += 1
      }
      to += 1
    }
    lengths[word] = Int32(to - start)
    change(word, by: sequences.counts[word])
  }

  /// Adds to the counts of all of a word's tokens and pairs.
  private mutating func change(_ word: Int, by amount: Int64) {
    let start = Int(sequences.starts[word])
    let end = start + Int(lengths[word])
    if algorithm == .wordpiece {
      for position in start..<end {
        let token = Int(sequences.symbols[position])
        while tokenCounts.count <= token {
          tokenCounts.append(0)
          tokenPairs.append([])
        }
        tokenCounts[token] += amount
      }
    }
    if end - start < 2 { return }
    for position in start..<(end - 1) {
      let left = sequences.symbols[position]
      let right = sequences.symbols[position + 1]
      let (pair, isNew) = table.index(left, right)
      if isNew {
        pairs.append(Pair(left: left, right: right))
        touchRound.append(0)
        if algorithm == .wordpiece {
          tokenPairs[Int(left)].append(pair)
          if right != left { tokenPairs[Int(right)].append(pair) }
        }
      }
      pairs[Int(pair)].count += amount
      if amount > 0 && pairs[Int(pair)].words.last != Int32(word) {
        pairs[Int(pair)].words.append(Int32(word))
      }
      touch(pair)
    }
  }

  private mutating func touch(_ pair: Int32) {
    if touchRound[Int(pair)] == round { return }
    touchRound[Int(pair)] = round
    touched.append(pair)
  }

  /// The present score of a pair.
  private func score(_ pair: Pair) -> Double {
    switch algorithm {
    case .bpe: Double(pair.count)
    case .wordpiece:
      Double(pair.count) / (Double(tokenCounts[Int(pair.left)]) * Double(tokenCounts[Int(pair.right)]))
    }
  }

  private mutating func pushTouched() {
    for index in touched {
      let pair = pairs[Int(index)]
      if pair.count < minimumFrequency { continue }
      push(Candidate(score: score(pair), left: pair.left, right: pair.right, pair: index))
    }
  }

  private mutating func push(_ candidate: Candidate) {
    heap.append(candidate)
    var place = heap.count - 1
    while place > 0, heap[place].isBetter(than: heap[(place - 1) / 2]) {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  /// The best pair that is still what it was when it was pushed.
  private mutating func pop() -> Candidate? {
    while let top = heap.first {
      let last = heap.removeLast()
      if !heap.isEmpty {
        heap[0] = last
        sink()
      }
      let pair = pairs[Int(top.pair)]
      if pair.count >= minimumFrequency && score(pair) == top.score { return top }
    }
    return nil
  }

  private mutating func sink() {
    var place = 0
    while true {
      var best = place
      for child in [2 * place + 1, 2 * place + 2]
      where child < heap.count && heap[child].isBetter(than: heap[best]) {
        best = child
      }
      if best == place { return }
      heap.swapAt(place, best)
      place = best
    }
  }
}

/// A hash table from pairs of tokens to numbers from 0 in the order in which the pairs came.
private struct PairTable {
  private var keys: [UInt64] = Array(repeating: .max, count: 1 << 12)
  private var values: [Int32] = Array(repeating: 0, count: 1 << 12)
  private var count: Int32 = 0

  /// The number of a pair, and whether it is new.
  mutating func index(_ left: Int32, _ right: Int32) -> (index: Int32, isNew: Bool) {
    let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    let mask = keys.count - 1
    var slot = Int(truncatingIfNeeded: ByteHash.mix(key)) & mask
    while keys[slot] != .max {
      if keys[slot] == key { return (values[slot], false) }
      slot = (slot + 1) & mask
    }
    keys[slot] = key
    values[slot] = count
    count += 1
    if 2 * Int(count) > keys.count { grow() }
    return (count - 1, true)
  }

  private mutating func grow() {
    let mask = 2 * keys.count - 1
    var newKeys = [UInt64](repeating: .max, count: mask + 1)
    var newValues = [Int32](repeating: 0, count: mask + 1)
    for (key, value) in zip(keys, values) where key != .max {
      var slot = Int(truncatingIfNeeded: ByteHash.mix(key)) & mask
      while newKeys[slot] != .max { slot = (slot + 1) & mask }
      newKeys[slot] = key
      newValues[slot] = value
    }
    keys = newKeys
    values = newValues
  }
}
