/// Under which names a file of answers says which row is meant.
struct AnswerKeys {
  /// What the row is called: its index in the task's file, else its number from 0.
  let id: String?
  /// The row's text, or its two.
  let texts: [String]?
  /// Who answered, where several did.
  let annotator: String?

  /// Finds them among the names of a file, those of the task's own columns first; throws where neither is there.
  init(_ names: [String], of task: GLUETask, path: String) throws {
    func find(_ wanted: [String]) -> String? {
      wanted.lazy.compactMap { name in names.first { ColumnNames.plain($0) == ColumnNames.plain(name) } }
        .first
    }
    id = find(["id", "index", "idx", "row"])
    annotator = find(["annotator", "worker", "annotator_id"])
    let layout = task.layout(.train)
    let own = [layout.first, layout.second].compactMap(\.self).map { find($0.names) }
    let pairs =
      ColumnNames.texts.filter { $0.count == own.count } + (own.count == 2 ? [["text", "pair"]] : [])
    let candidates = [own] + pairs.map { $0.map { find([$0]) } }
    texts = candidates.lazy.map { $0.compactMap(\.self) }.first { $0.count == own.count }
    if id == nil && texts == nil {
      throw GLUEError(
        path: path, line: 1,
        expected: "a column that says which row is meant: id (the row's index, or its number from 0), or the "
          + (own.count == 2
            ? "texts (sentence1 and sentence2, or text and pair)" : "text (sentence or text)"),
        found: names.joined(separator: ", "))
    }
  }
}
