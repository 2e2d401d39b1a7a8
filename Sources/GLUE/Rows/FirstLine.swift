/// What the first line says of a file of texts that nobody described.
public enum FirstLine: Sendable, Equatable {
  /// A row like those below it: a text, or several fields with tabs between them.
  case row
  /// The names of the columns below, one of which at least is a name that files of tasks use.
  case names([String])
  /// Such names with another separator than tabs, as in CSV.
  case separated(by: Character)
  /// An object, or the beginning of a list, as in JSON.
  case json

  /// Looks at a line without its end.
  ///
  /// Sentences are rows: names are short, and one of them is known. A line of the single word `text` or `sentence` is a
  /// header.
  public init(_ line: String) {
    let start = ColumnNames.trimmed(line.prefix(200))
    if start.hasPrefix("{\"") || start.hasPrefix("[{") || start == "{" || start == "[" {
      self = .json
      return
    }
    let names = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    if names.count > 1 {
      self = ColumnNames.knows(anyOf: names) ? .names(names) : .row
      return
    }
    if ColumnNames.texts(among: names) != nil {
      self = .names(names)
      return
    }
    for separator: Character in [",", ";", "|"] where line.contains(separator) && line.utf8.count < 1000 {
      let names = line.split(separator: separator, omittingEmptySubsequences: false).map {
        ColumnNames.trimmed($0.filter { $0 != "\"" })
      }
      let areNames = names.allSatisfy { !$0.isEmpty && $0.count <= 40 && !$0.contains(" ") }
      if areNames && ColumnNames.knows(anyOf: names) {
        self = .separated(by: separator)
        return
      }
    }
    self = .row
  }

  /// What is found where columns with tabs between them were looked for; nil where the line may have them.
  public var otherFormat: String? {
    switch self {
    case .row, .names: nil
    case .separated(let separator):
      "names with '\(separator)' between them, as in CSV (columns are separated by tabs here)"
    case .json: "JSON (lines of texts, or columns separated by tabs, are read here)"
    }
  }
}

/// Where a table of texts has what, by the names in its first line.
public struct TextColumns: Sendable, Equatable {
  /// The place of the text, or those of a pair's two, from 0.
  public let texts: [Int]
  /// The place of what a row is called (`index` or `id`), where there is one.
  public let index: Int?
  /// The names of the texts' columns, for people.
  public let names: String

  /// Finds them among the names of a header.
  ///
  /// Throws where they name no text, or several; and where `pairs` says that it should be a pair and it is one text, or
  /// the other way round.
  public init(_ names: [String], pairs: Bool? = nil, path: String) throws {
    func problem(_ expected: String) -> GLUEError {
      GLUEError(
        path: path, line: 1, expected: expected,
        found: "\(names.count) columns: \(names.joined(separator: ", ").prefix(160))")
    }
    guard let texts = ColumnNames.texts(among: names) else { throw problem(ColumnNames.wanted) }
    if let pairs, pairs != (texts.count == 2) {
      throw problem(pairs ? "a header that names the two texts of a pair" : "a header that names one text")
    }
    self.texts = texts
    let plain = names.map { ColumnNames.plain($0) }
    index = plain.firstIndex(of: "index") ?? plain.firstIndex(of: "id") ?? plain.firstIndex(of: "idx")
    self.names = texts.map { ColumnNames.trimmed(names[$0]) }.joined(separator: " and ")
  }
}
