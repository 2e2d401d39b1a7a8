import Files

/// What the rows of a task of one's own are answered with, as its training rows show it.
struct OwnAnswers {
  /// The columns of a file that hold its answers.
  enum Columns: Equatable {
    /// One name, or what JSON has in its place.
    case one(String)
    /// Several names in one cell.
    case several(String)
    /// A number.
    case score(String)
    /// The probability of each class, in columns of these names.
    case shares
    /// A 1 or a 0 for each label.
    case flags

    /// What the names of columns of `shares` and `flags` begin with.
    static let (sharePrefix, flagPrefix) = ("p:", "l:")

    /// Finds them by what somebody named, else by their names; nil where there are none.
    ///
    /// Throws where a header has answers of two kinds and nobody named one.
    init?(_ names: [String], _ chosen: TaskColumns, path: String) throws {
      let plain = names.map { $0.lowercased() }
      func has(_ name: String) -> Bool { names.contains(name) || plain.contains(name.lowercased()) }
      func hasEach(_ prefix: String) -> Bool { plain.contains { $0.hasPrefix(prefix) } }
      if let several = chosen.labels {
        guard has(several) else { return nil }
        self = .several(several)
      } else if let label = chosen.label {
        if label == Self.sharePrefix || label == Self.flagPrefix {
          guard hasEach(label) else { return nil }
          self = label == Self.sharePrefix ? .shares : .flags
        } else {
          guard has(label) else { return nil }
          self = ColumnNames.plain(label) == "score" ? .score(label) : .one(label)
        }
      } else {
        let found: [(name: String, columns: Columns, isThere: Bool)] = [
          ("label", .one("label"), has("label")), ("labels", .several("labels"), has("labels")),
          ("p:…", .shares, hasEach(Self.sharePrefix)), ("l:…", .flags, hasEach(Self.flagPrefix)),
        ]
        let there = found.filter(\.isThere)
        if there.count > 1 {
          throw GLUEError(
            path: path, line: 1, expected: "answers of one kind",
            found: "columns " + there.map(\.name).joined(separator: " and ")
              + "; --label-column says which (label, p: or l:), --labels-column for several in a cell")
        }
        guard let columns = there.first?.columns ?? (has("score") ? .score("score") : nil) else { return nil }
        self = columns
      }
    }

    /// Whether each label has a column.
    var isEach: Bool { self == .shares || self == .flags }

    /// The labels that have a column in a header, as they are written there.
    func labels(in names: [String]) -> [String] {
      guard isEach else { return [] }
      let prefix = self == .shares ? Self.sharePrefix : Self.flagPrefix
      return names.filter { $0.lowercased().hasPrefix(prefix) }.map {
        ColumnNames.trimmed($0.dropFirst(prefix.count))
      }
    }

    /// The places of the columns: of these labels in their order, of all if nil.
    func places(in names: [String], labels: [String]?) -> [Int] {
      switch self {
      case .one(let name), .several(let name), .score(let name):
        return [names.firstIndex(of: name) ?? names.firstIndex { $0.lowercased() == name.lowercased() }]
          .compactMap(\.self)
      case .shares, .flags:
        let places = names.indices.filter { !self.labels(in: [names[$0]]).isEmpty }
        guard let labels else { return places }
        return labels.compactMap { label in places.first { self.labels(in: [names[$0]]) == [label] } }
      }
    }
  }

  /// The labels in order; of scores, two that differ.
  private(set) var labels: [String] = []
  /// How they are written.
  private(set) var form = AnswerForm()
  private let columns: Columns
  /// Whether any number of labels may hold.
  private var isMultiLabel = false

  /// Looks at the training rows; what cannot be read is left to the reader.
  init(_ path: String, _ columns: Columns, _ names: [String], layout: TSVLayout, normalizes: Bool) throws {
    self.columns = columns
    form.normalizes = normalizes
    if columns.isEach {
      isMultiLabel = columns == .flags
      labels = Self.ordered(Set(columns.labels(in: names)))
      if let label = labels.first(where: { $0.isEmpty }) ?? labels.first(where: Self.isUnfit), isMultiLabel {
        throw GLUEError(path: path, line: 1, expected: "names of labels without '|'", found: "'\(label)'")
      }
      return
    }
    let place = layout.label?.place ?? 0
    func cells() throws -> LabelCells { try LabelCells(path, columns: layout.columnCount, label: place) }
    var found = try cells()
    if case .several = columns {
      isMultiLabel = true
      form.separator = try Self.separator(&found)
      found = try cells()
    } else if case .one = columns, let first = try found.next() {
      if case .names = first.parts { isMultiLabel = true }
      found = try cells()
    }
    var seen: Set<String> = []
    let isScore = if case .score = columns { true } else { false }
    while !isScore || seen.count < 2, let cell = try found.next() {
      for name in self.names(in: cell) where seen.insert(name).inserted {
        if isMultiLabel && Self.isUnfit(name) {
          throw GLUEError(
            path: path, line: cell.line, expected: "names of labels, not empty and without '|'",
            found: "'\(name.prefix(80))'")
        }
        if seen.count > OwnTask.mostLabels {
          throw GLUEError(
            path: path, line: cell.line,
            expected:
              "at most \(OwnTask.mostLabels) different labels (numbers to be learned as such belong in a column "
              + "'score')",
            found: "one more, '\(name.prefix(80))'")
        }
      }
    }
    labels = Self.ordered(seen)
  }

  private static func isUnfit(_ name: String) -> Bool {
    name.isEmpty || name.contains("|") || name == AnswerForm.none
  }

  /// The names that a cell has, of the kind that the first one is.
  private func names(in cell: LabelCells.Cell) -> [String] {
    switch cell.parts {
    case .names(let names): isMultiLabel ? names : []
    case .numbers(let numbers): isMultiLabel ? [] : Array(numbers.keys)
    case nil:
      if case .several = columns { form.names(in: cell.name) } else { isMultiLabel ? [] : [cell.name] }
    }
  }

  /// What stands between names: the first of `|`, `;` and `,` that a cell has.
  private static func separator(_ cells: inout LabelCells) throws -> Character {
    let separators: [Character] = ["|", ";", ","]
    var found: Set<Character> = []
    while let cell = try cells.next() {
      if cell.name != AnswerForm.none { found.formUnion(separators.filter { cell.name.contains($0) }) }
    }
    return separators.first(where: found.contains) ?? "|"
  }

  /// Numbers in their order, names by their bytes.
  private static func ordered(_ labels: Set<String>) -> [String] {
    let areNumbers = labels.allSatisfy { Int($0) != nil }
    return labels.sorted { a, b in
      if areNumbers, let x = Int(a), let y = Int(b), x != y { return x < y }
      return a.utf8.lexicographicallyPrecedes(b.utf8)
    }
  }

  /// What is asked.
  var kind: GLUETask.Kind {
    if case .score = columns { return .regression(OwnTask.scores) }
    return isMultiLabel ? .multiLabel(labels: labels) : .classification(labels: labels)
  }

  /// The metrics, the one that selects first.
  var metrics: [String] {
    if case .score = columns { return ["pearson", "spearman", "mae"] }
    return isMultiLabel
      ? ["micro_f1", "macro_f1", "subset_accuracy"] : ["accuracy", "matthews_correlation", "macro_f1"]
  }

  /// What the answers are called.
  var plural: String {
    switch columns {
    case .one(let name), .score(let name): name + "s"
    case .several, .shares, .flags: "labels"
    }
  }

  /// Throws unless the columns of another file hold answers of this kind, for these labels.
  func check(_ other: Columns, _ names: [String], path: String) throws {
    if other == columns && !other.isEach { return }
    let isOfKind =
      switch (columns, other) {
      case (.score, .score), (.several, .several): true
      case (.score, _), (_, .score): false
      case (_, .several), (_, .flags): isMultiLabel
      case (_, .shares): !isMultiLabel
      case (.shares, .one): true
      // A list may stand under any name in JSON.
      case (_, .one): !isMultiLabel || RowFormat(path: path) == .jsonl
      }
    if !isOfKind {
      throw GLUEError(
        path: path, line: 1, expected: "answers as the training rows have them, \(columns.words)",
        found: other.words)
    }
    guard other.isEach else { return }
    let own = Set(other.labels(in: names))
    if let unknown = own.subtracting(labels).sorted().first {
      throw GLUEError(
        path: path, line: 1, expected: "columns of the labels " + GLUETask.listed(labels),
        found: "'\(unknown)'")
    }
    if let missing = labels.first(where: { !own.contains($0) }) {
      throw GLUEError(
        path: path, line: 1, expected: "columns of the labels " + GLUETask.listed(labels),
        found: "none of '\(missing)'")
    }
  }
}

extension OwnAnswers.Columns {
  /// What they are, in words.
  var words: String {
    switch self {
    case .one(let name): "one label a row in '\(name)'"
    case .several(let name): "several labels a row in '\(name)'"
    case .score(let name): "scores in '\(name)'"
    case .shares: "probabilities in columns p:…"
    case .flags: "ones and zeros in columns l:…"
    }
  }
}
