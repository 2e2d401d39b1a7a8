import Files

/// Why a run cannot be reported on: one clear line.
public enum ReportingError: Error, CustomStringConvertible, Equatable {
  /// A file of a run folder that is not what it should be.
  case unreadable(path: String, line: Int, reason: String)
  /// A folder that holds no run, or one that has nothing to show.
  case notARun(path: String, reason: String)

  /// One line for people.
  public var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .unreadable(let path, let line, let reason): "\(path):\(line): \(reason)"
    case .notARun(let path, let reason): "\(path): \(reason)"
    }
  }
}
