/// A column of tab-separated lines, by name or by number.
public struct LineColumn: Sendable, Equatable {
  private let name: String
  private let number: Int?
  private let header: Bool

  /// The column that is called `name` in each file's first line, or, where `name` is a number, counted from 1.
  ///
  /// The first line holds data where the column is a number and `header` is false.
  public init(_ name: String, header: Bool = false) throws {
    self.name = name
    number = Int(name)
    self.header = header || number == nil
    if let number, number < 1 { throw TokenizerError("columns are counted from 1, not \(number)") }
  }

  /// Where the column lies in the lines of one block.
  public func resolved(in block: LineBlock) throws -> Resolved {
    let skipsFirst = header && block.firstLine == 1
    if let number { return Resolved(index: number - 1, skipsFirst: skipsFirst) }
    let names = block.header.split(separator: 9, omittingEmptySubsequences: false)
    guard let index = names.firstIndex(where: { $0.elementsEqual(name.utf8) }) else {
      let list = names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
      throw TokenizerError(path: block.path, line: 1, "there is no column \(name); the columns are \(list)")
    }
    return Resolved(index: index, skipsFirst: skipsFirst)
  }

  /// A column's place in the lines of a block.
  public struct Resolved: Sendable {
    let index: Int
    let skipsFirst: Bool

    /// The column's part of a line; nil for the header.
    ///
    /// `line` must lie in the block's memory. A line with too few columns is an error.
    public func find(in line: UnsafeRawBufferPointer, block: LineBlock) throws -> UnsafeRawBufferPointer? {
      let start = block.position(of: line)
      if skipsFirst && start == 0 { return nil }
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
}

extension LineBlock {
  /// Where in this block a part of its memory begins.
  public func position(of part: UnsafeRawBufferPointer) -> Int {
    part.baseAddress.map { $0 - UnsafeRawPointer(memory) } ?? 0
  }

  /// How many bytes may be read from the beginning of a part of this block's memory on.
  public func readable(from part: UnsafeRawBufferPointer) -> Int { count + Self.padding - position(of: part) }

  /// The number in its file of the line that holds a byte of this block.
  public func lineNumber(at position: Int) -> Int {
    UnsafeRawBufferPointer(start: memory, count: position).reduce(firstLine) { $0 + ($1 == 10 ? 1 : 0) }
  }
}
