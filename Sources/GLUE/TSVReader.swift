/// Reads the rows of one file of a task.
struct TSVReader {
  let path: String
  let task: GLUETask
  let layout: TSVLayout
  var skipMalformed = false

  /// The columns of this very file, after its header was read.
  private struct Plan {
    var count: Int
    var first: Int
    var second: Int?
    var label: Int?
    var index: Int?
  }

  /// The examples, and the lines that were left out.
  func read(_ bytes: UnsafeRawBufferPointer) throws -> (examples: [Example], skipped: [Int]) {
    var lines = TSVLines(bytes)
    var fields: [Range<Int>] = []
    var plan = Plan(
      count: layout.columnCount, first: layout.first.place, second: layout.second?.place,
      label: layout.label?.place, index: layout.index?.place)
    if layout.hasHeader {
      guard lines.next(&fields) else { throw noRows }
      plan = try header(fields, bytes, plan)
    }
    var examples: [Example] = []
    var malformed: [(line: Int, columns: Int)] = []
    while lines.next(&fields) {
      if fields.count == 1 && fields[0].isEmpty && lines.isAtEnd { break }
      if fields.count != plan.count {
        malformed.append((lines.line, fields.count))
        continue
      }
      if malformed.isEmpty || skipMalformed {
        examples.append(try example(fields, bytes, plan, line: lines.line))
      }
    }
    if let wrong = malformed.first, !skipMalformed {
      let more = malformed.count == 1 ? "" : " (and \(malformed.count - 1) more lines like it)"
      throw GLUEError(
        path: path, line: wrong.line, expected: "\(plan.count) columns",
        found: "\(wrong.columns)\(more); --skip-malformed leaves such lines out")
    }
    if examples.isEmpty { throw noRows }
    return (examples, malformed.map(\.line))
  }

  private var noRows: GLUEError { GLUEError(path: path, expected: "rows", found: "none") }

  /// Where the columns are: by their names, else in their usual places.
  private func header(_ fields: [Range<Int>], _ bytes: UnsafeRawBufferPointer, _ usual: Plan) throws -> Plan {
    var places: [String: Int] = [:]
    for (place, field) in fields.enumerated() {
      let name = try text(field, bytes, line: 1)
      if places[name] == nil { places[name] = place }
    }
    func place(_ column: TSVColumn) -> Int? { column.names.lazy.compactMap { places[$0] }.first }
    let named = layout.columns.map(place)
    if named.allSatisfy({ $0 != nil }), let first = place(layout.first) {
      return Plan(
        count: fields.count, first: first, second: layout.second.flatMap(place),
        label: layout.label.flatMap(place), index: layout.index.flatMap(place))
    }
    let wanted = layout.columns.map { $0.names[0] }.joined(separator: ", ")
    let row = try fields.map { try text($0, bytes, line: 1) }.joined(separator: ", ")
    let isData = usual.label.map { $0 < fields.count && (try? label(fields[$0], bytes, line: 1)) != nil }
    if layout.isByName || fields.count != usual.count || isData == true
      || named.contains(where: { $0 != nil })
    {
      throw GLUEError(
        path: path, line: 1,
        expected: "a header" + (layout.isByName ? "" : " of \(usual.count) columns") + " with \(wanted)",
        found: "\(fields.count) columns: \(row.prefix(160))")
    }
    return usual
  }

  private func example(
    _ fields: [Range<Int>], _ bytes: UnsafeRawBufferPointer, _ plan: Plan, line: Int
  ) throws -> Example {
    Example(
      first: try text(fields[plan.first], bytes, line: line),
      second: try plan.second.map { try text(fields[$0], bytes, line: line) },
      label: try plan.label.map { try label(fields[$0], bytes, line: line) },
      index: try plan.index.map { try text(fields[$0], bytes, line: line) }, line: line)
  }

  /// A field as text; NUL bytes and invalid UTF-8 are refused with the byte's place in the file.
  private func text(_ field: Range<Int>, _ bytes: UnsafeRawBufferPointer, line: Int) throws -> String {
    let content = UnsafeRawBufferPointer(rebasing: bytes[field])
    if let zero = content.firstIndex(of: 0) {
      throw GLUEError(
        path: path, line: line, expected: "text", found: "a NUL at byte \(field.lowerBound + zero)")
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw GLUEError(
        path: path, line: line, expected: "UTF-8",
        found: "invalid bytes in the field at byte \(field.lowerBound)")
    }
    return text
  }

  private func label(_ field: Range<Int>, _ bytes: UnsafeRawBufferPointer, line: Int) throws -> Label {
    let name = try text(field, bytes, line: line)
    if let label = task.label(name) { return label }
    throw GLUEError(path: path, line: line, expected: task.answers, found: "'\(name.prefix(80))'")
  }
}

/// Cuts bytes into lines and fields without looking at what they say.
struct TSVLines {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  /// The line read last, counted from 1.
  private(set) var line = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    // A byte order mark before the first name would hide it.
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
  }

  /// Whether the last line was read.
  var isAtEnd: Bool { position >= bytes.count }

  /// Reads a line into the byte ranges of its fields; false at the end.
  mutating func next(_ fields: inout [Range<Int>]) -> Bool {
    if isAtEnd { return false }
    fields.removeAll(keepingCapacity: true)
    line += 1
    var start = position
    while position < bytes.count, bytes[position] != 0x0A {
      if bytes[position] == 0x09 {
        fields.append(start..<position)
        start = position + 1
      }
      position += 1
    }
    var end = position
    if end > start, bytes[end - 1] == 0x0D { end -= 1 }
    fields.append(start..<end)
    position += 1
    return true
  }
}
