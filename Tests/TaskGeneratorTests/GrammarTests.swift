import Testing

@testable import TaskGenerator

/// Sentences and labels of the other tasks.
@Suite struct GrammarTests {
  private let surgeon = Phrase(.the, Noun("surgeon", kind: "doctor"))
  private let repair = Action("repair fix", "vehicle")

  private func event() -> Event {
    Event(
      agent: surgeon, verb: repair.verbs[0], synonyms: repair.verbs,
      object: Phrase(.a, Noun("car", kind: "vehicle"), quality: "old"), place: "in Lisbon", time: "on Monday")
  }

  @Test func oneEventHasManySentences() {
    #expect(event().sentence() == "The surgeon repaired an old car in Lisbon on Monday.")
    #expect(
      event().sentence(Style(passive: true, timeFirst: true))
        == "On Monday, an old car was repaired by the surgeon in Lisbon.")
    #expect(
      event().sentence(Style(cleft: true))
        == "It was the surgeon who repaired an old car in Lisbon on Monday.")
    var denied = event()
    denied.negated = true
    #expect(denied.sentence() == "The surgeon did not repair an old car in Lisbon on Monday.")
    var gift = event()
    gift.verb = Verb("give/gave/given")
    gift.recipient = Phrase(.the, Noun("poet", kind: "writer"))
    #expect(
      gift.clause(Style(doubleObject: true)) == "the surgeon gave the poet an old car in Lisbon on Monday")
    #expect(
      gift.clause(Style(passive: true))
        == "an old car was given to the poet by the surgeon in Lisbon on Monday")
  }

  @Test func wordsAreInflected() {
    #expect(
      words("drag copy carry wrap amuse play").map(Inflection.past)
        == words("dragged copied carried wrapped amused played"))
    #expect(words("box city day church").map(Inflection.plural) == words("boxes cities days churches"))
    #expect(
      words("apple hotel hour unit").map(Inflection.withArticle) == [
        "an apple", "a hotel", "an hour", "a unit",
      ])
    #expect(Verb("throw_away/threw_away/thrown_away").past == "threw away")
    #expect(Verb("knock_down").past == "knocked down")
  }

  @Test func similarityCountsTheSharedParts() {
    #expect(abs(SimilarityTask.similarity(event(), event()) - 5) < 1e-9)
    var other = event()
    other.time = nil
    #expect(abs(SimilarityTask.similarity(event(), other) - 4.8) < 1e-9)
    other.agent = Phrase(.the, Noun("poet", kind: "writer"))
    #expect(abs(SimilarityTask.similarity(event(), other) - 3.6) < 1e-9)
    other.negated = true
    #expect(abs(SimilarityTask.similarity(event(), other) - 2.1) < 1e-9)
  }

  /// Labels of inferences on which quantity words and monotonicity decide, found among many drawn ones.
  @Test func inferencesFollowFromQuantity() {
    var dice = Dice(seed: 5, stream: "inference")
    var seen: [String: Set<Verdict>] = [:]
    for _ in 0..<40_000 {
      guard let pair = Inference.pair(in: .whole, dice: &dice) else { continue }
      let quantities = ["All", "Most", "Some", "None"]
      let first = quantities.first { pair.premise.hasPrefix($0 + " ") }
      let second = quantities.first { pair.hypothesis.hasPrefix($0 + " ") }
      if let first, let second, first != second {
        seen["\(first) \(second)", default: []].insert(pair.verdict)
      }
    }
    #expect(seen["All Some"] == [.entailment])
    #expect(seen["All Most"] == [.entailment])
    #expect(seen["Some All"] == [.neutral])
    #expect(seen["Most None"] == [.contradiction])
    #expect(seen["None Some"] == [.contradiction])
  }

  @Test func everyParadigmHasTwoDifferentSentences() {
    var dice = Dice(seed: 11, stream: "paradigms")
    for paradigm in Paradigms.all {
      for _ in 0..<200 {
        let pair = paradigm(&dice)
        #expect(pair.good != pair.bad, "\(pair.source): \(pair.good)")
      }
    }
  }

  @Test func aSentenceBelongsToOnePart() {
    let owners = (0..<2000).map { Part.owner(of: "sentence \($0)") }
    let share = owners.filter { $0 == .train }.count
    #expect((1300...1500).contains(share))
    #expect(Part.owner(of: "sentence 1") == owners[1])
  }
}
