import BERT
import Glibc
import Tensors
import Training

extension TermEntry {
  static let goldKL = TermEntry(
    kind: "kl_gold", summary: "as kl, of the teacher's probability of the gold class alone, the rest even",
    heeds: ["teacher_average"], idleWithScores: ["temperature", "teacher_average"], needsOneLabel: true
  ) { (options: KLOptions, s) in
    PartialKnowledgeTerm(
      name: s.name, part: .gold, temperature: options.temperature ?? 1, isRegression: s.isRegression)
  }

  static let topKL = TermEntry(
    kind: "kl_topk", summary: "as kl, of the teacher's top_k largest probabilities, the rest even",
    heeds: ["teacher_average"], idleWithScores: ["temperature", "teacher_average", "top_k"],
    needsOneLabel: true
  ) { (options: TopKOptions, s) in
    PartialKnowledgeTerm(
      name: s.name, part: .top(options.topK ?? 2), temperature: options.temperature ?? 1,
      isRegression: s.isRegression)
  }

  static let similarityKL = TermEntry(
    kind: "kl_similarity", summary: "KL to what the teacher's classifier says of how near classes are",
    idleWithScores: ["temperature", "power"], needsOneLabel: true
  ) { (options: SimilarityOptions, s) in
    guard s.isRegression || s.setting.classVectors != nil else {
      throw DistillationError.settings(
        "the term kl_similarity reads the teacher's classifier, and there is none")
    }
    return PartialKnowledgeTerm(
      name: s.name,
      part: .similarity(s.setting.classVectors ?? [], power: options.power ?? 1),
      temperature: options.temperature ?? 0.3, isRegression: s.isRegression)
  }
}

/// What `kl_topk` can be told.
public struct TopKOptions: TemperatureOptions {
  /// The temperature of both softmaxes; 1 if left out.
  public var temperature: Schedule?
  /// How many of the teacher's probabilities are kept; 2 if left out.
  public var topK: Int?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case temperature
    case topK = "top_k"
  }

  /// Temperature 1, two classes.
  public init() {}
  /// A temperature and a number of classes.
  public init(temperature: Schedule? = nil, topK: Int? = nil) {
    (self.temperature, self.topK) = (temperature, topK)
  }

  /// Temperatures are above 0, and one class at least is kept.
  public func validate() throws {
    try KLOptions(temperature: temperature).validate()
    if (topK ?? 1) < 1 { throw DistillationError.settings("top_k must be at least 1") }
  }
}

/// What `kl_similarity` can be told.
public struct SimilarityOptions: TemperatureOptions {
  /// What likenesses are divided by before their softmax, 0.3 if left out; the student's own softmax has none.
  public var temperature: Schedule?
  /// The power that likenesses are raised to, 1 if left out.
  public var power: Double?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable { case temperature, power }

  /// Temperature 0.3, power 1.
  public init() {}
  /// A temperature and a power.
  public init(temperature: Schedule? = nil, power: Double? = nil) {
    (self.temperature, self.power) = (temperature, power)
  }

  /// Both are above 0.
  public func validate() throws {
    try KLOptions(temperature: temperature).validate()
    if let power, !(power > 0 && power.isFinite) {
      throw DistillationError.settings("power must be above 0")
    }
  }
}

/// Parts of what a teacher knows (Tang and others 2020): `T² mean over rows of KL(q || p_s)` at a temperature T.
///
/// q is `SoftTargets.gold` or `.top` of the teacher's probabilities at T, or `.similar`, whose softmax alone has the
/// temperature: there the student's has none and T² is 1. The gradient is `T (p_s - q) / rows`. Where a row has no
/// label, the teacher's own first choice takes the place of the gold class. For scores all of them are the squared
/// difference to the teacher's.
final class PartialKnowledgeTerm: DistillationTerm {
  /// What is kept of the teacher.
  enum Part {
    case gold
    case top(Int)
    case similarity([[Float]], power: Double)
  }

  let name: String
  let part: Part
  let temperature: Schedule
  let isRegression: Bool
  let studentRequest = OutputRequest()

  init(name: String, part: Part, temperature: Schedule, isRegression: Bool) {
    (self.name, self.part, self.temperature, self.isRegression) = (name, part, temperature, isRegression)
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { OutputRequest() }

  func evaluate(_ context: TermContext) throws -> Double {
    if isRegression { return LogitsMSETerm.squaredError(context, scale: 1) }
    let student = context.required(context.student.logits, "logits")
    let gradient = context.required(context.gradient.logits, "logits")
    var temperature = temperature.value(at: context.position)
    var rows: [[Double]]?
    if case .similarity(let vectors, let power) = part {
      rows = SoftTargets.similar(vectors, power: power, temperature: temperature)
      temperature = 1
    }
    let mean = 1 / Double(context.batch.totals.sequences)
    var own = [Double](repeating: 0, count: student.columns)
    var sum = 0.0
    for row in 0..<student.rows {
      Softmax.logProbabilities(student.row(row), temperature: temperature, into: &own)
      let said = context.teacherProbabilities(row, temperature: temperature)
      let wanted = target(said, context.batch.targets[row], rows)
      for (i, q) in wanted.enumerated() {
        if q > 0 { sum += q * (log(q) - own[i]) }
        gradient[row, i] += Float(context.weight * mean * temperature * (exp(own[i]) - q))
      }
    }
    return temperature * temperature * mean * sum
  }

  private func target(_ said: [Double], _ gold: Target?, _ rows: [[Double]]?) -> [Double] {
    let label: Int
    if case .label(let given)? = gold {
      label = given
    } else {
      label = said.indices.reduce(0) { said[$1] > said[$0] ? $1 : $0 }
    }
    return switch part {
    case .gold: SoftTargets.gold(said, label: label)
    case .top(let count): SoftTargets.top(said, count)
    case .similarity: rows?[label] ?? said
    }
  }
}

extension TermContext {
  /// What the teacher says of a row at a temperature; the mean of several where their probabilities are averaged.
  func teacherProbabilities(_ row: Int, temperature: Double) -> [Double] {
    let logits = required(teacher.logits, "the teacher's logits")
    var logs = [Double](repeating: 0, count: logits.columns)
    if votes.isEmpty {
      Softmax.logProbabilities(logits.row(row), temperature: temperature, into: &logs)
      return logs.map { exp($0) }
    }
    var mean = [Double](repeating: 0, count: logits.columns)
    for vote in votes {
      Softmax.logProbabilities(vote.logits.row(row), temperature: temperature, into: &logs)
      for i in mean.indices { mean[i] += vote.weights[row] * exp(logs[i]) }
    }
    return mean
  }
}

extension Recipe {
  /// What two classes leave no difference between, in words: a teacher's probability of one class is its probability
  /// of the other too.
  public func coincidences(classes: Int, in tables: MethodTables = .standard) throws -> [String] {
    var notes: [String] = []
    for term in stages.flatMap(\.terms) {
      let note: String
      switch (term.kind, try tables.terms.options(of: term)) {
      case ("kl_gold", _) where classes == 2:
        note = "with two classes kl_gold is kl: choose kd, or a task of more"
      case ("kl_topk", let options as TopKOptions) where (options.topK ?? 2) + 1 >= classes:
        note = "with \(classes) classes kl_topk keeps all that the teacher says: it is kl"
      case ("kl_similarity", _) where classes == 2:
        note = "with two classes kl_similarity smooths each label by a number of its own, and no more"
      default: continue
      }
      if !notes.contains(note) { notes.append(note) }
    }
    return notes
  }
}
