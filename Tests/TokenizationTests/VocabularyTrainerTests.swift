import Files
import Synchronization
import TestSupport
import Testing

@testable import Tokenization

@Suite struct VocabularyTrainerTests {
  private static let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

  private func train(
    _ texts: [String], _ settings: VocabularyTrainer.Settings
  ) throws -> VocabularyTrainer.Result {
    try withTemporaryDirectory { folder in
      var files: [String] = []
      for (index, text) in texts.enumerated() {
        files.append("\(folder)/\(index)")
        try Files.write(text, to: files[index])
      }
      return try VocabularyTrainer(settings).train(files: files)
    }
  }

  /// Worked out by hand: (h,##u) is 15, (##u,##g) 20, so ug goes first; then (##u,##n) 16, then (h,##ug) 15.
  @Test func mostFrequentPairsFirst() throws {
    let words = [("hug", 10), ("pug", 5), ("pun", 12), ("bun", 4), ("hugs", 5)]
    let text = words.map { String(repeating: $0.0 + " ", count: $0.1) }.joined(separator: "\n")
    let result = try train([text], .init(size: 20))
    #expect(
      result.vocabulary.tokens == Self.special + [
        "b", "g", "h", "n", "p", "s", "u", "##g", "##n", "##s", "##u", "##ug", "##un", "hug", "pun",
      ])
    #expect(result.words == 36)
    #expect(result.distinctWords == 5)
    #expect(result.pieces == 10 + 10 + 12 + 8 + 10)
  }

  /// The words of Hugging Face's course: (##g,##s) scores 5/(20*5), and is first.
  ///
  /// Then four pairs score 1/36, of which the one with the smallest ids goes; then (bu,##n) scores 4/(4*16).
  @Test func likelihoodPrefersPairsOfRareParts() throws {
    let words = [("hug", 10), ("pug", 5), ("pun", 12), ("bun", 4), ("hugs", 5)]
    let text = words.map { String(repeating: $0.0 + " ", count: $0.1) }.joined()
    let result = try train([text], .init(size: 19, algorithm: .wordpiece))
    #expect(Array(result.vocabulary.tokens.suffix(3)) == ["##gs", "bu", "bun"])
  }

  @Test func limitsAndSettings() throws {
    let text = "Ab ab AB zz q é"
    let cased = try train([text], .init(size: 100, tokenizer: .init(doLowerCase: false)))
    #expect(cased.vocabulary.id(of: "A") != nil)
    #expect(cased.vocabulary.id(of: "ab") == nil)
    let lower = try train([text], .init(size: 100))
    #expect(lower.vocabulary.id(of: "ab") != nil)
    #expect(lower.vocabulary.id(of: "zz") == nil)
    #expect(lower.vocabulary.id(of: "é") == nil)
    let rare = try train([text], .init(size: 100, minimumFrequency: 1))
    #expect(rare.vocabulary.id(of: "zz") != nil)
    let few = try train([text], .init(size: 100, alphabetLimit: 2, specialTokens: ["[UNK]", "<s>"]))
    #expect(few.vocabulary.tokens == ["[UNK]", "<s>", "a", "b", "##b", "ab"])
    #expect(throws: TokenizerError.self) { try train([text], .init(size: 8)) }
    #expect(throws: TokenizerError.self) { try train([" \n"], .init(size: 100)) }
    #expect(throws: TokenizerError.self) { try VocabularyTrainer(.init(size: 5)) }
  }

  /// Neither threads, nor the order of files, nor temporary files change a byte.
  @Test(arguments: VocabularyTrainer.Algorithm.allCases)
  func theSameBytesAlways(_ algorithm: VocabularyTrainer.Algorithm) throws {
    var random = TestRandom(state: 11)
    let texts = (0..<5).map { _ in
      (0..<60_000).map { _ in
        let letters = (0..<Int.random(in: 1...7, using: &random)).map { _ in
          "aaabbcdeé中,".randomElement(using: &random) ?? "a"
        }
        return String(letters) + (Int.random(in: 0..<9, using: &random) == 0 ? "\n" : " ")
      }.joined()
    }
    var settings = VocabularyTrainer.Settings(size: 300, algorithm: algorithm)
    let once = try train(texts, settings).vocabulary
    #expect(once.count == 300)
    settings.threads = 3
    #expect(try train(texts.reversed(), settings).vocabulary == once)
    settings.memoryLimit = 1 << 10
    let spilled = try train(texts, settings)
    #expect(spilled.vocabulary == once)
    settings.maximumWords = 100
    settings.threads = 1
    let few = try train(texts, settings)
    settings.threads = 4
    settings.memoryLimit = 1 << 30
    #expect(few.wordsUsed == 100)
    #expect(try train(texts.reversed(), settings).vocabulary == few.vocabulary)
  }
}
