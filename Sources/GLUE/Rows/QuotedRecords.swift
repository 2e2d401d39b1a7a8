/// Records of RFC 4180, with any separator of one byte: cells in quotes may hold separators, ends of lines and, twice
/// for each, quotes.
struct QuotedRecords {
  /// One cell.
  struct Cell: Equatable {
    /// Its bytes, without the quotes around them.
    var range: Range<Int>
    /// Whether quotes are doubled in it, which stand for one each.
    var hasDoubledQuotes = false
    /// Whether it is in quotes.
    var isQuoted = false
  }

  /// What is against the RFC, and in which line.
  enum Problem: Error, Equatable {
    /// A cell whose quotes were opened in that line never ends.
    case unclosed(line: Int)
    /// A quote stands in a cell that has none around it.
    case strayQuote(line: Int)
    /// Something stands between the end of quotes and the next separator.
    case afterQuotes(line: Int)
  }

  private let bytes: UnsafeRawBufferPointer
  private let separator: UInt8
  /// Where the next record begins.
  private(set) var position = 0
  /// The line in which the next record begins, counted from 1.
  private(set) var nextLine = 1
  /// The line in which the last record began.
  private(set) var line = 0
  private static let quote = UInt8(ascii: "\"")

  /// Records of text without a byte order mark.
  init(_ bytes: UnsafeRawBufferPointer, separator: UInt8) {
    self.bytes = bytes
    self.separator = separator
  }

  /// Whether the last record was read.
  var isAtEnd: Bool { position >= bytes.count }

  /// Reads a record, which ends with LF or CRLF, into its cells; false at the end.
  mutating func next(_ cells: inout [Cell]) throws(Problem) -> Bool {
    if isAtEnd { return false }
    cells.removeAll(keepingCapacity: true)
    line = nextLine
    while true {
      let cell = try position < bytes.count && bytes[position] == Self.quote ? quoted() : plain()
      cells.append(cell)
      if position >= bytes.count { return true }
      let end = bytes[position]
      position += 1
      if end == separator { continue }
      // A carriage return stands here only before a line feed.
      if end == 0x0D { position += 1 }
      nextLine += 1
      return true
    }
  }

  /// Goes to the separator or end of line behind a cell in quotes.
  private mutating func quoted() throws(Problem) -> Cell {
    let opened = nextLine
    position += 1
    let start = position
    var cell = Cell(range: start..<start, isQuoted: true)
    while position < bytes.count {
      if bytes[position] == Self.quote {
        if position + 1 < bytes.count, bytes[position + 1] == Self.quote {
          cell.hasDoubledQuotes = true
          position += 2
          continue
        }
        cell.range = start..<position
        position += 1
        if position < bytes.count, bytes[position] != separator, !isEndOfLine {
          throw .afterQuotes(line: nextLine)
        }
        return cell
      }
      if bytes[position] == 0x0A { nextLine += 1 }
      position += 1
    }
    throw .unclosed(line: opened)
  }

  private mutating func plain() throws(Problem) -> Cell {
    let start = position
    while position < bytes.count, bytes[position] != separator, !isEndOfLine {
      if bytes[position] == Self.quote { throw .strayQuote(line: nextLine) }
      position += 1
    }
    return Cell(range: start..<position)
  }

  private var isEndOfLine: Bool {
    bytes[position] == 0x0A
      || bytes[position] == 0x0D && position + 1 < bytes.count && bytes[position + 1] == 0x0A
  }
}
