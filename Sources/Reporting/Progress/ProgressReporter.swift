import Files
import Glibc
public import Runs
import Training

/// Shows a run on standard error while it goes: a line that is drawn over and over where somebody watches, a plain
/// line every few seconds where nobody does.
public final class ProgressReporter {
  private let terminal: Terminal
  private let write: (String) -> Void
  private let clock: () -> Double
  private var state = ProgressState()
  private var lastShown = -Double.infinity
  private var lineIsOpen = false

  /// Seconds between two drawings of the line, and between two plain lines.
  private var interval: Double { terminal.isInteractive ? 0.1 : 5 }

  /// A reporter that writes to standard error.
  public convenience init() {
    self.init(
      terminal: .standardError(), write: { StandardError.write($0) }, clock: { StandardError.seconds() })
  }

  /// A reporter that writes and reads the clock as it is told, for tests.
  public init(terminal: Terminal, write: @escaping (String) -> Void, clock: @escaping () -> Double) {
    self.terminal = terminal
    self.write = write
    self.clock = clock
  }

  /// Takes in an event and shows what is due.
  public func handle(_ event: RunEvent) {
    let now = clock()
    state.take(event, now: now)
    switch event {
    case .started(let run): say(Self.summary(of: run))
    case .resumed(let record): say("goes on after step \(record.step), from \(record.path)")
    case .stageStarted: lastShown = now
    case .step(let record):
      if now - lastShown >= interval || (terminal.isInteractive && record.step == record.stepCount) {
        show(now: now) { $0.text(state, now: now) }
      }
    case .evaluated(let record): say(Self.summary(of: record))
    case .note(let text): say(text)
    case .preparing(let record):
      // What takes less than a moment needs no line.
      let isDue = record.seconds > interval && now - lastShown >= interval
      if isDue || (lineIsOpen && record.done == record.count) { show(now: now) { $0.text(record) } }
    case .stageFinished, .checkpointed: break
    case .finished(let result):
      say(
        "\(state.title): done in \(Format.duration(result.totalSeconds)), "
          + "\(result.selectionMetric) \(Format.fixed(result.selected, 4)), in \(result.folder)")
    }
  }

  /// Takes in the events of the past without showing them, when a run goes on.
  func recall(_ events: [RunEvent]) {
    for event in events { state.take(event, now: clock()) }
    state.restartClock(now: clock())
  }

  /// Ends an open line, so that what others write starts on its own.
  public func close() {
    if lineIsOpen { write("\r\u{1B}[K") }
    lineIsOpen = false
  }

  /// Writes a line of its own.
  public func say(_ text: String) {
    close()
    write(terminal.wrapped(text) + "\n")
  }

  private func show(now: Double, _ text: (ProgressLine) -> String) {
    lastShown = now
    if terminal.isInteractive {
      let line = ProgressLine(colour: terminal.usesColour, width: max(20, terminal.width - 1))
      write("\r\(text(line))\u{1B}[K")
      lineIsOpen = true
    } else {
      write(text(ProgressLine()) + "\n")
    }
  }

  private static func summary(of run: RunDescription) -> String {
    var text = "\(run.kind) \(run.task)"
    if let method = run.namedMethod { text += " by \(method)" }
    text += ": \(run.shape), \(Format.short(Double(run.parameters))) parameters"
    if let teacher = run.teacherShape { text += ", teacher \(teacher)" }
    text += "; \(Format.grouped(run.trainingRows)) rows, \(Format.grouped(run.stepCount)) steps"
    text += ", \(run.threads) \(run.threads == 1 ? "thread" : "threads")"
    if let baseline = run.baseline[run.selectionMetric] {
      text += "; always the most frequent answer gives \(run.selectionMetric) \(Format.fixed(baseline, 4))"
    }
    return text
  }

  private static func summary(of record: EvaluationRecord) -> String {
    let metrics = record.metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(Format.fixed($0.value, 4))" }
    return "  \(record.stage), epoch \(Format.significant(record.epoch, 3)): \(record.split) "
      + metrics.joined(separator: ", ") + (record.isBest ? " (best so far)" : "")
  }
}

/// Standard error and a clock, for lines of progress.
enum StandardError {
  /// Writes all of `text`; what cannot be written is lost, since there is nobody to tell.
  static func write(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { Files.writeAll($0, to: STDERR_FILENO) }
  }

  /// Seconds of a clock that only goes forward.
  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
