import Files

extension GLUETask {
  /// The task of that name: one of the table, which are GLUE's, or a task of one's own whose files are below `data`.
  ///
  /// A task of one's own is a folder with `train.tsv` and `dev.tsv` (and `test.tsv`), called as the task is; `data` may
  /// be that folder itself. The files may all be `.csv` or `.jsonl` instead, and dev rows be called `validation`. The
  /// headers name the columns: `sentence` or `text`, or two for pairs (`sentence1` and `sentence2`, `premise` and `hypothesis`, `question1` and `question2`, `question` and `sentence`, `text1` and
  /// `text2`), and `label` for classes, `labels` for several of them, `score` for numbers, `p:NAME` for the probability of each class or
  /// `l:NAME` for a 1 or 0 of each label. The labels are those of the training rows, numbers in
  /// their order and names sorted by their bytes.
  ///
  /// `columns` names columns that are called otherwise. With `devShare` that part of the training rows of each class,
  /// between 0 and 1, is dev rows, the same ones every time; there is no file of dev rows then.
  ///
  /// Throws if there is no such task, no such columns, fewer than two labels or more than 1,000, and where one of GLUE's
  /// tasks is given columns or a share.
  public static func named(
    _ name: String, in data: String, columns: TaskColumns = TaskColumns(), devShare: Double? = nil,
    among table: TaskTable = .standard
  ) throws -> GLUETask {
    if let task = table.find(name) {
      if columns == TaskColumns() && devShare == nil { return task }
      throw GLUEError(
        expected: "a task of your own, whose columns and share of dev rows may be chosen",
        found: ofGLUE(name) == nil ? "\(task.name), whose layout is known" : "GLUE's \(task.name)")
    }
    if columns.label != nil && columns.labels != nil {
      throw GLUEError(expected: "a column of one label a row, or one of several", found: "both")
    }
    if columns.pair != nil && columns.text == nil {
      throw GLUEError(expected: "the column of the first text beside that of the second", found: "none")
    }
    if let devShare, !(devShare > 0 && devShare < 1) {
      throw GLUEError(expected: "a share of dev rows between 0 and 1", found: "\(devShare)")
    }
    var own = try OwnTask(name, in: data)
    own.columns = columns
    return try own.task(devShare: devShare)
  }

  /// Whether rows of the task of that name have two texts; nil where there is no such task.
  ///
  /// Of a task of one's own a header is read, no rows.
  public static func hasPairs(_ name: String, in data: String, columns: TaskColumns = TaskColumns()) -> Bool?
  {
    if let task = ofGLUE(name) { return task.hasPairs }
    guard var own = try? OwnTask(name, in: data) else { return nil }
    own.columns = columns
    return own.hasPairs
  }

  /// Throws unless there is a task of that name; reads no file.
  public static func require(_ name: String, in data: String) throws {
    if ofGLUE(name) == nil { _ = try OwnTask(name, in: data) }
  }
}

/// A task that GLUE does not have: what it asks is what its files say.
struct OwnTask {
  /// Classes that a label column may have; more are a column of something else.
  static let mostLabels = 1000
  /// What scores may be: they are standardised before they are learnt.
  static let scores = -Double(Float.greatestFiniteMagnitude)...Double(Float.greatestFiniteMagnitude)
  private static let splits: [Split] = [.train, .dev, .test]

  /// The folder, which the task is called after.
  let folder: String
  /// The columns that somebody named.
  var columns = TaskColumns()
  private let files: [Split: String]

  private var name: String { String(folder.split(separator: "/").last ?? "") }

  /// Finds the files of a task; throws unless there are some.
  init(_ name: String, in data: String) throws {
    if !Files.isDirectory(data) {
      throw GLUEError(path: data, expected: "a folder of tasks", found: "no folder of that name")
    }
    folder = try Self.folder(of: name, in: data)
    files = try TaskFiles.ofSplits(Self.splits, in: folder)
    if files.isEmpty {
      throw GLUEError(
        path: folder, expected: "train.tsv and dev.tsv (or .csv, or .jsonl)",
        found: try Self.others(in: folder))
    }
  }

  /// The folder of that very name below `data`, else the one that differs in small and capital letters alone, else
  /// `data` itself if it is called so.
  private static func folder(of name: String, in data: String) throws -> String {
    let folders = try Files.list(data).filter { Files.isDirectory("\(data)/\($0)") }
    let called = folders.contains(name) ? [name] : folders.filter { $0.lowercased() == name.lowercased() }
    if called.count == 1 { return "\(data)/\(called[0])" }
    let own = Files.resolved(data) ?? data
    if called.isEmpty, own.split(separator: "/").last?.lowercased() == name.lowercased() { return own }
    let tasks = folders.filter {
      (try? TaskFiles.ofSplits([.train], in: "\(data)/\($0)"))?.isEmpty != true
        && GLUETask.ofGLUE($0) == nil
    }
    throw GLUEError(
      expected: "a task: " + GLUETask.all.map(\.name).joined(separator: ", ")
        + ", or the name of a folder with train.tsv and dev.tsv in \(data)",
      found: "'\(name)'" + (tasks.isEmpty ? "" : " (there are \(GLUETask.listed(tasks)))"))
  }

  /// What is in a folder in place of a task's files, with how to make them of it.
  private static func others(in folder: String) throws -> String {
    let names = try Files.list(folder).sorted()
    func first(_ ends: String...) -> String? {
      names.first { name in
        ["train", "dev", "validation"].contains { name.hasPrefix($0) } && ends.contains { name.hasSuffix($0) }
      }
    }
    if let name = first(".parquet", ".arrow") {
      return
        "\(name), which is not read: in Python, datasets.Dataset.to_csv or pandas' to_csv write CSV of it"
    }
    if let name = first(".json") {
      return "\(name): JSON lines, an object a line, are called .jsonl; a list in brackets is not read"
    }
    if let name = first(".txt", ".xlsx", ".xls", ".ods") { return "\(name), which is not read" }
    return "neither"
  }

  /// Whether the files have two texts a row, as far as a header says so.
  var hasPairs: Bool? {
    let path = [.train, .dev].lazy.compactMap { [files] (split: Split) in files[split] }.first
    return path.flatMap { try? Header($0, columns) }?.texts.map { $0.count == 2 }
  }

  /// The task that the files make.
  func task(devShare: Double? = nil) throws -> GLUETask {
    if devShare != nil, let path = files[.dev] {
      throw GLUEError(
        path: path, expected: "no file of dev rows where a share of the training rows is", found: "one")
    }
    guard let split = [.train, .dev].first(where: { files[$0] != nil }), let path = files[split] else {
      throw GLUEError(
        path: files[.test], expected: "train.tsv or dev.tsv beside it, to know the labels of \(name)",
        found: "neither")
    }
    let header = try Header(path, columns)
    guard let chosen = try OwnAnswers.Columns(header.names, columns, path: path), let texts = header.texts
    else {
      throw header.unfit
    }
    let answers = try OwnAnswers(
      path, chosen, header.names, layout: try header.layout(texts, chosen),
      normalizes: columns.normalize ?? false)
    let usual = try header.layout(texts, chosen, of: answers.labels)
    var unlabelled = usual
    (unlabelled.label, unlabelled.answers) = (nil, [])
    var layouts: [Split: TSVLayout] = [:]
    for (other, path) in files {
      // A file that has no such header is told of when it is read.
      guard let header = try? Header(path, columns), let own = header.texts, own.count == texts.count else {
        continue
      }
      do {
        if let found = try OwnAnswers.Columns(header.names, columns, path: path) {
          try answers.check(found, header.names, path: path)
          layouts[other] = try header.layout(own, found, of: answers.labels)
        } else if !other.isLabelled {
          layouts[other] = try header.layout(own, nil)
        }
      } catch  where !other.isLabelled {
        // Test files may have anything where others have answers.
        layouts[other] = try header.layout(own, nil)
      }
    }
    var task = GLUETask(
      name: name, kind: answers.kind, splits: Self.splits, metrics: answers.metrics,
      selectionMetric: answers.metrics[0],
      defaults: TaskDefaults(learningRate: 5e-5, epochs: 3, maxLength: 128), labelAliases: [:],
      otherFolders: [], ownFolder: folder
    ) { [layouts, unlabelled] in layouts[$0] ?? ($0.isLabelled ? usual : unlabelled) }
    (task.devShare, task.answerForm) = (devShare, answers.form)
    if answers.labels.count < 2 {
      // Rows that cannot be read are the better thing to tell of.
      _ = try task.load(split, file: path)
      throw GLUEError(
        path: path, expected: "rows with at least two different \(answers.plural)",
        found: answers.labels.first.map { "only \(NoAnswer.quoted($0))" } ?? "none")
    }
    return task
  }

  /// Whether a file that could not be read as one of GLUE's has the header of a task of one's own, and was taken for
  /// GLUE's by the name of its folder alone.
  static func isMeant(by path: String, of task: GLUETask, line: Int?) -> Bool {
    let folder = Files.directory(of: path).split(separator: "/").last.map(String.init) ?? ""
    let isSpelledOtherwise = GLUETask.folded(folder) != GLUETask.folded(task.name)
    guard line == 1 || isSpelledOtherwise, let header = try? Header(path, TaskColumns()) else { return false }
    return header.texts != nil && (header.place("label") ?? header.place("score")) != nil
  }

  /// The names in the first line of a file.
  private struct Header {
    let path: String
    let names: [String]
    /// The columns that somebody named.
    let columns: TaskColumns

    /// Reads the names; throws if there are none.
    init(_ path: String, _ columns: TaskColumns) throws {
      self.path = path
      self.columns = columns
      if RowFormat(path: path) != .tsv {
        names = try NamedTable(path).names
        return
      }
      let file = try TextFile(path)
      defer { withExtendedLifetime(file) {} }
      var lines = TSVLines(file.bytes)
      var fields: [Range<Int>] = []
      guard lines.next(&fields) else {
        throw GLUEError(path: path, expected: "a header and rows", found: "nothing")
      }
      names = try fields.map { field in
        ColumnNames.trimmed(
          try TextBytes.string(
            UnsafeRawBufferPointer(rebasing: file.bytes[field]), path: path, line: 1,
            offset: file.markLength + field.lowerBound))
      }
    }

    /// Where a column is that goes by `name`, else by it in small or capital letters.
    func place(_ name: String) -> Int? {
      names.firstIndex(of: name) ?? names.firstIndex { $0.lowercased() == name.lowercased() }
    }

    /// The column with the name that this very file gives it.
    func column(_ name: String) -> TSVColumn? { place(name).map { TSVColumn($0, names[$0]) } }

    /// The names of the texts: those that somebody named, else all columns that are called as texts are, which have to
    /// be one text or one pair.
    var texts: [String]? {
      if let text = columns.text {
        let named = [text, columns.pair].compactMap(\.self)
        return named.allSatisfy { place($0) != nil } ? named : nil
      }
      let known = Set(ColumnNames.texts.joined())
      let found = Set(names.map { $0.lowercased() }).intersection(known)
      return ColumnNames.texts.first { Set($0) == found }
    }

    /// The columns of this file, with one for each label where `answers` says so; throws where a name that is read stands
    /// twice.
    func layout(_ texts: [String], _ answers: OwnAnswers.Columns?, of labels: [String]? = nil) throws
      -> TSVLayout
    {
      let index = column("index") ?? column("id")
      let read = texts.compactMap(column)
      let found = answers?.places(in: names, labels: labels).map { TSVColumn($0, names[$0]) } ?? []
      for column in read + found + [index].compactMap({ $0 }) {
        let isLabel = answers?.isEach == true && found.contains(column)
        let same = names.filter { name in
          isLabel ? name == column.names[0] : name.lowercased() == column.names[0].lowercased()
        }
        if same.count > 1 {
          throw GLUEError(
            path: path, line: 1, expected: "one column called '\(column.names[0])'", found: "\(same.count)")
        }
      }
      var layout = TSVLayout(
        isByName: true, columnCount: names.count, first: read[0], second: read.count > 1 ? read[1] : nil,
        label: answers?.isEach == true ? nil : found.first, index: index)
      if answers?.isEach == true { layout.answers = found }
      return layout
    }

    private var wanted: String {
      let named = [columns.text, columns.pair, columns.label, columns.labels].compactMap(\.self).filter {
        place($0) == nil
      }
      if !named.isEmpty { return "the columns that were named, " + named.joined(separator: ", ") }
      return ColumnNames.wanted + " and the answer (label of classes, score of numbers)"
    }

    /// What is said of a header that names no text, several, or no answer.
    var unfit: GLUEError {
      GLUEError(
        path: path, line: 1,
        expected: wanted,
        found: FirstLine(names.joined(separator: "\t")).otherFormat
          ?? "\(names.count) columns: \(names.joined(separator: ", ").prefix(160))")
    }
  }
}
