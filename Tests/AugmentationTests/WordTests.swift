import GLUE
import Testing

@testable import Augmentation

/// Words as they are cut, compared and changed.
@Suite struct WordTests {
  @Test(arguments: [
    ("The cat sat.", "the  CAT, sat"), ("Élan vital!", "élan VITAL"), ("a\tb", "a b"), ("我喜欢", "我 喜 欢"),
  ]) func textsThatDifferInCapitalsAndPunctuationAreOne(a: String, b: String) {
    #expect(PlainWords.key(a) == PlainWords.key(b))
  }

  @Test(arguments: [
    ("the cat sat", "the sat cat"), ("the cat", "thecat"), ("a b", "a bb"), ("!", "?"), ("", "a"),
    ("1 2", "12"),
  ]) func otherWordsAreOtherTexts(a: String, b: String) {
    #expect(PlainWords.key(a) != PlainWords.key(b))
  }

  @Test func aRowIsNotItsOtherWayRound() {
    let (a, b) = (PlainWords.key("a cat"), PlainWords.key("a dog"))
    #expect(
      Set([PlainWords.key(a, b), PlainWords.key(b, a), PlainWords.key(a, nil), PlainWords.key(a, a)]).count
        == 4)
  }

  @Test func wordsAreCutAtBlanksAndIdeographs() {
    var words = TextWords(" It's\t我a \u{1F600} é. ")
    #expect(
      (0..<words.count).map { String(decoding: words[$0], as: UTF8.self) } == ["It's", "我", "a", "😀", "é."])
    words.swap(1)
    words.double(3)
    words.drop(0)
    words.substitute(0, by: ArraySlice("new".utf8))
    #expect(words.text == "new 我 😀 😀 é.")
  }

  private static let rows = [
    Example(first: "one two three four five six seven"),
    Example(first: "alpha beta gamma delta epsilon zeta eta"),
    Example(first: "alone"),
  ]

  private func corrupted(_ change: WordChange, share: Double = 0.15, seed: UInt64 = 1) throws -> [[String]] {
    var step = AugmentationStep(.corrupted, rows: 80)
    (step.words, step.share) = ([change], share)
    let task = try GLUETask.named("SST-2")
    let corpus = AugmentationCorpus(task: task, rows: Self.rows, heldOut: [])
    let made = try Augmenter(AugmentationRecipe(seed: seed, steps: [step]), of: corpus).rows().rows
    return made.map { $0.first.split(separator: " ").map(String.init) }
  }

  private static let words = rows.map { $0.first.split(separator: " ").map(String.init) }

  @Test func swappingExchangesTwoNeighbours() throws {
    let made = try corrupted(.swap)
    #expect(made.count == 12)
    for words in made {
      let source = try #require(Self.words.first { Set($0) == Set(words) })
      let changed = words.indices.filter { words[$0] != source[$0] }
      #expect(changed.count == 2 && changed[0] + 1 == changed[1])
      #expect(words[changed[0]] == source[changed[1]] && words[changed[1]] == source[changed[0]])
    }
  }

  @Test func droppingTakesOneWordAway() throws {
    let made = try corrupted(.drop)
    #expect(made.count == 14)
    for words in made {
      let source = try #require(Self.words.first { Set($0).isSuperset(of: words) })
      #expect(words.count == source.count - 1 && words == source.filter(words.contains))
    }
  }

  @Test func doublingSaysOneWordTwice() throws {
    // "alone" too.
    let made = try corrupted(.double)
    #expect(made.count == 15)
    for words in made {
      let source = try #require(Self.words.first { Set($0) == Set(words) })
      let doubled = words.indices.dropLast().filter { words[$0] == words[$0 + 1] }
      #expect(words.count == source.count + 1 && doubled.count == 1)
    }
  }

  @Test func substitutesAreWordsOfOtherRows() throws {
    for words in try corrupted(.substitute) {
      let source = try #require(
        Self.words.max { a, b in Set(a).intersection(words).count < Set(b).intersection(words).count })
      if words.count == 1 { continue }
      let changed = words.indices.filter { words[$0] != source[$0] }
      #expect(words.count == source.count && changed.count == 1)
      #expect(Self.words.contains { $0 != source && $0.contains(words[changed[0]]) })
    }
  }

  @Test func theShareSaysHowManyWordsChange() throws {
    for words in try corrupted(.drop, share: 0.5) where words.count > 1 { #expect(words.count == 3) }
  }
}
