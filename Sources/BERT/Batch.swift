/// Sequences packed end to end, without padding: what an encoder reads.
public struct Batch: Sendable, Equatable {
  /// Vocabulary rows of all sequences, one after the other.  // [tokens]
  public let inputIDs: [Int32]
  /// Segment of each token.  // [tokens]
  public let tokenTypeIDs: [Int32]
  /// Where each sequence starts in the tokens, and the number of tokens at the end.  // [sequences + 1]
  public let sequenceStarts: [Int]
  /// Where the n x n map of one attention head of each sequence starts when the maps lie end to end, the
  /// total of n² at the end.  // [sequences + 1]
  public let mapStarts: [Int]

  /// About how many tokens a batch of inference holds: products are large enough, and activations stay in the caches.
  public static let inferenceTokens = 2048

  /// Packs sequences given as (ids, segments); segments of a sequence may be left out (all 0).
  public init(inputIDs sequences: [[Int32]], tokenTypeIDs types: [[Int32]]? = nil) {
    precondition(
      types == nil || types?.map(\.count) == sequences.map(\.count), "ids and segments differ in length")
    var starts = [0]
    var maps = [0]
    for sequence in sequences {
      starts.append(starts[starts.count - 1] + sequence.count)
      maps.append(maps[maps.count - 1] + sequence.count * sequence.count)
    }
    inputIDs = sequences.flatMap { $0 }
    tokenTypeIDs = types?.flatMap { $0 } ?? [Int32](repeating: 0, count: inputIDs.count)
    sequenceStarts = starts
    mapStarts = maps
  }

  /// The same tokens cut into sequences elsewhere.
  init(inputIDs: [Int32], tokenTypeIDs: [Int32], sequenceStarts: [Int]) {
    (self.inputIDs, self.tokenTypeIDs, self.sequenceStarts) = (inputIDs, tokenTypeIDs, sequenceStarts)
    mapStarts = zip(sequenceStarts, sequenceStarts.dropFirst()).reduce(into: [0]) { maps, ends in
      maps.append((maps.last ?? 0) + (ends.1 - ends.0) * (ends.1 - ends.0))
    }
  }

  /// The number of sequences.
  public var sequenceCount: Int { sequenceStarts.count - 1 }
  /// The number of tokens of all sequences.
  public var tokenCount: Int { inputIDs.count }
  /// The token rows of one sequence.
  public func tokens(of sequence: Int) -> Range<Int> {
    sequenceStarts[sequence]..<sequenceStarts[sequence + 1]
  }
}
