/// The nine tasks of GLUE and its diagnostic set, with the layouts of the files that GLUE gives out.
///
/// Columns are those of the official archives (GLUE-baselines, `src/tasks.py`); label names are those in
/// the files. The selection metric of MRPC and QQP is accuracy, which GLUE reports beside F1. Three epochs are those
/// of BERT (Devlin et al. 2019, section 4.1) and ten those of ELECTRA for RTE (Clark et al. 2020, appendix A.2); tasks
/// of a few thousand rows take five.
extension GLUETask {
  /// All tasks in GLUE's order, the diagnostic set `AX` last.
  public static let all = [cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli, ax]

  private static let plainSplits: [Split] = [.train, .dev, .test]
  private static let binary = Kind.classification(labels: ["0", "1"])
  private static let twoWay = Kind.classification(labels: ["entailment", "not_entailment"])
  private static let threeWay = Kind.classification(labels: ["entailment", "neutral", "contradiction"])

  private static func task(
    _ name: String, _ kind: Kind, splits: [Split] = plainSplits, metrics: [String] = ["accuracy"],
    selection: String? = nil, epochs: Int = 3, maxLength: Int = 128, aliases: [String: [String]] = [:],
    folders: [String] = [],
    layout: @escaping @Sendable (Split) -> TSVLayout
  ) -> GLUETask {
    var reported = metrics
    if case .classification = kind { reported.append("macro_f1") }
    return GLUETask(
      name: name, kind: kind, splits: splits, metrics: reported, selectionMetric: selection ?? metrics[0],
      defaults: TaskDefaults(learningRate: 5e-5, epochs: epochs, maxLength: maxLength), labelAliases: aliases,
      otherFolders: folders, layout: layout)
  }

  private static let cola = task(
    "CoLA", binary, metrics: ["matthews_correlation", "accuracy"], epochs: 5,
    aliases: ["0": ["unacceptable"], "1": ["acceptable"]]
  ) { split in
    split.isLabelled
      ? TSVLayout(hasHeader: false, columnCount: 4, first: TSVColumn(3), label: TSVColumn(1))
      : TSVLayout(columnCount: 2, first: TSVColumn(1, "sentence"), index: TSVColumn(0, "index"))
  }

  private static let sst2 = task("SST-2", binary, aliases: ["0": ["negative"], "1": ["positive"]]) { split in
    split.isLabelled
      ? TSVLayout(columnCount: 2, first: TSVColumn(0, "sentence"), label: TSVColumn(1, "label"))
      : TSVLayout(columnCount: 2, first: TSVColumn(1, "sentence"), index: TSVColumn(0, "index"))
  }

  private static let mrpc = task(
    "MRPC", binary, metrics: ["f1", "accuracy"], selection: "accuracy", epochs: 5,
    aliases: ["0": ["not_equivalent"], "1": ["equivalent"]]
  ) { split in
    TSVLayout(
      columnCount: 5, first: TSVColumn(3, "#1 String"), second: TSVColumn(4, "#2 String"),
      label: split.isLabelled ? TSVColumn(0, "Quality") : nil,
      index: split.isLabelled ? nil : TSVColumn(0, "index"))
  }

  private static let stsb = task(
    "STS-B", .regression(0...5), metrics: ["pearson", "spearman", "mae"], epochs: 5,
    folders: ["STS", "STS-Benchmark"]
  ) { split in
    TSVLayout(
      columnCount: split.isLabelled ? 10 : 9, first: TSVColumn(7, "sentence1"),
      second: TSVColumn(8, "sentence2"), label: split.isLabelled ? TSVColumn(9, "score") : nil,
      index: TSVColumn(0, "index"))
  }

  private static let qqp = task(
    "QQP", binary, metrics: ["f1", "accuracy"], selection: "accuracy",
    aliases: ["0": ["not_duplicate"], "1": ["duplicate"]], folders: ["QQP-clean"]
  ) { split in
    split.isLabelled
      ? TSVLayout(
        columnCount: 6, first: TSVColumn(3, "question1"), second: TSVColumn(4, "question2"),
        label: TSVColumn(5, "is_duplicate"), index: TSVColumn(0, "id"))
      : TSVLayout(
        columnCount: 3, first: TSVColumn(1, "question1"), second: TSVColumn(2, "question2"),
        index: TSVColumn(0, "id", "index"))
  }

  private static let mnli = task(
    "MNLI", threeWay, splits: [.train, .devMatched, .devMismatched, .testMatched, .testMismatched],
    folders: ["MultiNLI"]
  ) { split in
    let count = split == .train ? 12 : split.isLabelled ? 16 : 10
    return TSVLayout(
      columnCount: count, first: TSVColumn(8, "sentence1"), second: TSVColumn(9, "sentence2"),
      label: split.isLabelled ? TSVColumn(count - 1, "gold_label") : nil, index: TSVColumn(0, "index"))
  }

  private static let qnli = task("QNLI", twoWay, folders: ["QNLIv2"]) { split in
    pairs(split, first: "question", second: "sentence")
  }

  private static let rte = task("RTE", twoWay, epochs: 10, maxLength: 256) { pairs($0) }

  private static let wnli = task(
    "WNLI", binary, epochs: 5, aliases: ["0": ["not_entailment"], "1": ["entailment"]]
  ) { pairs($0) }

  private static let ax = task(
    "AX", threeWay, splits: [.test], metrics: ["matthews_correlation", "accuracy"], folders: ["diagnostic"]
  ) { pairs($0) }

  /// Index, two texts and, where there is one, the label.
  private static func pairs(
    _ split: Split, first: String = "sentence1", second: String = "sentence2"
  ) -> TSVLayout {
    TSVLayout(
      columnCount: split.isLabelled ? 4 : 3, first: TSVColumn(1, first), second: TSVColumn(2, second),
      label: split.isLabelled ? TSVColumn(3, "label") : nil, index: TSVColumn(0, "index"))
  }
}
