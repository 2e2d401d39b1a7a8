/// What a method cannot do without, in the order in which methods are listed.
public enum MethodNeeds: String, Sendable, CaseIterable {
  /// Gold labels.
  case labels = "Gold labels alone"
  /// One fine-tuned model.
  case teacher = "A teacher alone"
  /// The run of one, with its anchors.
  case way = "A teacher with the anchors of its way (finetune --keep-anchors)"
  /// Models between teacher and student.
  case models = "Several models"
  /// Other encoders that learn beside the student.
  case peers = "Peers, and no teacher"
  /// A teacher, and text without labels.
  case text = "A teacher and text without labels"
  /// A teacher, and a masked language model.
  case generator = "A teacher and a masked language model that writes text (--generator)"
  /// More than one teacher.
  case teachers = "Several teachers, chosen among (--teacher given several times)"
  /// A lesson of its own: what else it needs, its settings say.
  case lesson = "A lesson of its own"
}

extension Recipe {
  /// What it needs.
  public func needs(in tables: MethodTables = .standard) throws -> MethodNeeds {
    if let lesson = stages.lazy.compactMap(\.lesson).first {
      return try tables.lessons.entry(lesson.name).needs
    }
    if try !needsTeacher(in: tables) { return .labels }
    if [Self.route.name, Self.progressive.name].contains(name) { return .way }
    return name == Self.takd.name ? .models : .teacher
  }

  /// What it costs beside the student's own steps, in words.
  public func cost(in tables: MethodTables = .standard) throws -> String {
    if let lesson = stages.lazy.compactMap(\.lesson).first,
      let cost = try tables.lessons.entry(lesson.name).cost
    {
      return cost
    }
    let terms = stages.flatMap(\.terms)
    let reads = try terms.contains { try tables.terms.entry($0.kind).needsIntermediates }
    switch try needs(in: tables) {
    case .labels: return "nothing"
    case .teacher where reads:
      return
        "the teacher's logits of all rows once, and a pass of it beside each step (memory of both; or disk: --cache-states)"
    case .teacher: return "the teacher's logits of all rows once (in memory, or on disk: --teacher-cache)"
    case .way: return "the logits of all rows once for each anchor, each anchor a model in memory and on disk"
    case .models: return "the whole method once more for each assistant"
    case .peers, .text, .generator, .teachers, .lesson:
      return "passes of its own in each step, which anneal check tries"
    }
  }
}
