import Glibc

/// What standard error is connected to.
public struct Terminal: Sendable, Equatable {
  /// Whether somebody watches, rather than a file or a pipe.
  public var isInteractive: Bool
  /// Whether colours are wanted there.
  public var usesColour: Bool
  /// Columns.
  public var width: Int

  /// A terminal of known properties.
  public init(isInteractive: Bool, usesColour: Bool, width: Int) {
    self.isInteractive = isInteractive
    self.usesColour = usesColour
    self.width = width
  }

  /// The terminal behind standard error; `NO_COLOR` and `TERM=dumb` are honoured (https://no-color.org).
  public static func standardError() -> Terminal {
    let kind = variable("TERM")
    let interactive = isatty(STDERR_FILENO) == 1 && kind != "dumb"
    var size = winsize()
    let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return Terminal(
      isInteractive: interactive, usesColour: interactive && (variable("NO_COLOR") ?? "").isEmpty,
      width: known ? Int(size.ws_col) : 80)
  }

  /// A text with its lines broken between words where they are longer than the terminal is wide.
  ///
  /// As it is where nobody watches. A word that is longer, such as a path, stays whole.
  public func wrapped(_ text: String) -> String {
    if !isInteractive { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(broken).joined(separator: "\n")
  }

  private func broken(_ line: Substring) -> String {
    if line.count <= width { return String(line) }
    let indent = line.prefix { $0 == " " }
    var lines: [String] = []
    var open = ""
    for word in line.split(separator: " ") {
      if open.isEmpty {
        open = String(indent + word)
      } else if open.count + 1 + word.count <= width {
        open += " " + word
      } else {
        lines.append(open)
        open = String(indent + word)
      }
    }
    return (lines + [open]).joined(separator: "\n")
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
