/// A column of tab-separated lines, by name or by number.
public struct LineColumn: Sendable, Equatable {
  /// The column's number, from 0.
  public let index: Int
  /// Whether each file's first line holds the names and is no data.
  public let hasHeader: Bool

  /// The column with a number, from 0, of lines with or without a header.
  public init(index: Int, hasHeader: Bool) {
    self.index = index
    self.hasHeader = hasHeader
  }

  /// The column that `name` means in a file: a number counts from 1, a name is looked up in the first line.
  ///
  /// With a number there is no header.
  public init(_ name: String, header: [String], path: String) throws {
    if let number = Int(name) {
      guard number >= 1 else { throw TokenizerError(path: path, "columns are counted from 1, not \(number)") }
      self.init(index: number - 1, hasHeader: false)
      return
    }
    guard let index = header.firstIndex(of: name) else {
      throw TokenizerError(
        path: path, line: 1, "there is no column \(name); the columns are \(header.joined(separator: ", "))")
    }
    self.init(index: index, hasHeader: true)
  }

  /// The column's part of a line; nil for the header.
  ///
  /// `line` must lie in the block's memory. A line with too few columns is an error.
  public func find(in line: UnsafeRawBufferPointer, block: LineBlock) throws -> UnsafeRawBufferPointer? {
    let start = line.baseAddress.map { $0 - UnsafeRawPointer(block.memory) } ?? 0
    if hasHeader && start == 0 && block.firstLine == 1 { return nil }
    var column = 0
    var from = 0
    while column < index {
      guard let tab = line[from...].firstIndex(of: 9) else {
        throw TokenizerError(
          path: block.path, line: block.lineNumber(at: start),
          "expected at least \(index + 1) tab-separated columns, found \(column + 1)")
      }
      from = tab + 1
      column += 1
    }
    let end = line[from...].firstIndex(of: 9) ?? line.endIndex
    return UnsafeRawBufferPointer(rebasing: line[from..<end])
  }
}

extension LineBlock {
  /// The number in its file of the line that holds a byte of this block.
  public func lineNumber(at position: Int) -> Int {
    UnsafeRawBufferPointer(start: memory, count: position).reduce(firstLine) { $0 + ($1 == 10 ? 1 : 0) }
  }
}
