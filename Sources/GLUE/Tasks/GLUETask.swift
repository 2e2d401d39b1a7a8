/// How a pretrained encoder is trained on a task where nobody says otherwise.
public struct TaskDefaults: Sendable, Equatable {
  /// The learning rate at the end of the warm-up.
  public let learningRate: Double
  /// Passes over the whole of the task's training rows.
  public let epochs: Int
  /// Tokens after which a text or pair is truncated.
  public let maxLength: Int

  /// What is taken where nobody says otherwise.
  public init(learningRate: Double = 5e-5, epochs: Int = 3, maxLength: Int = 128) {
    (self.learningRate, self.epochs, self.maxLength) = (learningRate, epochs, maxLength)
  }
}

/// A task of sentences or sentence pairs in TSV files: its labels, its files, its measure.
public struct GLUETask: Sendable, Equatable {
  /// What is asked.
  public enum Kind: Sendable, Equatable {
    /// One of the named classes, in the task's own order.
    case classification(labels: [String])
    /// A score within a range.
    case regression(ClosedRange<Double>)
    /// Any number of the named classes, in the task's own order.
    case multiLabel(labels: [String])
  }

  /// The name as GLUE writes it, such as `SST-2`.
  public let name: String
  /// What is asked.
  public let kind: Kind
  /// The parts there are, each a file of its own.
  public let splits: [Split]
  /// Names of the metrics that GLUE reports, the first of them first, and of classes `macro_f1`.
  public let metrics: [String]
  /// The metric that the best weights are selected by; larger is better.
  public let selectionMetric: String
  /// How an encoder is trained on the task where nobody says otherwise.
  public let defaults: TaskDefaults
  /// Other names that published models give to a label, by the label's name in the files.
  public let labelAliases: [String: [String]]
  /// Other names of the task's folder, beside spellings of its own name.
  let otherFolders: [String]
  /// The folder of a task of one's own; those of GLUE's tasks are looked for.
  var ownFolder: String?
  /// The share of the training file's rows that are dev rows, where there is no file of those.
  var devShare: Double?
  /// How the answers of a task of one's own are written.
  var answerForm = AnswerForm()
  /// The columns of a split's file.
  let layout: @Sendable (Split) -> TSVLayout

  init(
    name: String, kind: Kind, splits: [Split], metrics: [String], selectionMetric: String,
    defaults: TaskDefaults, labelAliases: [String: [String]], otherFolders: [String],
    ownFolder: String? = nil, devShare: Double? = nil, layout: @escaping @Sendable (Split) -> TSVLayout
  ) {
    (self.name, self.kind, self.splits) = (name, kind, splits)
    (self.metrics, self.selectionMetric, self.defaults) = (metrics, selectionMetric, defaults)
    (self.labelAliases, self.otherFolders) = (labelAliases, otherFolders)
    (self.ownFolder, self.devShare, self.layout) = (ownFolder, devShare, layout)
  }

  /// A task of a layout of one's own, for a `TaskTable`; its files lie in a folder of its name, as GLUE's do.
  ///
  /// `metrics` are names that GLUE knows (`accuracy`, `f1`, `matthews_correlation`, `pearson`, `spearmanr`), the first of
  /// which selects the best weights; `layout` gives the columns of each split's file.
  public init(
    name: String, kind: Kind, splits: [Split] = [.train, .dev, .test], metrics: [String],
    defaults: TaskDefaults = TaskDefaults(), labelAliases: [String: [String]] = [:],
    layout: @escaping @Sendable (Split) -> TSVLayout
  ) {
    precondition(!metrics.isEmpty, "a task without a metric")
    self.init(
      name: name, kind: kind, splits: splits, metrics: metrics, selectionMetric: metrics[0],
      defaults: defaults, labelAliases: labelAliases, otherFolders: [], layout: layout)
  }

  /// Two tasks are equal when their names are and the same is asked.
  public static func == (a: GLUETask, b: GLUETask) -> Bool {
    a.name == b.name && a.kind == b.kind && a.splits == b.splits
  }

  /// The metrics that weights may be selected by: those of which more is better.
  public var selectionMetrics: [String] { metrics.filter { $0 != "mae" } }

  /// The names of the classes in the task's order; nil for regression.
  public var labels: [String]? {
    switch kind {
    case .classification(let labels), .multiLabel(let labels): labels
    case .regression: nil
    }
  }

  /// Whether the rows of a split carry labels.
  public func isLabelled(_ split: Split) -> Bool {
    let layout = layout(split)
    return layout.label != nil || !layout.answers.isEmpty
  }

  /// Whether a row has two texts.
  public var hasPairs: Bool { splits.contains { layout($0).second != nil } }

  /// Whether a score is asked for.
  public var isRegression: Bool { labels == nil }

  /// Whether any number of labels may hold for a row.
  public var isMultiLabel: Bool {
    if case .multiLabel = kind { true } else { false }
  }

  /// Whether scores of any range are asked for, as in a task of one's own: they are standardised inside.
  public var hasFreeScores: Bool { isRegression && ownFolder != nil }

  /// The number of logits that a model of the task has: one for each class, or one score.
  public var outputCount: Int { labels?.count ?? 1 }

  /// The labelled parts to measure on: `dev`, or MNLI's two.
  public var devSplits: [Split] { splits.filter { $0.isLabelled && $0 != .train } }

  /// The parts whose answers the GLUE server takes.
  public var testSplits: [Split] { splits.filter { !$0.isLabelled } }

  /// The split that `split` means for this task: `dev` and `test` are MNLI's matched ones.
  public func resolve(_ split: Split) throws -> Split {
    if splits.contains(split) { return split }
    if split == .dev, splits.contains(.devMatched) { return .devMatched }
    if split == .test, splits.contains(.testMatched) { return .testMatched }
    throw GLUEError(
      expected: "a split of \(name): " + splits.map(\.rawValue).joined(separator: ", "),
      found: "'\(split.rawValue)'")
  }

  /// GLUE's task of that name in any of the usual spellings: `SST-2`, `sst2`, `stsb`, ...
  public static func named(_ name: String) throws -> GLUETask {
    if let task = ofGLUE(name) { return task }
    throw GLUEError(
      expected: "a task of GLUE: " + all.map(\.name).joined(separator: ", "), found: "'\(name)'")
  }

  /// The task of GLUE with that name.
  static func ofGLUE(_ name: String) -> GLUETask? { TaskTable.standard.find(name) }

  /// The first names of many, for errors.
  package static func listed(_ names: [String]) -> String {
    names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) more" : "")
  }

  /// The folded names under which the task and its folder are known.
  var spellings: [String] { ([name] + otherFolders).map(Self.folded) }

  /// A name in small letters and digits alone, so that `SST-2`, `sst_2` and `SST2` are one.
  static func folded(_ name: String) -> String {
    String(name.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) })
  }
}
