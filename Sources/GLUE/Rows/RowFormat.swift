import Files

/// How a file of rows is written, by the end of its name.
enum RowFormat: String, CaseIterable {
  /// Lines of fields with tabs between them, without quotes.
  case tsv
  /// Records of RFC 4180.
  case csv
  /// An object a line.
  case jsonl

  /// The format of a file, which may be in gzip; tab-separated where its name says nothing.
  init(path: String) {
    let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
    self = Self.allCases.first { name.hasSuffix("." + $0.rawValue) } ?? .tsv
  }
}
