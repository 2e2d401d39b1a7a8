import Files

extension Submission {
  /// Checks an archive as the GLUE server would: eleven flat files, their headers, rows, indices and labels.
  ///
  /// Returns what is wrong, one line each; nothing if the archive is sound. Only stored (uncompressed)
  /// archives, as `write(to:)` makes them, can be looked into.
  public static func problems(inArchive path: String, officialCounts: Bool = true) throws -> [String] {
    let entries = try StoredZip.entries(Files.read(path), path: path)
    var problems: [String] = []
    let expected = Set(parts.map(\.file))
    for name in entries.keys.sorted() where !expected.contains(name) {
      problems.append("\(name): not a file of a submission")
    }
    for part in parts {
      guard let content = entries[part.file] else {
        problems.append("\(part.file): missing")
        continue
      }
      if let problem = try problem(in: content, part, officialCounts: officialCounts) {
        problems.append("\(part.file)\(problem)")
      }
    }
    return problems.map(\.onOneLine)
  }

  /// The first thing wrong with one file, starting with its place, or nil.
  private static func problem(in content: [UInt8], _ part: Part, officialCounts: Bool) throws -> String? {
    let task = try GLUETask.named(part.task)
    return content.withUnsafeBytes { bytes in
      var lines = TSVLines(bytes)
      var fields: [Range<Int>] = []
      var rows = 0
      func text(_ place: Int) -> String { String(decoding: bytes[fields[place]], as: UTF8.self) }
      if !lines.next(&fields) || fields.count != 2 || text(0) != "index" || text(1) != "prediction" {
        return ":1: expected the header index, prediction"
      }
      while lines.next(&fields) {
        if fields.count != 2 { return ":\(lines.line): expected 2 columns, found \(fields.count)" }
        if text(0) != String(rows) { return ":\(lines.line): expected index \(rows), found '\(text(0))'" }
        if task.label(text(1)) == nil {
          return ":\(lines.line): expected \(task.answers), found '\(text(1).prefix(80))'"
        }
        rows += 1
      }
      if officialCounts && rows != part.rowCount { return ": expected \(part.rowCount) rows, found \(rows)" }
      return rows == 0 ? ": expected rows, found none" : nil
    }
  }
}

/// Reads archives of stored files back, from their directory at the end.
enum StoredZip {
  static func entries(_ bytes: [UInt8], path: String) throws -> [String: [UInt8]] {
    func refuse(_ expected: String, _ found: String) -> GLUEError {
      GLUEError(path: path, expected: expected, found: found)
    }
    func number(_ offset: Int, _ size: Int) throws -> Int {
      guard offset >= 0, offset <= bytes.count - size else { throw refuse("a whole zip archive", "its end") }
      return (0..<size).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
    guard bytes.count >= 22, try number(bytes.count - 22, 4) == 0x0605_4B50 else {
      throw refuse("a zip archive without a comment", "no end of a directory")
    }
    let end = bytes.count - 22
    var place = try number(end + 16, 4)
    var entries: [String: [UInt8]] = [:]
    for _ in 0..<(try number(end + 10, 2)) {
      if try number(place, 4) != 0x0201_4B50 { throw refuse("a file's entry at byte \(place)", "none") }
      let nameSize = try number(place + 28, 2)
      let size = try number(place + 24, 4)
      let header = try number(place + 42, 4)
      guard place + 46 + nameSize <= end else { throw refuse("names within the archive", "one beyond it") }
      let name = String(decoding: bytes[(place + 46)..<(place + 46 + nameSize)], as: UTF8.self)
      if try number(place + 10, 2) != 0 { throw refuse("stored files", "\(name), compressed") }
      let start = header + 30 + (try number(header + 26, 2)) + (try number(header + 28, 2))
      guard start + size <= end else { throw refuse("files within the archive", "\(name) beyond it") }
      let content = Array(bytes[start..<(start + size)])
      if Int(CRC32.checksum(content)) != (try number(place + 16, 4)) {
        throw refuse("\(name) with its checksum", "other bytes")
      }
      if entries.updateValue(content, forKey: name) != nil {
        throw refuse("different names", "\(name) twice")
      }
      place += 46 + nameSize + (try number(place + 30, 2)) + (try number(place + 32, 2))
    }
    return entries
  }
}
