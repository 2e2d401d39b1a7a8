/// Pieces of HTML, escaped where text comes from outside.
enum HTML {
  /// Text for the inside of an element or a quoted attribute.
  static func escape(_ text: some StringProtocol) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// A section with a heading.
  static func section(_ title: String, _ body: String) -> String {
    "<section>\n<h2>\(escape(title))</h2>\n\(body)</section>\n"
  }

  /// A table of cells that are HTML already.
  ///
  /// Columns of numbers (`numeric`) stand to the right, columns of long text (`text`) break their lines.
  static func table(header: [String], numeric: Set<Int>, text: Set<Int> = [], rows: [[String]]) -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      let inner = cells.enumerated().map { column, cell in
        let kind =
          numeric.contains(column) ? " class=\"number\"" : text.contains(column) ? " class=\"text\"" : ""
        return "<\(tag)\(kind)>\(cell)</\(tag)>"
      }
      return "<tr>\(inner.joined())</tr>\n"
    }
    return "<div class=\"scroll\"><table>\n<thead>\(row(header.map(escape), "th"))</thead>\n<tbody>\n"
      + rows.map { row($0, "td") }.joined() + "</tbody>\n</table></div>\n"
  }

  /// Facts as large values over small names.
  static func facts(_ facts: [(name: String, value: String)]) -> String {
    "<dl class=\"facts\">\n"
      + facts.map { "<div><dt>\(escape($0.name))</dt><dd>\(escape($0.value))</dd></div>\n" }.joined()
      + "</dl>\n"
  }

  /// A coordinate with a tenth of a pixel.
  static func coordinate(_ value: Double) -> String { Format.fixed(value, 1) }
}
