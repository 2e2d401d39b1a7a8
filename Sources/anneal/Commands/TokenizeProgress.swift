import Files
import Glibc
import Tokenization

/// How far a command over files is: a bar on a terminal, else a line now and then; nothing in the first 2 seconds.
final class TokenizeProgress: Sendable {
  private struct State {
    var nextReport: Double
    var shown = false
  }
  private let what: String
  private let total: Int
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let start = TokenizeProgress.now()
  private let state: Guarded<State>

  /// Progress over the bytes of files; a total that is not known is left out.
  init(_ what: String, files: [String]) {
    self.what = what
    var total = 0
    for path in files {
      var status = stat()
      guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        total = 0
        break
      }
      total += Int(status.st_size)
    }
    self.total = total
    state = Guarded(State(nextReport: start + 2))
  }

  /// Reports that so many bytes have been read.
  func update(bytes: Int) {
    let now = Self.now()
    state.withLock { state in
      if now < state.nextReport { return }
      state.nextReport = now + (isTerminal ? 0.2 : 10)
      let rate = Double(bytes) / 1e6 / (now - start)
      var line = "\(what): \(bytes / 1_000_000) MB"
      if total > 0 {
        let share = min(1, Double(bytes) / Double(total))
        line += " of \(total / 1_000_000) MB, \(Int(share * 100)) %"
        if isTerminal {
          let filled = Int(share * 24)
          line +=
            " [" + String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled) + "]"
        }
      }
      line += ", \(Int(rate)) MB/s"
      if isTerminal {
        write("\r\u{1B}[K" + line)
        state.shown = true
      } else {
        write(line + "\n")
      }
    }
  }

  /// Reports something else than bytes, at the same pace.
  func update(_ text: @autoclosure () -> String) {
    let now = Self.now()
    state.withLock { state in
      if now < state.nextReport { return }
      state.nextReport = now + (isTerminal ? 0.2 : 10)
      write(isTerminal ? "\r\u{1B}[K" + text() : text() + "\n")
      state.shown = isTerminal
    }
  }

  /// Clears the bar.
  func finish() {
    state.withLock { state in
      if state.shown { write("\r\u{1B}[K") }
      state.shown = false
    }
  }

  private func write(_ text: String) {
    var text = text
    text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// Seconds on a clock that only goes forward.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
