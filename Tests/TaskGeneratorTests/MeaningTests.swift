import Testing

@testable import TaskGenerator

/// Labels against meanings worked out by hand.
@Suite struct MeaningTests {
  @Test func operatorsDecideTheLabel() {
    let dull = Meaning.word(.negative)
    let funny = Meaning.word(.positive)
    #expect(Meaning.not(dull).polarity == .positive)
    #expect(Meaning.not(.not(dull)).polarity == .negative)
    #expect(Meaning.indeed(dull).polarity == .negative)
    #expect(Meaning.yielding(funny, to: .not(funny)).polarity == .negative)
    #expect(Meaning.reported(funny, reviewer: dull).polarity == .negative)
    #expect(Meaning.not(.yielding(funny, to: .not(dull))).depth == 3)
  }

  /// Whole sentences of one form each, read by hand.
  @Test(arguments: [
    ("{it} {is} not without {charm}", true), ("{it} {fails} to {verb}", false),
    ("{it} never {fails} to {verb}", true), ("{it} {is} anything but {good}", false),
    ("{it} could have been {better}", false), ("{it} could not be {better}", true),
    ("no one found {it} {good}", false), ("i have {seen} {better} {films}", false),
    ("i have never {seen} a {better} {film}", true), ("{it} {is} {good+}", true),
  ])
  func formsKeepOrFlip(pattern: String, keeps: Bool) throws {
    let forms = ClauseForm.plainForms + ClauseForm.keepingForms + ClauseForm.flippingForms
    let form = try #require(forms.first { $0.pattern == words(pattern) })
    #expect((form.effect != .flips) == keeps)
  }

  @Test func everySlotOfEveryFormIsFilled() {
    var reviewer = Reviewer(settings: SentimentSettings(), dice: Dice(seed: 7, stream: "slots"))
    for _ in 0..<5000 {
      let text = reviewer.review().tokens.joined(separator: " ")
      #expect(!text.contains("{"), "\(text)")
    }
  }

  /// A word of opinion alone says little about the label: a bag of words must not solve the task.
  @Test func wordsOfOpinionAreBalancedByTheirOperators() {
    var reviewer = Reviewer(settings: SentimentSettings(), dice: Dice(seed: 3, stream: "balance"))
    let good = Set(SentimentWords.adjectives.good)
    var counts = [0, 0]
    for _ in 0..<20_000 {
      let review = reviewer.review()
      if review.tokens.contains(where: good.contains) {
        counts[review.meaning.polarity == .positive ? 1 : 0] += 1
      }
    }
    let percent = counts[1] * 100 / (counts[0] + counts[1])
    #expect((35...65).contains(percent), "\(percent) % of the reviews with a good word are positive")
  }
}
