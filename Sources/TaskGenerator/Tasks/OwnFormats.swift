/// The tasks that stand in files of other formats than GLUE's: one in CSV, one in JSON lines.
enum OwnFormats {
  /// The files of both.
  static func files(seed: UInt64) throws -> [TaskFile] { try tickets(seed) + opinions(seed) }

  /// Letters of several sentences about one of three fields, of unequal sizes: cells with commas, quotes and ends of lines.
  private static func tickets(_ seed: UInt64) throws -> [TaskFile] {
    var dice = Dice(seed: seed, stream: "Tickets")
    var reviewer = Reviewer(
      settings: SentimentSettings(), dice: Dice(seed: seed, stream: "Tickets' sentences"))
    let shares = [("hotel", 72), ("gadget", 22), ("sport", 6)]
    let domains = ReviewDomain.all.filter { domain in shares.contains { $0.0 == domain.name } }
    let parts = try gather("Tickets", Quota(train: 400, dev: 120, test: 120, shares: shares), dice: &dice) {
      dice in
      let domain = dice.pick(domains)
      var text = ""
      for number in 0..<(2 + dice.below(4)) {
        let sentence = reviewer.review(of: domain).tokens.joined(separator: " ")
        if number > 0 { text += dice.chance(40) ? "\n" : " " }
        text += dice.chance(25) ? "my note says, \"\(sentence)\"" : sentence
      }
      return Item(text, label: domain.name)
    }
    return ["train", "dev", "test"].enumerated().map { part, name in
      let rows = parts[part].enumerated().map { row, item in
        [String(row), item.first] + (name == "test" ? [] : [item.label])
      }
      let header = ["id", "text", "label"].prefix(name == "test" ? 2 : 3)
      return TaskFile(
        "Tickets/\(name).csv", lines: ([Array(header)] + rows).map { $0.map(cell).joined(separator: ",") })
    }
  }

  /// Reviews with whether they are favourable, in words.
  private static func opinions(_ seed: UInt64) throws -> [TaskFile] {
    var dice = Dice(seed: seed, stream: "Opinions")
    // Plain clauses with few words of opinion: what a few hundred rows can teach.
    var settings = SentimentSettings()
    (settings.clauseShares, settings.frameShares) = ([100, 0, 0], [100, 0, 0])
    (settings.shapeShares, settings.domainWords, settings.wordOffset) = ([100, 0, 0, 0, 0], 0, 1)
    var reviewer = Reviewer(
      settings: settings, dice: Dice(seed: seed, stream: "Opinions' reviews"))
    let quota = Quota(train: 600, dev: 120, test: 120, shares: [("positive", 50), ("negative", 50)])
    let parts = try gather("Opinions", quota, dice: &dice) { dice in
      let review = reviewer.review()
      let text = review.tokens.joined(separator: " ")
      return Item(
        dice.chance(20) ? "\"\(text)\"" : text,
        label: review.meaning.polarity == .positive ? "positive" : "negative")
    }
    return zip(["train", "dev", "test"], parts).map { name, items in
      TaskFile(
        "Opinions/\(name).jsonl",
        lines: items.enumerated().map { row, item in
          "{\"id\": \(row), \"text\": \(string(item.first))"
            + (name == "test" ? "" : ", \"label\": \(string(item.label))") + "}"
        })
    }
  }

  /// A cell of RFC 4180, in quotes where it needs them.
  private static func cell(_ text: String) -> String {
    let isPlain = !text.contains { [",", "\"", "\n"].contains($0) }
    return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// A text of JSON; the texts here have no other characters to be escaped.
  private static func string(_ text: String) -> String {
    "\"" + text.replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }
}
