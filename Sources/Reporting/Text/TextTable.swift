/// A table for a terminal: a header, a rule and aligned columns.
public struct TextTable: Sendable {
  /// Where the text of a column stands.
  public enum Alignment: Sendable {
    /// For names.
    case left
    /// For numbers.
    case right
  }

  private let columns: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []

  /// A table without rows.
  public init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

  /// Adds a row of one cell for each column.
  public mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row has one cell for each column")
    rows.append(cells)
  }

  /// The lines of the table, each ending in a line feed.
  public var text: String {
    let rule = widths.map { String(repeating: "─", count: $0) }
    return ([columns.map(\.title), rule] + rows).map { cells in
      let line = padded(cells).joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }

  /// The table in Markdown, its columns aligned in the source too.
  public var markdown: String {
    let rule = zip(widths, columns).map { width, column in
      column.alignment == .left
        ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
    }
    let rows = rows.map { $0.map { $0.replacing("|", with: "\\|") } }
    return ([columns.map(\.title), rule] + rows).map { "| " + padded($0).joined(separator: " | ") + " |\n" }
      .joined()
  }

  private var widths: [Int] {
    columns.indices.map { column in rows.reduce(columns[column].title.count) { max($0, $1[column].count) } }
  }

  private func padded(_ cells: [String]) -> [String] {
    zip(zip(cells, widths), columns).map { cell, column in
      let space = String(repeating: " ", count: cell.1 - cell.0.count)
      return column.alignment == .left ? cell.0 + space : space + cell.0
    }
  }
}
