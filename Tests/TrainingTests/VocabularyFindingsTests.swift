import Testing
import Tokenization

@testable import Training

/// Vocabularies that do not fit the settings that they are read with.
@Suite struct VocabularyFindingsTests {
  private static let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused1]"]

  private func sentences(_ words: [String], _ settings: TokenizerSettings) throws -> [String] {
    VocabularyFindings.sentences(
      of: try Tokenizer(vocabulary: Vocabulary(tokens: Self.special + words), settings: settings))
  }

  @Test func capitalsAndSettingsAreHeldAgainstEachOther() throws {
    let uncased = ["film", "##s", "été", "42", "."]
    let cased = ["film", "Film", "##s", "É"]
    #expect(try sentences(uncased, .init()).isEmpty && sentences(cased, .init(doLowerCase: false)).isEmpty)
    let kept = try sentences(uncased, .init(doLowerCase: false))
    #expect(
      kept.count == 1
        && kept[0].hasPrefix("do_lower_case is false, and no word of the vocabulary has a capital"))
    let lost = try sentences(cased, .init())
    #expect(
      lost.count == 1
        && lost[0].hasPrefix("2 of 4 words of the vocabulary have capital letters and are never found"))
    // A few odd ones, numbers alone, and declared tokens say nothing.
    #expect(try sentences((0..<100).map { "w\($0)" } + ["Ω"], .init()).isEmpty)
    #expect(try sentences(["1", "2"], .init(doLowerCase: false)).isEmpty)
    #expect(try sentences(["film", "<E>"], .init(addedTokens: [AddedToken("<E>")])).isEmpty)
  }
}
