/// A chart of lines over steps, as inline SVG that follows the page's colours.
struct LineChart {
  /// One line.
  struct Series {
    /// Its name in the legend, where series of one name stand once.
    var name: String
    /// Its points from left to right.
    var points: [(x: Double, y: Double)]
    /// Which of the page's series colours it has, from 0.
    var colour: Int
    /// Whether its points are marked, for lines of few points.
    var marksPoints = false
  }

  /// What the vertical axis shows.
  var title: String
  /// What the horizontal axis counts.
  var horizontalTitle = "step"
  /// The lines.
  var series: [Series]
  /// Horizontal lines to compare with, named.
  var levels: [(name: String, value: Double)] = []
  /// Where stages begin, named.
  var marks: [(position: Double, label: String)] = []
  /// Whether the vertical axis begins at 0.
  var fromZero = false
  /// Height of the drawing in units of which its width has `width`.
  var height = 268.0
  /// Width of the drawing.
  var width = 720.0

  private let left = 52.0
  private let right = 18.0
  /// Room for the names of stages, in the large letters of a phone too.
  private let top = 28.0
  private let bottom = 34.0

  /// The figure with legend and drawing, or a line saying that there is nothing to draw.
  var html: String {
    let drawn = series.filter { $0.points.contains { $0.y.isFinite } }
    guard !drawn.isEmpty else { return "" }
    let x = Axis(
      holding: drawn.flatMap { $0.points.map(\.x) } + marks.map(\.position), ticks: 6, fromZero: true,
      isTight: true)
    let y = Axis(
      holding: drawn.flatMap { $0.points.map(\.y) } + levels.map(\.value), fromZero: fromZero)
    return """
      <figure>
      <figcaption><b>\(HTML.escape(title))</b>\(legend(of: drawn))</figcaption>
      <svg class="\(width > 500 ? "wide" : "narrow")" viewBox="0 0 \(Int(width)) \(Int(height))" role="img" aria-label="\(HTML.escape(title))">
      \(grid(x, y))\(drawn.map { line($0, x, y) }.joined())\(levelLines(y))</svg>
      </figure>

      """
  }

  private func legend(of drawn: [Series]) -> String {
    guard drawn.count > 1 || !levels.isEmpty else { return "" }
    var named: Set<String> = []
    return drawn.filter { named.insert($0.name).inserted }
      .map { " <span class=\"key s\($0.colour % 8)\">\(HTML.escape($0.name))</span>" }.joined()
  }

  private func grid(_ x: Axis, _ y: Axis) -> String {
    var svg = ""
    for tick in y.ticks {
      let position = HTML.coordinate(y.position(tick, from: height - bottom, to: top))
      svg +=
        "<path class=\"grid\" d=\"M\(HTML.coordinate(left)) \(position)H\(HTML.coordinate(width - right))\"/>"
      svg += "<text x=\"\(HTML.coordinate(left - 6))\" y=\"\(position)\" dy=\".32em\" text-anchor=\"end\">"
      svg += "\(y.label(tick))</text>\n"
    }
    for tick in x.ticks {
      let position = HTML.coordinate(x.position(tick, from: left, to: width - right))
      svg += "<text x=\"\(position)\" y=\"\(HTML.coordinate(height - bottom + 16))\" text-anchor=\"middle\">"
      svg += "\(x.label(tick))</text>\n"
    }
    svg +=
      "<text x=\"\(HTML.coordinate(width - right))\" y=\"\(HTML.coordinate(height - 3))\" text-anchor=\"end\">"
    svg += "\(HTML.escape(horizontalTitle))</text>\n"
    for mark in marks {
      let position = HTML.coordinate(x.position(mark.position, from: left, to: width - right))
      svg +=
        "<path class=\"mark\" d=\"M\(position) \(HTML.coordinate(top))V\(HTML.coordinate(height - bottom))\"/>"
      svg += "<text class=\"mark\" x=\"\(position)\" y=\"\(HTML.coordinate(top - 7))\" dx=\"3\">"
      svg += "\(HTML.escape(mark.label))</text>\n"
    }
    return svg
  }

  private func line(_ series: Series, _ x: Axis, _ y: Axis) -> String {
    var path = ""
    var dots = ""
    var penIsDown = false
    for point in Self.thinned(series.points, to: 400) {
      guard point.y.isFinite else {
        penIsDown = false
        continue
      }
      let px = HTML.coordinate(x.position(point.x, from: left, to: width - right))
      let py = HTML.coordinate(y.position(point.y, from: height - bottom, to: top))
      path += "\(penIsDown ? "L" : "M")\(px) \(py)"
      penIsDown = true
      if series.marksPoints { dots += "<circle cx=\"\(px)\" cy=\"\(py)\" r=\"2.6\"/>" }
    }
    return "<g class=\"line s\(series.colour % 8)\"><path d=\"\(path)\"/>\(dots)</g>\n"
  }

  /// Levels with their names at the right end, moved apart where they would cover each other.
  private func levelLines(_ y: Axis) -> String {
    var svg = ""
    var lastText = Double.infinity
    for level in levels.sorted(by: { $0.value < $1.value }) {
      let position = y.position(level.value, from: height - bottom, to: top)
      // Lines of a phone's large letters need this much.
      let text = min(position - 4, lastText - 21)
      lastText = text
      svg += "<path class=\"level\" d=\"M\(HTML.coordinate(left)) \(HTML.coordinate(position))"
      svg += "H\(HTML.coordinate(width - right))\"/>"
      svg += "<text class=\"level\" x=\"\(HTML.coordinate(width - right))\" y=\"\(HTML.coordinate(text))\" "
      svg += "text-anchor=\"end\">\(HTML.escape(level.name)) \(Format.fixed(level.value, 3))</text>\n"
    }
    return svg
  }

  /// At most about `count` points: the means of equal runs of neighbours.
  static func thinned(_ points: [(x: Double, y: Double)], to count: Int) -> [(x: Double, y: Double)] {
    guard points.count > count else { return points }
    let size = (points.count + count - 1) / count
    return stride(from: 0, to: points.count, by: size).map { start in
      let part = points[start..<min(start + size, points.count)]
      let total = part.reduce((x: 0.0, y: 0.0)) { ($0.x + $1.x, $0.y + $1.y) }
      return (total.x / Double(part.count), total.y / Double(part.count))
    }
  }

  /// An exponential average that starts at the first value; `memory` is what it keeps with each point.
  static func smoothed(_ points: [(x: Double, y: Double)], memory: Double) -> [(x: Double, y: Double)] {
    var average = points.first?.y ?? 0
    return points.enumerated().map { index, point in
      // The mean of all so far, until the average has a memory long enough.
      let weight = max(1 - memory, 1 / Double(index + 1))
      average += weight * (point.y - average)
      return (point.x, average)
    }
  }
}
