/// Which of a model's logits belongs to which class of a task, found by the names of both.
///
/// Published models order the classes of one task differently (at least three orders of MNLI are in use), so
/// positions say nothing; only names do.
public struct LabelMap: Sendable, Equatable {
  /// The task's labels in the task's order.
  public let taskLabels: [String]
  /// The model's labels in the order of its logits.
  public let modelLabels: [String]
  /// The logit of each task label.
  public let toModel: [Int]
  /// The task label of each logit.
  public let toTask: [Int]
  /// What a user should know about how the labels were matched, if anything.
  public let note: String?

  /// What stands in the task's order, one for each label, in the order of the model's logits.
  public func inModelOrder<Value>(_ values: [Value]) -> [Value] { toTask.map { values[$0] } }

  /// Matches the labels of a model to those of a task.
  ///
  /// In this order: equal names; names equal but for case and for `-`, `_` and blanks; the task's aliases
  /// (`positive` for SST-2's `1`). Names `LABEL_0`, `LABEL_1`, ... say nothing and are taken as the task's
  /// order, with a note. Anything else is an error that names both sets.
  public init(task: GLUETask, modelLabels: [String]?) throws {
    guard let labels = task.labels else {
      throw GLUEError(expected: "a task with classes", found: "\(task.name), a regression task")
    }
    try self.init(taskLabels: labels, modelLabels: modelLabels, aliases: task.labelAliases, of: task.name)
  }

  /// Matches the labels of two sides, such as those of a task without a table entry.
  public init(
    taskLabels: [String], modelLabels: [String]?, aliases: [String: [String]] = [:],
    of task: String = "the task"
  ) throws {
    let names = modelLabels ?? taskLabels.indices.map { "LABEL_\($0)" }
    self.taskLabels = taskLabels
    self.modelLabels = names
    let mismatch = GLUEError(
      expected: "a model with the labels of \(task): " + GLUETask.listed(taskLabels),
      found: GLUETask.listed(names))
    guard names.count == taskLabels.count else { throw mismatch }
    if Self.areNameless(names) && names != taskLabels {
      toModel = Array(taskLabels.indices)
      note =
        "the model's labels have no names (\(GLUETask.listed(names))): taken in the order "
        + GLUETask.listed(taskLabels)
    } else {
      guard let places = Self.places(of: taskLabels, in: names, aliases) else { throw mismatch }
      toModel = places
      note = nil
    }
    var inverse = [Int](repeating: 0, count: names.count)
    for (label, place) in toModel.enumerated() { inverse[place] = label }
    toTask = inverse
  }

  /// Whether labels are `LABEL_0`, `LABEL_1`, ..., which say nothing.
  public static func areNameless(_ labels: [String]) -> Bool {
    labels == labels.indices.map { "LABEL_\($0)" }
  }

  /// Whether both sides have one order.
  public var isIdentity: Bool { toModel == Array(toModel.indices) }

  /// The place of each label among the names: each exactly once, or nil.
  private static func places(
    of labels: [String], in names: [String], _ aliases: [String: [String]]
  ) -> [Int]? {
    let folded = names.map(fold)
    let found = labels.map { label -> Int? in
      if let place = names.firstIndex(of: label) { return place }
      let candidates = ([label] + (aliases[label] ?? [])).map(fold)
      let places = folded.indices.filter { candidates.contains(folded[$0]) }
      return places.count == 1 ? places[0] : nil
    }
    let places = found.compactMap { $0 }
    return Set(places).count == labels.count ? places : nil
  }

  private static func fold(_ name: String) -> String {
    String(name.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
  }
}
