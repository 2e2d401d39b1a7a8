/// How the answers of a task of one's own are written where one name is not all, and how they are read.
struct AnswerForm: Sendable, Equatable {
  /// How far a sum of probabilities may be from 1, as rounding to three digits leaves it.
  static let tolerance = 1e-3
  /// What stands in a cell where none of the labels holds.
  static let none = "[]"

  /// What stands between several names in one cell.
  var separator: Character = "|"
  /// Whether probabilities are divided by their sum, whatever it is.
  var normalizes = false

  /// What is wrong with an answer.
  struct Problem: Error {
    let expected: String
    let found: String
  }

  /// Several names as one cell.
  static func text(_ names: [String]) -> String { names.isEmpty ? none : names.joined(separator: "|") }

  /// The names in a cell, without blanks around them; none in `[]`.
  func names(in cell: String) -> [String] {
    if ColumnNames.trimmed(cell) == Self.none { return [] }
    return cell.split(separator: separator, omittingEmptySubsequences: false).map { ColumnNames.trimmed($0) }
  }

  /// The labels that a cell names; throws for an empty cell, for names that are none of the task's and for one twice.
  func set(_ cell: String, of task: GLUETask) throws(Problem) -> Label {
    if ColumnNames.trimmed(cell).isEmpty {
      throw Problem(
        expected: "\(task.answers), or \(Self.none) where none of them holds", found: "an empty cell")
    }
    return try set(names(in: cell), of: task)
  }

  /// The labels of these names.
  func set(_ names: [String], of task: GLUETask) throws(Problem) -> Label {
    var places: [Int] = []
    for name in names {
      guard let place = task.labels?.firstIndex(of: name) else {
        throw Problem(expected: task.answers, found: NoAnswer.quoted(name))
      }
      if places.contains(place) {
        throw Problem(expected: "each label once", found: "'\(name.prefix(80))' twice")
      }
      places.append(place)
    }
    return .set(places.sorted())
  }

  /// The labels whose columns hold a 1; the others hold a 0.
  func set(flags: [String], of task: GLUETask) throws(Problem) -> Label {
    var places: [Int] = []
    for (place, flag) in flags.enumerated() {
      switch flag.lowercased() {
      case "1", "1.0", "true": places.append(place)
      case "0", "0.0", "false": continue
      default:
        throw Problem(
          expected: "1 or 0 as 'l:\(task.labels?[place] ?? "")'", found: "'\(flag.prefix(80))'")
      }
    }
    return .set(places)
  }

  /// The probabilities that columns hold, in the task's order.
  func shares(columns: [String], of task: GLUETask) throws(Problem) -> Label {
    var shares: [Double] = []
    for (place, cell) in columns.enumerated() {
      guard let share = Double(ColumnNames.trimmed(cell)) else {
        throw Problem(
          expected: "a number as 'p:\(task.labels?[place] ?? "")'", found: "'\(cell.prefix(80))'")
      }
      shares.append(share)
    }
    return try self.shares(shares, of: task)
  }

  /// The probabilities of these names; what is not named has none.
  func shares(_ numbers: [String: Double], of task: GLUETask) throws(Problem) -> Label {
    var shares = [Double](repeating: 0, count: task.outputCount)
    for (name, share) in numbers.sorted(by: { $0.key < $1.key }) {
      guard let place = task.labels?.firstIndex(of: name) else {
        throw Problem(expected: task.answers, found: NoAnswer.quoted(name))
      }
      shares[place] = share
    }
    return try self.shares(shares, of: task)
  }

  private func shares(_ shares: [Double], of task: GLUETask) throws(Problem) -> Label {
    for (place, share) in shares.enumerated() where !(share >= 0 && share.isFinite) {
      throw Problem(
        expected: normalizes ? "numbers of 0 or more" : "probabilities from 0 to 1",
        found: "\(share) of '\(task.labels?[place] ?? "")'")
    }
    let sum = shares.reduce(0, +)
    if normalizes && !(sum > 0 && sum.isFinite) {
      throw Problem(expected: "numbers with a sum above 0", found: "a sum of \(sum)")
    }
    if !normalizes && abs(sum - 1) > Self.tolerance {
      throw Problem(
        expected: "probabilities with a sum of 1",
        found: "a sum of \((sum * 1e6).rounded() / 1e6); --normalize divides by it")
    }
    return .shares(shares.map { $0 / sum })
  }
}
