/// One example of a task before it becomes a line of a file.
struct Item: Equatable {
  /// The sentence, or the first of a pair.
  var first: String
  /// The second sentence of a pair.
  var second: String?
  /// The label as the file spells it; for STS-B the score with three decimals.
  var label: String
  /// What the examples are balanced by; the label, unless the task says otherwise.
  var group: String
  /// A further column: CoLA's source and mark, MNLI's and STS-B's genre.
  var note: String = ""

  init(_ first: String, _ second: String? = nil, label: String, group: String? = nil, note: String = "") {
    self.first = first
    self.second = second
    self.label = label
    self.group = group ?? label
    self.note = note
  }

  /// The sentences of this item in lower case.
  var sentences: [String] { [first.lowercased()] + (second.map { [$0.lowercased()] } ?? []) }
}

/// The part of a task that a sentence may stand in.
enum Part: Int, CaseIterable {
  case train, dev, test

  /// The one part that `sentence` (in lower case) belongs to, whatever task it turns up in.
  ///
  /// Seventy sentences of a hundred are for training. Since the part follows from the sentence alone, no sentence
  /// of a train file is ever found in a dev or test file, not even as the other half of a pair or in another task.
  static func owner(of sentence: String) -> Part {
    switch Dice.hash(sentence) % 100 {
    case 0..<70: .train
    case 70..<85: .dev
    default: .test
    }
  }
}

/// How many examples of which groups a part wants.
struct Quota {
  /// Examples in train, dev and test.
  var counts: [Int]
  /// The groups and how many of a hundred examples each has.
  var shares: [(group: String, percent: Int)]

  init(train: Int, dev: Int, test: Int, shares: [(group: String, percent: Int)]) {
    counts = [train, dev, test]
    self.shares = shares
  }

  /// The examples of each group in a part; the last group takes what rounding leaves.
  func wanted(in part: Part) -> [String: Int] {
    let count = counts[part.rawValue]
    var wanted: [String: Int] = [:]
    var rest = count
    for (group, percent) in shares.dropLast() {
      wanted[group] = count * percent / 100
      rest -= count * percent / 100
    }
    if let last = shares.last { wanted[last.group] = rest }
    return wanted
  }
}

/// A grammar that cannot fill its quota.
struct GrammarExhausted: Error, CustomStringConvertible {
  let task: String
  let missing: [String]

  var description: String {
    "\(task): the grammar has too few different sentences; missing \(missing.joined(separator: ", "))"
  }
}

/// Draws examples until every part of a task is full: no sentence in two parts, no example twice.
///
/// - Parameter make: draws one example, or nil for a draw that came to nothing.
/// - Returns: the examples of train, dev and test, each in random order.
func gather(
  _ task: String, _ quota: Quota, dice: inout Dice, make: (inout Dice) -> Item?
) throws -> [[Item]] {
  var wanted = Part.allCases.map { quota.wanted(in: $0) }
  var missing = quota.counts.reduce(0, +)
  var seen: Set<String> = []
  var parts: [[Item]] = [[], [], []]
  var attempts = 0
  while missing > 0 {
    attempts += 1
    if attempts > 4_000_000 {
      let what = Part.allCases.flatMap { part in
        wanted[part.rawValue].filter { $0.value > 0 }.sorted { $0.key < $1.key }
          .map { "\(part) \($0.key): \($0.value)" }
      }
      throw GrammarExhausted(task: task, missing: what)
    }
    guard let item = make(&dice) else { continue }
    let sentences = item.sentences
    let part = Part.owner(of: sentences[0])
    guard wanted[part.rawValue][item.group, default: 0] > 0,
      sentences.allSatisfy({ Part.owner(of: $0) == part }),
      sentences.count == 1 || sentences[0] != sentences[1],
      seen.insert(sentences.sorted().joined(separator: "\t")).inserted
    else { continue }
    wanted[part.rawValue][item.group, default: 0] -= 1
    parts[part.rawValue].append(item)
    missing -= 1
  }
  return parts.map { dice.shuffled($0) }
}
