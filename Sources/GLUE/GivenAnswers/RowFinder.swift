import Files

/// Finds the rows that lines of a file of answers mean, by what rows are called and by their texts.
struct RowFinder {
  /// What a line says of the row that it means.
  struct Wanted {
    let path: String
    let line: Int
    let id: String?
    /// The text, or the two of a pair.
    let texts: [String]?
  }

  private let rows: [Example]
  private let labelledCount: Int
  private var byID: [String: Int] = [:]
  private var byText: [[String]: [Int]] = [:]
  /// A name that several rows have, by which none can be found.
  private var twice: String?

  /// A finder of rows, the first of which have labels: those alone are called anything.
  init(_ rows: [Example], labelled: Int) {
    (self.rows, labelledCount) = (rows, labelled)
    for (place, row) in rows.enumerated() {
      byText[Self.texts(of: row), default: []].append(place)
      if place >= labelled { continue }
      let id = row.index ?? String(place)
      if byID.updateValue(place, forKey: id) != nil { twice = twice ?? id }
    }
  }

  /// Texts as tables write them, where a tab would end a cell.
  private static func texts(of row: Example) -> [String] {
    [row.first, row.second].compactMap { $0?.onOneLine }
  }

  /// The places of the rows that are meant; none where nobody has them, or where the row called so has another text.
  ///
  /// Throws where that text is another labelled row's, and where several rows have the name and no text is there.
  func rows(_ wanted: Wanted) throws -> [Int] {
    let named = wanted.id.flatMap { byID[$0] }
    if wanted.texts == nil, let twice, wanted.id != nil {
      throw GLUEError(
        path: wanted.path, line: wanted.line,
        expected: "the texts of rows, as several rows are called '\(twice)'", found: "an id alone")
    }
    guard let texts = wanted.texts?.map(\.onOneLine) else { return named.map { [$0] } ?? [] }
    let same = byText[texts] ?? []
    guard let named, twice == nil else { return same }
    if same.contains(named) { return [named] }
    // Rows without labels are called nothing: a file of answers to them has numbers of its own.
    let unlabelled = same.filter { $0 >= labelledCount }
    if unlabelled.isEmpty && !same.isEmpty, let conflict = conflict(wanted) { throw conflict.error }
    return unlabelled
  }

  /// The row that is called as a line says and has another text, and that as an error.
  func conflict(_ wanted: Wanted) -> (row: Int, error: GLUEError)? {
    guard let row = wanted.id.flatMap({ byID[$0] }), let text = wanted.texts?.first else { return nil }
    return (
      row,
      GLUEError(
        path: wanted.path, line: wanted.line,
        expected: "the text of the row called \(wanted.id ?? "") (line \(rows[row].line)), '"
          + "\(rows[row].first.prefix(60))'",
        found:
          "'\(text.prefix(60))': the file belongs to other rows, or in another order (without id, texts alone are "
          + "gone by)")
    )
  }
}
