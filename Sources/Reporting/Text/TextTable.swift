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
    let widths = columns.indices.map { column in
      rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
    }
    let rule = widths.map { String(repeating: "─", count: $0) }
    return ([columns.map(\.title), rule] + rows).map { cells in
      let padded = cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return columns[column].alignment == .left ? cells[column] + space : space + cells[column]
      }
      let line = padded.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }
}
