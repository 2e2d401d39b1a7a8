/// What the names of classes look like, if they look like something else than names.
public enum LabelShape: Sendable, Equatable {
  /// Names, or whole numbers.
  case names
  /// Numbers from 0 to 1, not all of them whole: probabilities of one class.
  case probabilities
  /// Other numbers, not all of them whole.
  case numbers
  /// Lists of as many numbers each: probabilities of all classes, or a 1 where a label holds.
  case vectors
  /// Several labels in one cell, with that between them.
  case several(separator: String)

  /// Looks at the names of a task's classes.
  public init(_ labels: [String]) {
    let numbers = labels.compactMap(Double.init)
    if numbers.count == labels.count {
      let areWhole = numbers.allSatisfy { $0 == $0.rounded() }
      self = areWhole ? .names : numbers.allSatisfy((0...1).contains) ? .probabilities : .numbers
      return
    }
    for separator: Character in [",", ";", "|", " "] {
      let parts = labels.map { Self.parts($0, separator) }
      let areNumbers = parts.allSatisfy { $0.allSatisfy { Double($0) != nil } }
      if areNumbers, let count = parts.first?.count, count > 1, parts.allSatisfy({ $0.count == count }) {
        self = .vectors
        return
      }
      // Names have blanks and commas too; labels that come in several are found in more than one cell.
      if separator == " " { continue }
      let cells = Dictionary(grouping: parts.flatMap { Set($0) }) { $0 }
      let shared = parts.count {
        $0.count > 1 && $0.allSatisfy { (cells[$0]?.count ?? 0) > 1 && !$0.isEmpty }
      }
      if shared > 0 {
        self = .several(separator: String(separator))
        return
      }
    }
    self = .names
  }

  /// What a person should know of such labels; nil for names.
  public func sentence(_ labels: [String]) -> String? {
    func example(_ isOne: (String) -> Bool) -> String { "'\((labels.first(where: isOne) ?? "").prefix(80))'" }
    return switch self {
    case .names: nil
    case .probabilities:
      "every label is a number from 0 to 1, as probabilities are, and each is a class of its own: a column 'score' is "
        + "learned as numbers"
    case .numbers:
      "every label is a number, and each is a class of its own: a column 'score' is learned as numbers"
    case .vectors:
      "every label is a list of numbers, as probabilities of several classes are, and each list is a class of its own "
        + "(columns p:NAME are read as probabilities, l:NAME as a 1 or 0 of each label), such as \(example { _ in true })"
    case .several(let separator):
      "labels look like several in one, with '\(separator)' between them, and each combination is a class of its own "
        + "(--labels-column reads several labels a row), such as \(example { $0.contains(separator) })"
    }
  }

  /// The parts of a cell, without brackets, quotes and blanks around them.
  private static func parts(_ label: String, _ separator: Character) -> [String] {
    func strip(_ text: Substring, _ around: Set<Character>) -> String {
      let rest = text.drop { around.contains($0) }
      return String(rest.reversed().drop { around.contains($0) }.reversed())
    }
    let inner = strip(label[...], ["[", "]", "(", ")", "{", "}", " "])
    return inner.split(separator: separator, omittingEmptySubsequences: separator == " ").map {
      strip($0, [" ", "'", "\""])
    }
  }
}
