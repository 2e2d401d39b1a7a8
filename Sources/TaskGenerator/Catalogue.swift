/// Every task with its sizes: what `tasks/` is made of.
enum Catalogue {
  /// All files of all tasks under `seed`.
  static func files(seed: UInt64) throws -> [TaskFile] {
    try cola(seed) + sst2(seed) + mrpc(seed) + stsb(seed) + qqp(seed) + mnli(seed) + qnli(seed) + rte(seed)
      + wnli(seed) + diagnostic(seed) + answerKinds(seed)
  }

  /// SST-2, the task of the demonstration; a few training labels are turned round, as careless annotators would.
  static func sst2(_ seed: UInt64, settings: SentimentSettings = SentimentSettings()) throws -> [TaskFile] {
    var dice = Dice(seed: seed, stream: "SST-2")
    var reviewer = Reviewer(settings: settings, dice: Dice(seed: seed, stream: "SST-2 reviews"))
    let rows = settings.rows
    let quota = Quota(train: rows[0], dev: rows[1], test: rows[2], shares: [("1", 50), ("0", 50)])
    var parts = try gather("SST-2", quota, dice: &dice) { _ in
      let review = reviewer.review()
      return Item(
        review.tokens.joined(separator: " "), label: review.meaning.polarity == .positive ? "1" : "0")
    }
    for row in parts[0].indices where dice.below(1000) < settings.noisePerMille {
      parts[0][row].label = parts[0][row].label == "1" ? "0" : "1"
    }
    return Layout.sst2(parts)
  }

  private static func cola(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(train: 3000, dev: 600, test: 600, shares: [("1", 65), ("0", 35)])
    return Layout.cola(try parts("CoLA", seed, quota, Acceptability.item))
  }

  private static func mrpc(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(train: 2000, dev: 408, test: 400, shares: [("1", 65), ("0", 35)])
    return Layout.mrpc(try parts("MRPC", seed, quota, ParaphraseTask.item))
  }

  private static func stsb(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(
      train: 2000, dev: 500, test: 400, shares: [("0", 16), ("1", 20), ("2", 20), ("3", 22), ("4", 22)])
    return Layout.stsb(try parts("STS-B", seed, quota, SimilarityTask.item))
  }

  private static func qqp(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(train: 2000, dev: 500, test: 400, shares: [("0", 63), ("1", 37)])
    return Layout.qqp(try parts("QQP", seed, quota, DuplicateQuestions.item))
  }

  private static func mnli(_ seed: UInt64) throws -> [TaskFile] {
    let thirds = [("entailment", 33), ("neutral", 33), ("contradiction", 34)]
    let matched = try parts("MNLI", seed, Quota(train: 2400, dev: 500, test: 400, shares: thirds)) {
      InferenceTasks.mnli(World.matched, dice: &$0)
    }
    let mismatched = try parts("MNLI mismatched", seed, Quota(train: 0, dev: 500, test: 400, shares: thirds))
    {
      InferenceTasks.mnli(World.mismatched, dice: &$0)
    }
    return Layout.mnli(matched, names: ["train", "dev_matched", "test_matched"])
      + Layout.mnli(mismatched, names: ["train", "dev_mismatched", "test_mismatched"])
  }

  private static func qnli(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(train: 2000, dev: 500, test: 400, shares: [("entailment", 50), ("not_entailment", 50)])
    return Layout.pairs(
      "QNLI", try parts("QNLI", seed, quota, QuestionAnswering.item), first: "question", second: "sentence")
  }

  private static func rte(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(
      train: 2000, dev: 400, test: 400, shares: [("entailment", 50), ("neutral", 25), ("contradiction", 25)])
    return Layout.pairs("RTE", try parts("RTE", seed, quota, InferenceTasks.rte))
  }

  private static func wnli(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(train: 1000, dev: 400, test: 400, shares: [("0", 50), ("1", 50)])
    return Layout.pairs("WNLI", try parts("WNLI", seed, quota, Pronouns.item))
  }

  private static func diagnostic(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(
      train: 0, dev: 0, test: 600, shares: [("entailment", 40), ("neutral", 35), ("contradiction", 25)])
    return Layout.diagnostic(try parts("AX", seed, quota, InferenceTasks.diagnostic)[2])
  }

  private static func parts(
    _ task: String, _ seed: UInt64, _ quota: Quota, _ make: (inout Dice) -> Item?
  ) throws -> [[Item]] {
    var dice = Dice(seed: seed, stream: task)
    return try gather(task, quota, dice: &dice, make: make)
  }
}
