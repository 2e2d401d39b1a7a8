import Files

/// Files of rows, each plain or in gzip.
enum TaskFiles {
  /// The file of that path, or that path with `.gz` behind it; nil where there is neither.
  ///
  /// Throws where there are both: which of them is meant nobody knows.
  static func present(_ path: String) throws -> String? {
    let found = [path, path + ".gz"].filter { Files.exists($0) }
    if found.count > 1 {
      throw GLUEError(path: path, expected: "one file of these rows", found: "\(found[1]) too: move one away")
    }
    return found.first
  }

  /// The files of the splits of a task of one's own; splits without one are left out.
  ///
  /// They are all TSV, all CSV or all JSON lines, and dev rows may be called `validation`. Throws where there are two
  /// files of a split, or of two formats.
  static func ofSplits(_ splits: [Split], in folder: String) throws -> [Split: String] {
    var files: [Split: String] = [:]
    for split in splits {
      for name in split == .dev ? ["dev", "validation"] : [split.rawValue] {
        for format in RowFormat.allCases {
          guard let path = try present("\(folder)/\(name).\(format.rawValue)") else { continue }
          if let other = files[split] {
            throw GLUEError(
              path: path, expected: "one file of these rows", found: "\(other) too: move one away")
          }
          files[split] = path
        }
      }
    }
    let formats = Set(files.values.map { RowFormat(path: $0) })
    if formats.count > 1 {
      throw GLUEError(
        path: folder, expected: "files of one format",
        found: files.values.sorted().map { String($0.dropFirst(folder.utf8.count + 1)) }.joined(
          separator: ", "))
    }
    return files
  }
}

extension GLUETask {
  /// The file of a split below a data folder.
  ///
  /// Looked for in `folder/SST-2` (or another spelling of the task's name, such as `sst2`), then in `folder`
  /// itself, unless that is called after another task. A task of one's own has its folder. Throws with all the places
  /// looked at.
  public func file(for split: Split, in folder: String) throws -> String {
    let split = try resolve(split)
    if let ownFolder {
      let own = try sameFolder(ownFolder, in: folder)
      if let path = try TaskFiles.ofSplits([split], in: own)[split] { return path }
      throw GLUEError(
        path: folder,
        expected: "the \(split.rawValue) rows of \(name) in \(own)/\(split.rawValue).tsv, .csv or .jsonl",
        found: "no such file")
    }
    let names = name == "AX" ? ["diagnostic.tsv", "AX.tsv", "test.tsv"] : [split.rawValue + ".tsv"]
    let candidates = try places(in: folder).flatMap { place in names.map { "\(place)/\($0)" } }
    for candidate in candidates {
      if let path = try TaskFiles.present(candidate) { return path }
    }
    throw GLUEError(
      path: folder,
      expected: "the \(split.rawValue) rows of \(name) in " + candidates.joined(separator: " or "),
      found: "no such file")
  }

  /// The folder that a task of one's own was made of; throws where `folder` holds another one of that name.
  private func sameFolder(_ own: String, in folder: String) throws -> String {
    let found = try OwnTask(name, in: folder).folder
    if Files.resolved(found) != Files.resolved(own) {
      throw GLUEError(path: folder, expected: "the task of \(own)", found: "another, \(found)")
    }
    return own
  }

  /// The folders that may hold the files of a task of GLUE: those below `folder` that are called after it, else
  /// `folder` itself, unless that is called after another task, and the one that there should be.
  private func places(in folder: String) throws -> [String] {
    if !Files.isDirectory(folder) {
      throw GLUEError(path: folder, expected: "a folder of tasks", found: "no folder of that name")
    }
    let spellings = Set(self.spellings)
    let called = try Files.list(folder).filter { spellings.contains(Self.folded($0)) }
    if !called.isEmpty { return called.map { "\(folder)/\($0)" } }
    let last = Self.folded(folder.split(separator: "/").last.map(String.init) ?? folder)
    let belongsToOther = Self.all.contains { $0.name != name && $0.spellings.contains(last) }
    return (belongsToOther ? [] : [folder]) + ["\(folder)/\(name)"]
  }
}
