/// What files of texts may be, as far as their names say so.
public enum TextFormat: Sendable, Equatable {
  /// Records of CSV.
  case records
  /// An object a line.
  case objects
  /// Lines of texts or of columns; or anything, by its first line.
  case lines

  /// By the end of a file's name, which may be in gzip.
  public init(path: String) {
    self =
      switch RowFormat(path: path) {
      case .csv: .records
      case .jsonl: .objects
      case .tsv: .lines
      }
  }
}
