import Glibc

/// The words of the vocabulary that a step compares its predictions over, and what each of them stands for.
///
/// Sums over the vocabulary become sums over these: those that are certain count once, those that were drawn as often as
/// makes up for their chance, so that the expectation of such a sum is the sum over all (Li and others 2018, dynamic
/// importance sampling; Horvitz and Thompson 1952 for the weights).
public struct VocabularySample: Sendable {
  /// The words, ascending.
  public let ids: [Int32]
  /// How many words each stands for; 1 for those that are certain.  // [ids]
  public let counts: [Float]
  /// The logarithms of these.  // [ids]
  let logCounts: [Float]

  /// Words with their counts.
  public init(ids: [Int32], counts: [Float]) {
    precondition(ids.count == counts.count, "a count for each word")
    (self.ids, self.counts) = (ids, counts)
    logCounts = counts.map { $0 == 1 ? 0 : Float(log(Double($0))) }
  }

  /// The column of a word that is among them.
  func column(of id: Int32) -> Int32 {
    var (low, high) = (0, ids.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    precondition(!ids.isEmpty && ids[low] == id, "a masked token that is not among the words of its step")
    return Int32(low)
  }
}
