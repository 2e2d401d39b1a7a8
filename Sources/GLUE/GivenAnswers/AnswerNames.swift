/// The names that a file of answers has for a task's labels.
struct AnswerNames {
  private let task: GLUETask
  private let labels: [String]
  /// The task's label for a name of the file, as somebody said.
  private let given: [String: String]
  /// Names of `given` that were met.
  private(set) var met: Set<String> = []
  /// What there is to say of names that say nothing.
  private(set) var note: String?
  private var last: (names: [String], places: [Int])?

  /// Throws where a name was given for what is no label of the task.
  init(_ task: GLUETask, given: [String: String]) throws {
    (self.task, labels) = (task, task.labels ?? [])
    self.given = given
    for (name, label) in given.sorted(by: { $0.key < $1.key }) where !labels.contains(label) {
      throw GLUEError(
        expected: labels.isEmpty
          ? "no teacher_labels, as \(task.name) asks for a score"
          : "teacher_labels of \(task.name): " + GLUETask.listed(labels),
        found: "\(name)=\(label)")
    }
  }

  /// The place of each of the task's labels among names that are one for each of them.
  mutating func places(in names: [String]) throws(AnswerForm.Problem) -> [Int] {
    if let last, last.names == names { return last.places }
    met.formUnion(names.filter { given[$0] != nil })
    do {
      let map = try LabelMap(
        taskLabels: labels, modelLabels: names.map { given[$0] ?? $0 }, aliases: task.labelAliases,
        of: task.name)
      note = note ?? map.note.map { $0.replacing("the model's labels", with: "the labels") }
      last = (names, map.toModel)
      return map.toModel
    } catch {
      throw AnswerForm.Problem(
        expected: "a number for each of " + GLUETask.listed(labels) + " (--teacher-labels maps other names)",
        found: names.isEmpty ? "none" : GLUETask.listed(names))
    }
  }

  /// The place of one label among the task's; nil where it has no such label.
  mutating func place(of name: String) -> Int? {
    if given[name] != nil { met.insert(name) }
    let name = given[name] ?? name
    if let place = labels.firstIndex(of: name) { return place }
    let found = labels.indices.filter { place in
      ([labels[place]] + (task.labelAliases[labels[place]] ?? [])).contains {
        Self.fold($0) == Self.fold(name)
      }
    }
    return found.count == 1 ? found[0] : nil
  }

  private static func fold(_ name: String) -> String {
    String(name.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
  }

  /// Those of a table's names that are labels, or nameless ones such as `LABEL_0`.
  func labels(among names: [String]) -> [String] {
    var own = self
    let found = names.filter { own.place(of: $0) != nil }
    return found.isEmpty ? names.filter { $0.hasPrefix("LABEL_") } : found
  }

  /// Throws where a name was given that no answer has.
  func requireMet(_ path: String) throws {
    guard let name = given.keys.sorted().first(where: { !met.contains($0) }) else { return }
    throw GLUEError(path: path, expected: "answers called '\(name)', as teacher_labels says", found: "none")
  }
}
