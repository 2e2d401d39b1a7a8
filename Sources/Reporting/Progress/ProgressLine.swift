import Runs
import Training

/// Words for the state of a run: one line that fits a terminal, or a plain one for a log.
struct ProgressLine {
  /// Whether parts are coloured.
  var colour = false
  /// Columns that the line may take; no limit for a log.
  var width: Int?

  /// The line for `state` at the time `now`.
  func text(_ state: ProgressState, now: Double) -> String {
    guard let stage = state.stage else { return state.title }
    let done = state.step?.step ?? 0
    let name = stage.stageCount > 1 ? "\(stage.stage) (\(stage.number)/\(stage.stageCount))" : stage.stage
    var head = "\(state.title)  \(name) "
    if width != nil { head += bar(Double(done) / Double(max(stage.stepCount, 1))) + " " }
    head += "\(done)/\(stage.stepCount)"

    // In the order in which they are dropped from the end where the line is too long.
    var parts: [String] = []
    if let left = state.secondsLeft(now: now) { parts.append("\(Format.duration(left)) left") }
    if let step = state.step {
      let terms =
        state.terms.count > 1
        ? " (" + state.terms.map { "\($0.name) \(Format.significant($0.value, 3))" }.joined(separator: ", ")
          + ")"
        : ""
      parts.append("loss \(Format.fixed(state.loss, 4))\(terms)")
      parts.append("\(Format.short(state.examplesPerSecond)) examples/s")
      parts.append("lr \(Format.significant(step.learningRate, 3))")
      if let scale = step.annealingScale { parts.append("scale \(Format.fixed(scale, 2))") }
      parts.append("\(Format.short(state.tokensPerSecond)) tokens/s")
    }
    return joined(head, parts)
  }

  /// The line for something that comes before the first step.
  func text(_ record: PreparationRecord) -> String {
    var head = "\(record.what) "
    if width != nil { head += bar(Double(record.done) / Double(max(record.count, 1))) + " " }
    head += "\(Format.grouped(record.done))/\(Format.grouped(record.count))"
    var parts: [String] = []
    if record.done > 0, record.seconds > 0 {
      let pace = Double(record.done) / record.seconds
      parts.append("\(Format.duration(Double(record.count - record.done) / pace)) left")
      parts.append("\(Format.short(pace)) \(record.unit)/s")
    }
    return joined(head, parts)
  }

  /// The head and as many of the parts as the line has room for.
  private func joined(_ head: String, _ parts: [String]) -> String {
    var line = head
    for part in parts {
      if let width, line.count + part.count + 2 > width { break }
      line += "  " + part
    }
    if let width, line.count > width { line = String(line.prefix(width)) }
    return colour ? painted(line) : line
  }

  private func bar(_ fraction: Double) -> String {
    let cells = 16
    let filled = max(0, min(cells, Int((fraction * Double(cells)).rounded(.down))))
    return String(repeating: "━", count: filled) + String(repeating: "╌", count: cells - filled)
  }

  /// Cyan for what is done of the bar, dim for the rest of it.
  private func painted(_ line: String) -> String {
    var text = ""
    var open = ""
    for character in line {
      let wanted = character == "━" ? "\u{1B}[36m" : character == "╌" ? "\u{1B}[2m" : ""
      if wanted != open {
        text += open.isEmpty ? wanted : "\u{1B}[0m" + wanted
        open = wanted
      }
      text.append(character)
    }
    return open.isEmpty ? text : text + "\u{1B}[0m"
  }
}
