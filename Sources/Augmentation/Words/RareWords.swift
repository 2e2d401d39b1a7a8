/// Which rows hold a word, for words that few rows hold.
///
/// Words are counted in 2²² buckets by their hashes, so that memory does not grow with the vocabulary; two words in one
/// bucket are told apart where a partner is looked at.
struct RareWords: Sendable {
  /// Where the rows of each bucket begin.  // [buckets + 1]
  private let starts: [UInt32]
  /// Rows, bucket by bucket, rising.
  private let rows: [UInt32]
  private let texts: [String]

  private static let bits = 22
  /// A word is rare that at most one row in fifty holds, and of few rows at most five.
  private static func mostRows(of count: Int) -> UInt32 { UInt32(max(5, count / 50)) }

  /// Reads the texts of all rows, twice.
  init(_ texts: [String]) {
    let buckets = 1 << Self.bits
    var counts = [UInt32](repeating: 0, count: buckets)
    var last = [UInt32](repeating: .max, count: buckets)
    var keys: [UInt64] = []
    for (row, text) in texts.enumerated() {
      keys.removeAll(keepingCapacity: true)
      PlainWords.add(text, to: &keys)
      for key in keys {
        let bucket = Self.bucket(key)
        if last[bucket] == UInt32(row) { continue }
        last[bucket] = UInt32(row)
        counts[bucket] += 1
      }
    }
    let most = Self.mostRows(of: texts.count)
    var starts = [UInt32](repeating: 0, count: buckets + 1)
    for bucket in 0..<buckets {
      starts[bucket + 1] = starts[bucket] + (counts[bucket] <= most ? counts[bucket] : 0)
    }
    var rows = [UInt32](repeating: 0, count: Int(starts[buckets]))
    var filled = [UInt32](repeating: 0, count: buckets)
    for (row, text) in texts.enumerated() {
      keys.removeAll(keepingCapacity: true)
      PlainWords.add(text, to: &keys)
      for key in keys {
        let bucket = Self.bucket(key)
        let place = Int(starts[bucket] + filled[bucket])
        if counts[bucket] > most || filled[bucket] > 0 && rows[place - 1] == UInt32(row) { continue }
        rows[place] = UInt32(row)
        filled[bucket] += 1
      }
    }
    (self.starts, self.rows, self.texts) = (starts, rows, texts)
  }

  private static func bucket(_ key: UInt64) -> Int { Int(key >> UInt64(64 - bits)) }

  private func rows(of key: UInt64) -> ArraySlice<UInt32> {
    let bucket = Self.bucket(key)
    return rows[Int(starts[bucket])..<Int(starts[bucket + 1])]
  }

  /// A row other than `own` whose text shares a rare word with this one; nil where there is none.
  ///
  /// Number 0 goes by the rarest word that another row holds, number 1 by the next, and around again.
  func partner(of text: String, not own: Int, number: Int, _ dice: inout Dice) -> Int? {
    var keys: [UInt64] = []
    PlainWords.add(text, to: &keys)
    var found: [(count: Int, key: UInt64)] = []
    for key in keys where !found.contains(where: { $0.key == key }) {
      let rows = rows(of: key)
      if rows.count > 1 || rows.first.map({ $0 != UInt32(own) }) ?? false { found.append((rows.count, key)) }
    }
    if found.isEmpty { return nil }
    // The keys are hashes: words of equal rarity have an order that no text favours.
    found.sort { ($0.count, $0.key) < ($1.count, $1.key) }
    var other: [UInt64] = []
    for attempt in 0..<min(found.count, 4) {
      let key = found[(number + attempt) % found.count].key
      let row = draw(rows(of: key), not: UInt32(own), &dice)
      other.removeAll(keepingCapacity: true)
      PlainWords.add(texts[row], to: &other)
      if other.contains(key) { return row }
    }
    return nil
  }

  /// One of rising rows that is not `own`; there is one.
  private func draw(_ rows: ArraySlice<UInt32>, not own: UInt32, _ dice: inout Dice) -> Int {
    // The first place whose row is not below `own`.
    var (low, high) = (rows.startIndex, rows.endIndex)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] < own { low = middle + 1 } else { high = middle }
    }
    let isThere = low < rows.endIndex && rows[low] == own
    let drawn = rows.startIndex + dice.below(rows.count - (isThere ? 1 : 0))
    return Int(rows[isThere && drawn >= low ? drawn + 1 : drawn])
  }
}
