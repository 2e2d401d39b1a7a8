/// A file of a task: a path below the output folder, and its lines.
struct TaskFile: Equatable {
  let path: String
  let lines: [String]

  /// Lines ended by a line feed, as in GLUE.
  var text: String { lines.map { $0 + "\n" }.joined() }

  /// Lines or records as they are.
  init(_ path: String, lines: [String]) { (self.path, self.lines) = (path, lines) }

  /// Fields to lines; a field with a tab or a line end would break the file, and no grammar here writes one.
  init(_ path: String, header: String?, rows: [[String]]) {
    self.path = path
    let header = header.map { [$0.replacing(" | ", with: "\t")] } ?? []
    lines =
      header
      + rows.map { fields in
        precondition(
          !fields.contains { $0.contains("\t") || $0.contains("\n") }, "a tab in a field of \(path)")
        return fields.joined(separator: "\t")
      }
  }
}

/// The layouts of the ten tasks, column for column those of the files that GLUE gives out.
enum Layout {
  /// CoLA: no header in train and dev; source, label, the author's star, sentence.
  static func cola(_ parts: [[Item]]) -> [TaskFile] {
    zip(["train", "dev"], parts).map { name, items in
      TaskFile(
        "CoLA/\(name).tsv", header: nil,
        rows: items.map { [$0.note, $0.label, $0.label == "0" ? "*" : "", $0.first] })
    } + [TaskFile("CoLA/test.tsv", header: "index | sentence", rows: numbered(parts[2]) { [$0.first] })]
  }

  static func sst2(_ parts: [[Item]]) -> [TaskFile] {
    zip(["train", "dev"], parts).map { name, items in
      TaskFile("SST-2/\(name).tsv", header: "sentence | label", rows: items.map { [$0.first, $0.label] })
    } + [TaskFile("SST-2/test.tsv", header: "index | sentence", rows: numbered(parts[2]) { [$0.first] })]
  }

  /// MRPC: a byte order mark before the header, as in the files of the corpus; the identifiers are running numbers.
  static func mrpc(_ parts: [[Item]]) -> [TaskFile] {
    let ends = "#1 ID | #2 ID | #1 String | #2 String"
    return ["train", "dev", "test"].enumerated().map { part, name in
      let rows = parts[part].enumerated().map { row, item in
        let id = (part + 1) * 100_000 + row * 2
        return [name == "test" ? String(row) : item.label, String(id), String(id + 1)] + both(item)
      }
      return TaskFile(
        "MRPC/\(name).tsv", header: "\u{FEFF}" + (name == "test" ? "index | " : "Quality | ") + ends,
        rows: rows)
    }
  }

  static func stsb(_ parts: [[Item]]) -> [TaskFile] {
    let header = "index | genre | filename | year | old_index | source1 | source2 | sentence1 | sentence2"
    return ["train", "dev", "test"].enumerated().map { part, name in
      let rows = parts[part].enumerated().map { row, item in
        [String(row), item.note, "generated", "none", String(row), "none", "none"] + both(item)
          + (name == "test" ? [] : [item.label])
      }
      return TaskFile("STS-B/\(name).tsv", header: header + (name == "test" ? "" : " | score"), rows: rows)
    }
  }

  static func qqp(_ parts: [[Item]]) -> [TaskFile] {
    zip(["train", "dev"], parts).enumerated().map { part, pair in
      let rows = pair.1.enumerated().map { row, item in
        let id = (part + 1) * 100_000 + row
        return [String(id), String(2 * id), String(2 * id + 1)] + both(item) + [item.label]
      }
      return TaskFile(
        "QQP/\(pair.0).tsv", header: "id | qid1 | qid2 | question1 | question2 | is_duplicate", rows: rows)
    } + [TaskFile("QQP/test.tsv", header: "id | question1 | question2", rows: numbered(parts[2], both))]
  }

  /// MNLI: one annotator in train, five in dev, who all agree; no parses.
  static func mnli(_ parts: [[Item]], names: [String]) -> [TaskFile] {
    let start =
      "index | promptID | pairID | genre | sentence1_binary_parse | sentence2_binary_parse | sentence1_parse"
      + " | sentence2_parse | sentence1 | sentence2"
    return zip(names, parts).filter { !$0.1.isEmpty }.map { name, items in
      let annotators = name == "train" ? 1 : name.hasPrefix("dev") ? 5 : 0
      let labels =
        (0..<annotators).map { " | label\($0 + 1)" }.joined() + (annotators > 0 ? " | gold_label" : "")
      let rows = items.enumerated().map { row, item in
        [
          String(row), String(row), "\(row)\(item.label.prefix(1))", item.note, "( )", "( )", "(ROOT)",
          "(ROOT)",
        ]
          + both(item) + (annotators > 0 ? [String](repeating: item.label, count: annotators + 1) : [])
      }
      return TaskFile(
        "MNLI/\(name).tsv", header: start + labels, rows: annotators > 0 ? rows : rows.map(hidingLabel))
    }
  }

  /// QNLI, RTE, WNLI: index, two texts, label.
  static func pairs(
    _ task: String, _ parts: [[Item]], first: String = "sentence1", second: String = "sentence2"
  ) -> [TaskFile] {
    zip(["train", "dev"], parts).map { name, items in
      TaskFile(
        "\(task)/\(name).tsv", header: "index | \(first) | \(second) | label",
        rows: numbered(items) { both($0) + [$0.label] })
    } + [TaskFile("\(task)/test.tsv", header: "index | \(first) | \(second)", rows: numbered(parts[2], both))]
  }

  static func diagnostic(_ items: [Item]) -> [TaskFile] {
    [TaskFile("AX/diagnostic.tsv", header: "index | sentence1 | sentence2", rows: numbered(items, both))]
  }

  private static func both(_ item: Item) -> [String] { [item.first, item.second ?? ""] }

  private static func numbered(_ items: [Item], _ fields: (Item) -> [String]) -> [[String]] {
    items.enumerated().map { [String($0.offset)] + fields($0.element) }
  }

  /// The pair identifier ends in the first letter of the label, which a test file keeps to itself.
  private static func hidingLabel(_ fields: [String]) -> [String] {
    var fields = fields
    fields[2] = fields[1]
    return fields
  }
}
