extension Tokenizer {
  /// The same tokenizer that reads the texts of a pair by themselves, or both in one encoding.
  ///
  /// Throws where it reads windows: of two texts that are read apart there are none.
  public func readingPairs(apart: Bool) throws -> Tokenizer {
    if apart && settings.windows != nil { throw Self.noWindows }
    if apart == settings.readsPairsApart { return self }
    var settings = settings
    settings.readsPairsApart = apart
    return try with(settings)
  }

  /// Why a pair that is read apart has no windows.
  static let noWindows = TokenizerError(
    "a bi-encoder compares one vector of each text, and windows would give it several: leave windows out (--windows none), "
      + "and longer texts are cut")
}

extension [Encoding] {
  /// Two encodings of single texts as that of their pair: one behind the other, the tokens of the second in segment 1.
  func joinedApart() -> Encoding {
    let (first, second) = (self[0], self[1])
    let own = second.specialTokensMask.indices.filter { !second.specialTokensMask[$0] }
    let start = first.count + (own.first ?? second.count)
    return Encoding(
      ids: first.ids + second.ids,
      tokenTypeIDs: first.ids.map { _ in 0 } + second.ids.map { _ in 1 },
      offsets: first.offsets + second.offsets,
      specialTokensMask: first.specialTokensMask + second.specialTokensMask, second: start..<start + own.count
    )
  }
}
