import Files

extension GLUETask {
  /// Reads the rows of a split below a data folder, as `file(for:in:)` finds it.
  public func load(
    _ split: Split, from dataDirectory: String, skipMalformed: Bool = false, withLabels: Bool = true
  ) throws -> DataSet {
    let split = try resolve(split)
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

  /// Reads the rows of a split from a file.
  ///
  /// No quoting, as GLUE's files have none; a byte order mark, CRLF and a blank last line are taken. A row
  /// with another number of columns is an error, or is left out and counted if `skipMalformed` says so. An
  /// unknown label, invalid UTF-8, a NUL byte and a file without rows are errors always. Without labels their column is
  /// not read.
  public func load(
    _ split: Split, file path: String, skipMalformed: Bool = false, withLabels: Bool = true
  ) throws -> DataSet {
    let split = try resolve(split)
    let file = try MappedFile(path)
    var layout = layout(split)
    if !withLabels { layout.label = nil }
    let reader = TSVReader(path: path, task: self, layout: layout, skipMalformed: skipMalformed)
    let (examples, skipped) = try reader.read(file.bytes)
    return DataSet(task: self, split: split, path: path, examples: examples, skippedLines: skipped)
  }

  /// Reads texts without labels: one a line, or two with a tab between them for a task of pairs.
  public func loadTexts(_ path: String, skipMalformed: Bool = false) throws -> DataSet {
    let isPair = layout(.train).second != nil
    let texts = TSVLayout(
      hasHeader: false, columnCount: isPair ? 2 : 1, first: TSVColumn(0), second: isPair ? TSVColumn(1) : nil)
    let file = try MappedFile(path)
    let reader = TSVReader(path: path, task: self, layout: texts, skipMalformed: skipMalformed)
    let (examples, skipped) = try reader.read(file.bytes)
    return DataSet(task: self, split: .train, path: path, examples: examples, skippedLines: skipped)
  }
}
