import Files

extension GLUETask {
  /// The task of that name: one of GLUE's, or a task of one's own whose files are below `data`.
  ///
  /// A task of one's own is a folder with `train.tsv` and `dev.tsv` (and `test.tsv`), found as GLUE's are. The headers
  /// name the columns: `sentence` or `text`, or two for pairs (`sentence1` and `sentence2`, `premise` and
  /// `hypothesis`, `question1` and `question2`, `question` and `sentence`, `text1` and `text2`), and `label` for
  /// classes or `score` for numbers. The labels are those of the training rows, numbers in their order and names
  /// sorted by their bytes.
  ///
  /// Throws if there is no such task, no such columns, fewer than two labels or more than 1,000.
  public static func named(_ name: String, in data: String) throws -> GLUETask {
    if let task = ofGLUE(name) { return task }
    return try OwnTask(name, in: data).task()
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
  /// What scores may be; the squares of larger ones would leave the range of `Float`.
  static let scores = -1e6...1e6
  private static let textColumns = [
    ["sentence1", "sentence2"], ["premise", "hypothesis"], ["question1", "question2"],
    ["question", "sentence"],
    ["text1", "text2"], ["sentence"], ["text"],
  ]

  private let name: String
  private let files: [Split: String]

  /// The files of a task; throws unless there is one.
  init(_ name: String, in data: String) throws {
    let isName = !GLUETask.folded(name).isEmpty && !name.contains("/")
    let places = isName ? try GLUETask.places(of: name, [GLUETask.folded(name)], in: data) : []
    let splits: [Split] = [.train, .dev, .test]
    func files(in folder: String) -> [Split: String] {
      let found = splits.map { ($0, "\(folder)/\($0.rawValue).tsv") }.filter { Files.exists($0.1) }
      return Dictionary(uniqueKeysWithValues: found)
    }
    guard let place = places.first(where: { !files(in: $0).isEmpty }) else {
      throw GLUEError(
        expected: "a task: " + GLUETask.all.map(\.name).joined(separator: ", ")
          + ", or the name of a folder with train.tsv and dev.tsv in \(data)",
        found: "'\(name)'")
    }
    self.name = place == data ? name : String(place.dropFirst(data.count + 1))
    self.files = files(in: place)
  }

  /// The task that the files make.
  func task() throws -> GLUETask {
    guard let (split, path) = [.train, .dev].lazy.compactMap({ s in files[s].map { (s, $0) } }).first else {
      throw GLUEError(
        path: files[.test], expected: "train.tsv or dev.tsv beside it, to know the labels of \(name)",
        found: "neither")
    }
    let file = try MappedFile(path)
    let header = Header(file)
    guard
      let texts = Self.textColumns.first(where: { $0.allSatisfy { header.place($0) != nil } }),
      let label = header.column("label") ?? header.column("score"),
      let layout = header.layout(texts: texts, label: label)
    else {
      throw GLUEError(
        path: path, line: 1,
        expected:
          "a header that names the text (sentence or text; of pairs sentence1 and sentence2, premise and "
          + "hypothesis, or the like) and the answer (label of classes, score of numbers)",
        found: header.names.isEmpty
          ? "none" : "\(header.names.count) columns: \(header.names.joined(separator: ", ").prefix(160))")
    }
    let isScore = header.place("label") == nil
    let kind: GLUETask.Kind =
      isScore
      ? .regression(Self.scores)
      : .classification(labels: try Self.labels(file, layout: layout, label: label.place))
    var layouts = [split: layout]
    for (other, path) in files where other != split {
      let header = Header(try MappedFile(path))
      let answer = header.column(isScore ? "score" : "label")
      layouts[other] =
        answer == nil && other != .test ? layout : header.layout(texts: texts, label: answer) ?? layout
    }
    return GLUETask(
      name: name, kind: kind, splits: [.train, .dev, .test],
      metrics: isScore ? ["pearson", "spearman"] : ["accuracy", "matthews_correlation"],
      selectionMetric: isScore ? "pearson" : "accuracy",
      defaults: TaskDefaults(learningRate: 5e-5, epochs: 3, maxLength: 128), labelAliases: [:],
      otherFolders: []
    ) { [layouts] in layouts[$0] ?? layout }
  }

  /// The labels that rows have; rows that cannot be read are left to the reader, which tells of them.
  private static func labels(_ file: MappedFile, layout: TSVLayout, label: Int) throws -> [String] {
    var lines = TSVLines(file.bytes)
    var fields: [Range<Int>] = []
    var seen: Set<String> = []
    _ = lines.next(&fields)
    while lines.next(&fields) {
      guard fields.count == layout.columnCount, !fields[label].isEmpty,
        let name = String(
          validating: UnsafeRawBufferPointer(rebasing: file.bytes[fields[label]]), as: UTF8.self)
      else { continue }
      if seen.insert(name).inserted && seen.count > mostLabels {
        throw GLUEError(
          path: file.path, line: lines.line,
          expected:
            "at most \(mostLabels) different labels (numbers to be learned as such belong in a column 'score')",
          found: "one more, '\(name.prefix(80))'")
      }
    }
    if seen.count < 2 {
      throw GLUEError(
        path: file.path, expected: "rows with at least two different labels",
        found: seen.first.map { "only '\($0.prefix(80))'" } ?? "none")
    }
    let areNumbers = seen.allSatisfy { Int($0) != nil }
    return seen.sorted { a, b in
      if areNumbers, let x = Int(a), let y = Int(b), x != y { return x < y }
      return a.utf8.lexicographicallyPrecedes(b.utf8)
    }
  }

  /// The names in the first line of a file.
  private struct Header {
    let names: [String]

    /// The names; none where the line is no text.
    init(_ file: MappedFile) {
      var lines = TSVLines(file.bytes)
      var fields: [Range<Int>] = []
      _ = lines.next(&fields)
      let texts = fields.compactMap {
        String(validating: UnsafeRawBufferPointer(rebasing: file.bytes[$0]), as: UTF8.self)
      }
      names = texts.count == fields.count ? texts : []
    }

    /// Where a column is that goes by `name` in small or capital letters.
    func place(_ name: String) -> Int? { names.firstIndex { $0.lowercased() == name } }

    /// The column with the name that this very file gives it.
    func column(_ name: String) -> TSVColumn? { place(name).map { TSVColumn($0, names[$0]) } }

    /// The columns of this file; nil where a text lacks.
    func layout(texts: [String], label: TSVColumn?) -> TSVLayout? {
      guard let first = column(texts[0]) else { return nil }
      let second = texts.count > 1 ? column(texts[1]) : nil
      if texts.count > 1 && second == nil { return nil }
      return TSVLayout(
        isByName: true, columnCount: names.count, first: first, second: second, label: label,
        index: column("index") ?? column("id"))
    }
  }
}
