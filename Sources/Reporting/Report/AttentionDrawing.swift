import Runs
import Training

/// Where a model looks while it reads a row: a square of cells, one row a reading token, one column a token read.
struct AttentionDrawing {
  let title: String
  let attention: TeacherComparison.Attention

  /// The figure; the darker a cell, the more of its row's attention goes there.
  var html: String {
    let count = attention.tokens.count
    guard count > 0, attention.map.count == count else { return "" }
    let cell = 18.0
    let margin = 78.0
    let size = margin + Double(count) * cell + 2
    var svg = ""
    for (place, token) in attention.tokens.enumerated() {
      let middle = HTML.coordinate(margin + (Double(place) + 0.5) * cell)
      let name = HTML.escape(Self.shortened(token))
      svg +=
        "<text x=\"\(HTML.coordinate(margin - 5))\" y=\"\(middle)\" dy=\".32em\" text-anchor=\"end\">\(name)</text>"
      svg +=
        "<text transform=\"translate(\(middle) \(HTML.coordinate(margin - 5))) rotate(-90)\" dy=\".32em\">"
      svg += "\(name)</text>\n"
    }
    for (query, row) in attention.map.enumerated() {
      for (key, share) in row.enumerated() where share >= 0.01 {
        let x = HTML.coordinate(margin + Double(key) * cell + 0.5)
        let y = HTML.coordinate(margin + Double(query) * cell + 0.5)
        svg += "<rect class=\"cell\" x=\"\(x)\" y=\"\(y)\" width=\"\(HTML.coordinate(cell - 1))\" "
        // The root keeps small shares visible beside large ones.
        svg +=
          "height=\"\(HTML.coordinate(cell - 1))\" fill-opacity=\"\(Format.fixed(min(1, share).squareRoot(), 2))\"/>"
      }
    }
    let square = HTML.coordinate(Double(count) * cell)
    svg += "<rect x=\"\(HTML.coordinate(margin))\" y=\"\(HTML.coordinate(margin))\" width=\"\(square)\" "
    svg += "height=\"\(square)\" class=\"grid\"/>"
    return """
      <figure>
      <figcaption><b>\(HTML.escape(title))</b>, layer \(attention.layer)</figcaption>
      <svg style="max-width: \(HTML.coordinate(size * 1.15))px" viewBox="0 0 \(HTML.coordinate(size)) \(HTML.coordinate(size))" role="img" \
      aria-label="\(HTML.escape(title)): attention">
      \(svg)</svg>
      </figure>

      """
  }

  private static func shortened(_ token: String) -> String {
    token.unicodeScalars.count <= 10 ? token : String(token.prefix(9)) + "…"
  }
}
