import Files
import GLUE
import Glibc

/// Files of lines whose first line shows that they are tables or JSON, for commands that read any line as text.
enum FileShapes {
  /// Says so on standard error, a line a file; files that cannot be read are left to the command.
  ///
  /// `skipsHeader` is nil where whole lines are read, else whether the first line is left out.
  static func say(of files: [String], skipsHeader: Bool? = nil) {
    for file in files {
      guard let line = firstLine(of: file) else { continue }
      let shape = FirstLine(line)
      if case .names(let names) = shape {
        let list = names.joined(separator: ", ").prefix(160)
        if skipsHeader == nil {
          Output.error(
            "\(file): the first line names columns (\(list)); whole lines are read, --column reads one")
        } else if skipsHeader == false {
          Output.error("\(file): the first line names columns (\(list)) and is read; --header leaves it out")
        }
      } else if shape != .row, skipsHeader == nil {
        Output.error(
          "\(file): the first line is \(shape == .json ? "JSON" : "one of CSV"); lines are read as they are")
      }
    }
  }

  /// The beginning of a regular file's first line; others can be read once only.
  private static func firstLine(of file: String) -> String? {
    var status = stat()
    guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let source = try? TextSource(file)
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    guard let count = try? bytes.withUnsafeMutableBytes({ try source.read(into: $0) }) else { return nil }
    return String(decoding: bytes.prefix(count).prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
  }
}
