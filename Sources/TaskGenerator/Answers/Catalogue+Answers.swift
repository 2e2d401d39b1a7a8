/// Tasks of one's own, of each kind of answer that GLUE does not have.
extension Catalogue {
  /// All their files under `seed`.
  static func answerKinds(_ seed: UInt64) throws -> [TaskFile] {
    try aspects(seed) + votes(seed) + complaints(seed)
  }

  /// Several labels a row, with `|` between them.
  private static func aspects(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(
      train: 600, dev: 200, test: 100, shares: [("1", 40), ("2", 37), ("3", 15), ("0", 8)])
    return files("aspects", try drawn("aspects", seed, quota, Aspects.item), answer: "labels")
  }

  /// Probabilities of three classes in train, the class that most readers chose in dev.
  private static func votes(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(
      train: 480, dev: 200, test: 100, shares: [("negative", 35), ("neutral", 28), ("positive", 37)])
    let parts = try drawn("votes", seed, quota, Votes.item)
    let columns = Votes.classes.map { " | p:" + $0 }.joined()
    return [
      TaskFile(
        "votes/train.tsv", header: "text" + columns,
        rows: parts[0].map { [$0.first] + $0.label.split(separator: " ").map(String.init) }),
      TaskFile("votes/dev.tsv", header: "text | label", rows: parts[1].map { [$0.first, $0.group] }),
      TaskFile("votes/test.tsv", header: "text", rows: parts[2].map { [$0.first] }),
    ]
  }

  /// 72, 22 and 6 of a hundred rows.
  private static func complaints(_ seed: UInt64) throws -> [TaskFile] {
    let quota = Quota(
      train: 600, dev: 300, test: 100, shares: [("praise", 72), ("complaint", 22), ("refund", 6)])
    return files("complaints", try drawn("complaints", seed, quota, Complaints.item), answer: "label")
  }

  private static func files(_ task: String, _ parts: [[Item]], answer: String) -> [TaskFile] {
    zip(["train", "dev"], parts).map { name, items in
      TaskFile(
        "\(task)/\(name).tsv", header: "text | \(answer)", rows: items.map { [$0.first, $0.label] })
    } + [TaskFile("\(task)/test.tsv", header: "text", rows: parts[2].map { [$0.first] })]
  }

  private static func drawn(
    _ task: String, _ seed: UInt64, _ quota: Quota, _ make: (inout Dice) -> Item
  ) throws -> [[Item]] {
    var dice = Dice(seed: seed, stream: task)
    return try gather(task, quota, dice: &dice) { make(&$0) }
  }
}
