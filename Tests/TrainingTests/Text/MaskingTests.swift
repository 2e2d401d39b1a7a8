import Tensors
import Testing
import Tokenization
import Training

/// What is masked of a row, and what stands there instead.
@Suite struct MaskingTests {
  private static func tokenizer() throws -> Tokenizer {
    try Tokenizer(
      vocabulary: Vocabulary(
        tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (0..<30).map { "w\($0)" }
          + (0..<15).map { "##p\($0)" }))
  }

  /// Rows of 80 tokens between [CLS] and [SEP], one of them unknown; every third one goes on with a word.
  private static func row(_ number: Int) -> [Int32] {
    let random = CounterRandom(seed: 5, purpose: .init("masking test"), step: UInt64(number))
    let body = (0..<80).map { place -> Int32 in
      place % 3 == 2
        ? 35 + Int32(random.below(15, UInt64(place))) : 5 + Int32(random.below(30, UInt64(place)))
    }
    return [2] + body.prefix(40) + [1] + body.suffix(40) + [3]
  }

  @Test func sharesAreThoseOfThePaper() throws {
    let masking = try Masking(Self.tokenizer())
    var (masks, kept, others, count) = (0, 0, 0, 0)
    var drawn: Set<Int32> = []
    for number in 0..<1500 {
      let row = Self.row(number)
      let (ids, target) = masking.masked(
        row, random: CounterRandom(seed: 1, purpose: .init("test"), step: UInt64(number)))
      // 15 % of the 80 tokens that are neither special nor unknown.
      #expect(target.ids.count == 12)
      #expect(target.places == target.places.sorted())
      for (place, id) in zip(target.places, target.ids) {
        #expect(row[Int(place)] == id && id > 4)
        let now = ids[Int(place)]
        if now == 4 { masks += 1 } else if now == id { kept += 1 } else { others += 1 }
        if now != 4 && now != id { drawn.insert(now) }
        count += 1
      }
      for place in row.indices where !target.places.contains(Int32(place)) {
        #expect(ids[place] == row[place])
      }
    }
    // Six standard deviations of a share over 18,000 draws; a random token is the right one once in 45 times.
    let six = 6 * (0.1 * 0.9 / Double(count)).squareRoot()
    #expect(abs(Double(masks) / Double(count) - 0.8) < 6 * (0.8 * 0.2 / Double(count)).squareRoot())
    #expect(abs(Double(kept) / Double(count) - 0.1 - 0.1 / 45) < six)
    #expect(abs(Double(others) / Double(count) - 0.1 + 0.1 / 45) < six)
    #expect(drawn == Set(5..<50))
  }

  /// Each place of a row is chosen about as often as any other.
  @Test func everyPlaceIsAsLikely() throws {
    let masking = try Masking(Self.tokenizer())
    let row = Self.row(0)
    var counts = [Int](repeating: 0, count: row.count)
    for number in 0..<4000 {
      let random = CounterRandom(seed: 2, purpose: .init("test"), step: UInt64(number))
      for place in masking.masked(row, random: random).target.places { counts[Int(place)] += 1 }
    }
    #expect(counts[0] == 0 && counts[41] == 0 && counts[82] == 0)
    let six = 6 * (4000 * 0.15 * 0.85).squareRoot()
    for place in row.indices where ![0, 41, 82].contains(place) {
      #expect(abs(Double(counts[place]) - 600) < six, "place \(place)")
    }
  }

  @Test func wholeWordsAreChosenOrNot() throws {
    let masking = try Masking(Self.tokenizer(), wholeWords: true)
    for number in 0..<300 {
      let row = Self.row(number)
      let (_, target) = masking.masked(
        row, random: CounterRandom(seed: 1, purpose: .init("test"), step: UInt64(number)))
      let chosen = Set(target.places.map { Int($0) })
      #expect((10...12).contains(chosen.count))
      for place in row.indices where row[place] >= 35 && row[place - 1] > 4 {
        #expect(chosen.contains(place) == chosen.contains(place - 1), "row \(number), place \(place)")
      }
    }
  }

  @Test func aRowHasOneAtLeastAndSpecialTokensHaveNone() throws {
    let masking = try Masking(Self.tokenizer())
    let random = CounterRandom(seed: 1, purpose: .init("test"))
    #expect(masking.masked([2, 9, 3], random: random).target == MaskedTokens(places: [1], ids: [9]))
    #expect(masking.masked([2, 1, 3], random: random).target == MaskedTokens(places: [], ids: []))
    #expect(throws: TrainingError.self) { try Masking(Self.tokenizer(), share: 0) }
    let bare = try Tokenizer(vocabulary: Vocabulary(tokens: ["[UNK]", "[CLS]", "[SEP]", "a"]))
    #expect(throws: TrainingError.self) { try Masking(bare) }
  }
}
