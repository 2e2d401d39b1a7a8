/// Distinct words, numbered in the order in which they came, with their counts.
final class WordTable {
  /// All words' bytes, end to end.
  private(set) var bytes: [UInt8] = []
  /// Where each word begins in `bytes`; one more than there are words.
  private(set) var starts: [Int] = [0]
  /// How often each word came.
  private(set) var counts: [Int64] = []
  private var slots: [Int32]

  init() { slots = Array(repeating: -1, count: 1 << 12) }

  /// The number of words.
  var count: Int { counts.count }

  /// About how many bytes of memory the table takes.
  var memory: Int { bytes.count + 16 * counts.count + 4 * slots.count }

  /// A word's bytes.
  func word(_ index: Int) -> ArraySlice<UInt8> { bytes[starts[index]..<starts[index + 1]] }

  /// The number of a word, a new one with count 0 where it is new.
  func number(_ word: UnsafeRawBufferPointer) -> Int32 {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: ByteHash.of(word)) & mask
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      if starts[index + 1] - starts[index] == word.count && word.elementsEqual(self.word(index)) {
        return slots[slot]
      }
      slot = (slot + 1) & mask
    }
    let index = Int32(counts.count)
    slots[slot] = index
    bytes.append(contentsOf: word)
    starts.append(bytes.count)
    counts.append(0)
    if 2 * counts.count > slots.count { grow() }
    return index
  }

  private func grow() {
    let mask = 2 * slots.count - 1
    slots = Array(repeating: -1, count: mask + 1)
    bytes.withUnsafeBytes { text in
      for index in counts.indices {
        let word = UnsafeRawBufferPointer(rebasing: text[starts[index]..<starts[index + 1]])
        var slot = Int(truncatingIfNeeded: ByteHash.of(word)) & mask
        while slots[slot] >= 0 { slot = (slot + 1) & mask }
        slots[slot] = Int32(index)
      }
    }
  }

  /// Adds one to the count of each word in a list of numbers; negative ones are no words.
  func count(_ numbers: UnsafeBufferPointer<Int32>) {
    counts.withUnsafeMutableBufferPointer { counts in
      for number in numbers where number >= 0 { counts[Int(number)] += 1 }
    }
  }

  /// Forgets all words but these, which get the numbers from 0.
  func reset(to words: [String]) {
    bytes = []
    starts = [0]
    counts = []
    slots = Array(repeating: -1, count: 1 << 12)
    for word in words { _ = Array(word.utf8).withUnsafeBytes { number($0) } }
  }

  /// The words' numbers in the order of their bytes.
  func sortedByBytes() -> [Int] {
    bytes.withUnsafeBufferPointer { text in
      counts.indices.sorted { left, right in
        text[starts[left]..<starts[left + 1]].lexicographicallyPrecedes(
          text[starts[right]..<starts[right + 1]])
      }
    }
  }
}
