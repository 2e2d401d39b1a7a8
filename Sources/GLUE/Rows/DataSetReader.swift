import Files

extension GLUETask {
  /// Reads the rows of a split below a data folder, as `file(for:in:)` finds it.
  public func load(
    _ split: Split, from dataDirectory: String, skipMalformed: Bool = false, withLabels: Bool = true
  ) throws -> DataSet {
    let split = try resolve(split)
    if let devShare, split == .train || split == .dev {
      let all = try load(.train, file: try file(for: .train, in: dataDirectory), skipMalformed: skipMalformed)
      return all.part(split, devShare: devShare)
    }
    let path = try file(for: split, in: dataDirectory)
    do {
      return try load(split, file: path, skipMalformed: skipMalformed, withLabels: withLabels)
    } catch let error as GLUEError {
      throw ownFolder == nil && OwnTask.isMeant(by: path, of: self, line: error.line)
        ? GLUEError(
          path: error.path, line: error.line, expected: error.expected,
          found: error.found
            + "; a folder of this name is read as GLUE's \(name): give a task of your own another")
        : error
    }
  }

  /// Reads the rows of a split from a file, plain or in gzip.
  ///
  /// No quoting, as GLUE's files have none; a byte order mark, CRLF and a blank last line are taken. A row
  /// with another number of columns is an error, or is left out and counted if `skipMalformed` says so. An
  /// unknown label, invalid UTF-8, a NUL byte and a file without rows are errors always. Without labels their column is
  /// not read.
  public func load(
    _ split: Split, file path: String, skipMalformed: Bool = false, withLabels: Bool = true
  ) throws -> DataSet {
    let split = try resolve(split)
    var layout = layout(split)
    if !withLabels { layout.label = nil }
    if ownFolder != nil && RowFormat(path: path) != .tsv {
      let reader = NamedTableReader(task: self, layout: layout, skipMalformed: skipMalformed)
      let rows = try reader.read(try NamedTable(path))
      var data = DataSet(
        task: self, split: split, path: path, examples: rows.examples, skippedLines: rows.skipped)
      data.remarks = rows.notes
      return data
    }
    return try read(try TextFile(path), split, layout, skipMalformed: skipMalformed)
  }

  /// Reads texts without labels: one a line, or two with a tab between them for a task of pairs; or columns of TSV, CSV
  /// or JSON lines, by the file's name or its first line.
  ///
  /// A first line that names columns is recognised, and said in the notes. Throws for texts where pairs are wanted and
  /// pairs where texts are, beside what `load` throws for.
  public func loadTexts(_ path: String, skipMalformed: Bool = false) throws -> DataSet {
    let file = try TextFile(path)
    if RowFormat(path: path) != .tsv {
      return try loadTable(path, as: RowFormat(path: path), skipMalformed: skipMalformed)
    }
    var lines = TSVLines(file.bytes)
    var fields: [Range<Int>] = []
    guard lines.next(&fields) else { throw GLUEError(path: path, expected: "rows", found: "none") }
    let line = try TextBytes.string(
      UnsafeRawBufferPointer(rebasing: file.bytes[fields[0].lowerBound..<(fields.last?.upperBound ?? 0)]),
      path: path,
      line: 1, offset: file.markLength)
    var first = FirstLine(line)
    if let own = ownColumns(among: line.split(separator: "\t").map(String.init)), !own.isEmpty {
      first = .names(line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init))
    }
    if case .separated = first { return try loadTable(path, as: .csv, skipMalformed: skipMalformed) }
    if first == .json {
      if line.drop(while: { $0 == " " }).hasPrefix("{\"") {
        return try loadTable(path, as: .jsonl, skipMalformed: skipMalformed)
      }
      throw GLUEError(
        path: path, line: 1, expected: "a text", found: "JSON that is no object a line, which can be read")
    }
    guard case .names(let names) = first else {
      if fields.count == (hasPairs ? 1 : 2) && !skipMalformed {
        throw GLUEError(
          path: path, line: 1,
          expected: (hasPairs ? "two texts with a tab between them" : "one text a line")
            + ", as the rows of \(name) have",
          found: hasPairs ? "one" : "two columns")
      }
      let layout = TSVLayout(
        hasHeader: false, columnCount: hasPairs ? 2 : 1, first: TSVColumn(0),
        second: hasPairs ? TSVColumn(1) : nil)
      return try read(file, .train, layout, skipMalformed: skipMalformed)
    }
    let places = try textColumns(names, path: path)
    let layout = TSVLayout(
      isByName: true, columnCount: names.count, first: places[0], second: places.count > 1 ? places[1] : nil)
    var data = try read(file, .train, layout, skipMalformed: skipMalformed)
    data.remarks.insert("\(path): the first line names columns; \(Self.words(places)) is read", at: 0)
    return data
  }

  /// Texts of a file of CSV or JSON lines.
  private func loadTable(_ path: String, as format: RowFormat, skipMalformed: Bool) throws -> DataSet {
    let table = try NamedTable(path, as: format)
    let places = try textColumns(table.names, path: path)
    let layout = TSVLayout(
      isByName: true, columnCount: table.names.count, first: places[0],
      second: places.count > 1 ? places[1] : nil)
    let rows = try NamedTableReader(task: self, layout: layout, skipMalformed: skipMalformed).read(table)
    var data = DataSet(
      task: self, split: .train, path: path, examples: rows.examples, skippedLines: rows.skipped)
    data.remarks =
      ["\(path): \(format == .csv ? "CSV" : "JSON lines"); \(Self.words(places)) is read"] + rows.notes
    return data
  }

  /// Where texts stand by the names of a header: under the names that the task's own files have, else under known ones.
  private func textColumns(_ names: [String], path: String) throws -> [TSVColumn] {
    let plain = names.map { ColumnNames.trimmed($0) }
    let texts =
      try ownColumns(among: names) ?? TextColumns(names, pairs: hasPairs, path: path).texts
    return texts.map { TSVColumn($0, plain[$0]) }
  }

  /// The places of the columns that texts have in the training file of a task of one's own; nil where one is missing.
  private func ownColumns(among names: [String]) -> [Int]? {
    guard ownFolder != nil else { return nil }
    let layout = layout(.train)
    let plain = names.map { ColumnNames.plain($0) }
    let places = [layout.first, layout.second].compactMap(\.self).map { column in
      column.names.first.flatMap { plain.firstIndex(of: ColumnNames.plain($0)) }
    }
    let found = places.compactMap(\.self)
    return found.count == places.count ? found : nil
  }

  private static func words(_ columns: [TSVColumn]) -> String {
    columns.compactMap(\.names.first).joined(separator: " and ")
  }

  private func read(
    _ file: TextFile, _ split: Split, _ layout: TSVLayout, skipMalformed: Bool
  ) throws -> DataSet {
    let reader = TSVReader(
      path: file.path, task: self, layout: layout, skipMalformed: skipMalformed, markLength: file.markLength)
    let rows = try reader.read(file.bytes)
    var data = DataSet(
      task: self, split: split, path: file.path, examples: rows.examples, skippedLines: rows.skipped)
    data.remarks = rows.notes
    return data
  }
}
