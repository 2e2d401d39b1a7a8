public import Tensors
public import Tokenization

/// Dynamic masking (Devlin and others 2019; anew for every pass as in Liu and others 2019): which tokens a row is to give
/// back, and what stands there instead.
///
/// Of the tokens that are not special, `round(share n)` are chosen, at least one; of these 80 % become `[MASK]`, 10 % a
/// random token, 10 % stay. By whole words, all pieces of a word are chosen or none, as long as the number allows.
public struct Masking: Sendable {
  /// The share of tokens that are chosen.
  public let share: Double
  /// Whether all pieces of a word are chosen together.
  public let wholeWords: Bool
  /// BERT's share.
  public static let usualShare = 0.15

  private let mask: Int32
  /// Whether an id is never chosen.  // [vocabulary]
  private let isSpecial: [Bool]
  /// Whether an id goes on with the word before it.  // [vocabulary]
  private let continues: [Bool]
  /// What a random token is drawn from.
  private let others: [Int32]

  /// Masking with the tokens of a vocabulary; throws where it has no `[MASK]` or a share is none.
  public init(_ tokenizer: Tokenizer, share: Double = usualShare, wholeWords: Bool = false) throws {
    guard let mask = tokenizer.maskID else {
      throw TrainingError.mismatch(
        "the vocabulary has no \(tokenizer.settings.maskToken): text cannot be masked with it")
    }
    if !(share > 0 && share < 1) {
      throw TrainingError.settings("mask_share must be between 0 and 1, not \(share)")
    }
    (self.mask, self.share, self.wholeWords) = (mask, share, wholeWords)
    let tokens = tokenizer.vocabulary.tokens
    let special = tokenizer.specialIDs.union(
      [tokenizer.clsID, tokenizer.sepID, tokenizer.padID, tokenizer.unkID, mask].compactMap(\.self))
    isSpecial = tokens.indices.map { special.contains(Int32($0)) }
    let prefix = tokenizer.settings.continuingSubwordPrefix
    continues = tokens.map { !prefix.isEmpty && $0.hasPrefix(prefix) }
    others = tokens.indices.map { Int32($0) }.filter { !special.contains($0) }
  }

  /// A row with some tokens masked, and what stood there; `random` is a stream of this row and pass alone.
  public func masked(_ ids: [Int32], random: CounterRandom) -> (ids: [Int32], target: MaskedTokens) {
    let units = units(ids)
    let count = units.reduce(0) { $0 + $1.count }
    let wanted = count == 0 ? 0 : max(1, Int((share * Double(count)).rounded()))
    var places: [Int] = []
    for unit in random.shuffled(units.count) {
      if places.count >= wanted { break }
      // A word that is too long for what is left is passed over, unless there is nothing yet.
      if places.count + units[unit].count <= wanted || places.isEmpty { places += units[unit] }
    }
    places.sort()
    var result = ids
    for place in places {
      let draw = Self.replacements + 2 * UInt64(place)
      let chance = random.uniform(draw)
      if chance < 0.8 {
        result[place] = mask
      } else if chance < 0.9, !others.isEmpty {
        result[place] = others[Int(random.below(UInt64(others.count), draw + 1))]
      }
    }
    return (result, MaskedTokens(places: places.map { Int32($0) }, ids: places.map { ids[$0] }))
  }

  /// The places that are chosen together: tokens, or words.
  private func units(_ ids: [Int32]) -> [Range<Int>] {
    var units: [Range<Int>] = []
    for (place, id) in ids.enumerated() {
      let known = isSpecial.indices.contains(Int(id))
      if !known || isSpecial[Int(id)] { continue }
      if wholeWords, continues[Int(id)], let last = units.last, last.upperBound == place {
        units[units.count - 1] = last.lowerBound..<place + 1
      } else {
        units.append(place..<place + 1)
      }
    }
    return units
  }

  /// Where the draws of what stands instead begin, behind those of the order.
  private static let replacements = UInt64(1) << 32
}
