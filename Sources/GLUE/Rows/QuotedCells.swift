/// Looks for cells in quotes, as pandas and spreadsheets write them, in files whose fields have no quotes.
///
/// Such writers put quotes around every cell with a quote, a tab or a line break in it, and double the quotes inside.
/// Files of GLUE have quotes too, of people's speech, but not doubled ones in a cell between quotes.
struct QuotedCells {
  private let bytes: UnsafeRawBufferPointer
  /// Cells in quotes with doubled ones inside, and the line of the first.
  private var doubledCount = 0
  private var firstDoubled = 0
  /// Cells with quotes that no such writer writes so.
  private var otherCount = 0
  /// Rows with a line break or tab in a cell.
  private var rows: [ClosedRange<Int>] = []
  private var failures = 0
  private static let quote = UInt8(ascii: "\"")
  /// How far the end of a cell is looked for, and how often in vain.
  private static let furthest = 1 << 16
  private static let patience = 1000

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Looks at a field of a row that is read.
  mutating func look(at field: Range<Int>, line: Int) {
    let cell = UnsafeRawBufferPointer(rebasing: bytes[field])
    guard cell.contains(Self.quote) else { return }
    var records = QuotedRecords(cell, separator: 0x09)
    var cells: [QuotedRecords.Cell] = []
    guard (try? records.next(&cells)) == true, cells.count == 1, cells[0].isQuoted else {
      otherCount += 1
      return
    }
    if !cells[0].hasDoubledQuotes { return }
    if doubledCount == 0 { firstDoubled = line }
    doubledCount += 1
  }

  /// The end and the lines of a row that begins in the line read last and is one row of `columns` where quotes count;
  /// nil where it is none.
  ///
  /// `fields` are those of the line where quotes do not count.
  mutating func row(_ lines: TSVLines, fields: [Range<Int>], columns: Int) -> (end: Int, lines: Int)? {
    guard failures < Self.patience,
      fields.contains(where: { !$0.isEmpty && bytes[$0.lowerBound] == Self.quote })
    else { return nil }
    let limit = min(bytes.count, lines.start + Self.furthest)
    let part = UnsafeRawBufferPointer(rebasing: bytes[lines.start..<limit])
    var records = QuotedRecords(part, separator: 0x09)
    var cells: [QuotedRecords.Cell] = []
    guard (try? records.next(&cells)) == true, cells.count == columns,
      records.position < part.count || limit == bytes.count
    else {
      failures += 1
      return nil
    }
    let end = lines.start + records.position
    let taken = part[..<records.position].last == 0x0A ? records.nextLine - 1 : records.nextLine
    // Lines that are rows by themselves are rows: people's quotes need not end.
    if fields.count == columns && (taken == 1 || !hasMisfit(from: lines.start, to: end, columns: columns)) {
      return nil
    }
    rows.append(lines.line...(lines.line + taken - 1))
    return (end, taken)
  }

  private func hasMisfit(from start: Int, to end: Int, columns: Int) -> Bool {
    var lines = TSVLines(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    var fields: [Range<Int>] = []
    while lines.next(&fields) { if fields.count != columns { return true } }
    return false
  }

  /// What is said of a line that such a row begins in, where it is refused.
  func found(at line: Int) -> String? {
    guard let row = rows.first(where: { $0.lowerBound == line }) else { return nil }
    return "a cell in quotes with a "
      + (row.count > 1 ? "line break in it, up to line \(row.upperBound)" : "tab in it")
  }

  /// What there is to say of a file that was read.
  func notes(_ path: String) -> [String] {
    var notes: [String] = []
    if let first = rows.first {
      let place =
        first.count == 1 ? "line \(first.lowerBound)" : "lines \(first.lowerBound) to \(first.upperBound)"
      notes.append(
        "\(path): \(rows.count) \(rows.count == 1 ? "row has" : "rows have") a line break or a tab in a cell in quotes "
          + "(the first in \(place)): left out as a whole")
    }
    if doubledCount > 0 && otherCount == 0 {
      notes.append(
        "\(path): \(doubledCount) \(doubledCount == 1 ? "cell is" : "cells are") in quotes with doubled quotes inside, as "
          + "pandas and spreadsheets write them (the first in line \(firstDoubled)): fields have no quotes here, so all of "
          + "them are read as text")
    }
    return notes
  }
}
