import Files

extension GLUETask {
  /// The file of a split below a data folder.
  ///
  /// Looked for in `folder/SST-2` (or another spelling of the task's name, such as `sst2`), then in `folder`
  /// itself, unless that is called after another task. Throws with all the places looked at.
  public func file(for split: Split, in folder: String) throws -> String {
    let split = try resolve(split)
    if !Files.isDirectory(folder) {
      throw GLUEError(path: folder, expected: "a folder of GLUE tasks", found: "no folder of that name")
    }
    let spellings = Set(self.spellings)
    var candidates: [String] = []
    for name in try Files.list(folder) where spellings.contains(Self.folded(name)) {
      for file in fileNames(of: split) { candidates.append("\(folder)/\(name)/\(file)") }
    }
    let trimmed = folder.split(separator: "/").last.map(String.init) ?? folder
    let belongsToOther = Self.all.contains { $0.name != name && $0.spellings.contains(Self.folded(trimmed)) }
    if candidates.isEmpty {
      for file in fileNames(of: split) where !belongsToOther { candidates.append("\(folder)/\(file)") }
      for file in fileNames(of: split) { candidates.append("\(folder)/\(name)/\(file)") }
    }
    if let path = candidates.first(where: { Files.exists($0) }) { return path }
    throw GLUEError(
      path: folder,
      expected: "the \(split.rawValue) rows of \(name) in " + candidates.joined(separator: " or "),
      found: "no such file")
  }

  private func fileNames(of split: Split) -> [String] {
    name == "AX" ? ["diagnostic.tsv", "AX.tsv", "test.tsv"] : [split.rawValue + ".tsv"]
  }
}
