import BERT
import Distillation
import Files
import GLUE
import Tensors
import Tokenization
import Training

/// Tries settings on a part of the training rows until one reaches the goal, the time is over or the ladder is.
///
/// Every decision hangs on the log alone: results, and what the clock said then. So a search that goes on decides what it
/// decided before.
struct GoalSearch {
  private let settings: GoalSettings
  private let tables: MethodTables
  private let folder: RunFolder
  private let stop: StopFlag?
  private let meter: GoalMeter
  private let report: (RunEvent) throws -> Void
  private(set) var log: GoalLog

  /// The search in the run folder of the settings, from where it stands.
  ///
  /// Throws where another search is there, or where rows or teacher are others now.
  init(
    _ settings: GoalSettings, with tables: MethodTables, meter: GoalMeter, stop: StopFlag?,
    report: @escaping (RunEvent) throws -> Void
  ) throws {
    (self.settings, self.tables, self.meter, self.stop, self.report) = (settings, tables, meter, stop, report)
    folder = RunFolder(settings.output)
    let hashes = InputHashes()
    var inputs = try hashes.rows(settings)
    if let teacher = settings.teacher { inputs.merge(try hashes.teacher(teacher)) { first, _ in first } }
    if let log = try GoalLog.read(folder) {
      if log.settings != settings.comparable {
        throw TrainingError.folder(
          path: folder.search,
          reason: "the search of another goal is there: give --overwrite or another folder")
      }
      let changed = inputs.filter { log.inputs[$0.key] != $0.value }.keys.sorted()
      if !changed.isEmpty {
        throw TrainingError.changed(
          path: folder.path, what: changed.map { $0 + " \($0.hasSuffix("rows") ? "are" : "is") another now" })
      }
      self.log = log
      return
    }
    let goal = settings.goal
    log = GoalLog(
      settings: settings.comparable, inputs: inputs,
      outcome: GoalOutcome(
        keep: goal.keep, hours: goal.hours, metric: "", heldOutRows: 0, tried: [], reason: "", seconds: 0))
  }

  /// Searches, and returns the log of what was found.
  mutating func run() throws -> GoalLog {
    if log.isOver { return log }
    let data = try TaskData(settings, among: tables.tasks)
    if log.outcome.metric.isEmpty { try measure(data) }
    let shapes = log.outcome.shapes.map { ShapeWalk.tried($0, for: settings.goal) }
    if settings.goal.searches {
      try climb(shapes.map { $0.map(Optional.some) } ?? [nil], try data.holdingOut(settings.heldOutShare))
    } else {
      log.outcome.reason = "the largest shape within the limits"
    }
    log.outcome.seconds = log.seconds
    log.isOver = true
    try log.write(to: folder)
    return log
  }

  /// The shape of what was chosen; nil where the settings name one.
  static func shape(of outcome: GoalOutcome, for goal: Goal) -> ShapePrice? {
    guard let shapes = outcome.shapes else { return nil }
    let name = outcome.tried.first { $0.name == outcome.chosen }?.candidate.shape
    return name.flatMap { name in shapes.first { $0.shape == name } }
      ?? ShapeWalk.tried(shapes, for: goal).last
  }

  // MARK: Before the first try

  /// The teacher's own metric, and what shapes cost.
  private mutating func measure(_ data: TaskData) throws {
    let start = meter.now()
    Parallel.configure(threads: settings.training.threads ?? 0)
    let metric = settings.training.selectionMetric ?? data.task.selectionMetric
    let loaded = try BertModel.load(directory: settings.teacher ?? "", head: .asStored)
    if settings.goal.searches {
      let parts = try data.holdingOut(settings.heldOutShare)
      let tokenizer = try Tokenizer(directory: settings.teacher ?? "")
      let length = try settings.training.resolved(
        for: data.task, rows: data.train.examples.count, isPretrained: true
      ).maxLength
      let values = try [parts.dev[0], data.dev[0]].map {
        try Evaluator.evaluate(model: loaded.model, tokenizer: tokenizer, dataSet: $0, maxLength: length)
          .metrics?[metric] ?? .nan
      }
      let reference = GoalOutcome.Reference(
        heldOut: values[0], dev: values[1], isInherited: inherits(data.task.name))
      if settings.goal.keep != nil && !(reference.level > 0) {
        throw TrainingError.settings(
          "the teacher's \(metric) is \(reference.level): there is nothing to keep a share of")
      }
      (log.outcome.reference, log.outcome.heldOutRows) = (reference, parts.dev[0].examples.count)
      try report(
        .note(
          "the teacher's \(metric): \(reference.dev) on dev, \(reference.heldOut) on the \(log.outcome.heldOutRows) "
            + "training rows that are held out, which it has learnt"))
    }
    if settings.distill.student == Goal.anyShape {
      let shapes = try ShapeWalk.shapes(of: loaded.model.config, labels: data.task.outputCount)
      let milliseconds = meter.milliseconds ?? { try ShapeWalk.milliseconds($0) }
      log.outcome.tokens = ShapeWalk.tokens
      log.outcome.shapes = try ShapeWalk.priced(shapes, within: settings.goal) { shape in
        try checkStop()
        return try milliseconds(shape)
      }
    }
    log.outcome.metric = metric
    log.setupSeconds += meter.now() - start
    try log.write(to: folder)
  }

  /// Whether the student begins with weights that were trained on the task: those of the teacher, or of a run on it.
  private func inherits(_ task: String) -> Bool {
    let distill = settings.distill
    if distill.student == Goal.anyShape { return true }
    if distill.studentLayers != nil && distill.studentFrom == nil { return true }
    guard let start = distill.studentFrom ?? distill.student, let run = RunFolder.ofModel(start),
      let record = try? RunRecord<JSONValue>.read(run)
    else { return false }
    return record.description.task == task
  }

  // MARK: The ladder

  private var budget: Double? { settings.goal.hours.map { $0 * 3600 } }

  /// Tries one student after the other; each has its part of the time that is left.
  private mutating func climb(_ shapes: [ShapePrice?], _ data: TaskData) throws {
    var reason = "the ladder is at its end"
    for (index, shape) in shapes.enumerated() {
      let begun = secondsBefore(shape)
      let end = budget.map { begun + ($0 - begun) / Double(shapes.count - index) }
      let (space, student) = try student(index, shape, data, end: end)
      let ladder = GoalLadder(space: space, firstPasses: student.firstPasses)
      var round = 1
      while let candidates = try ladder.round(round, after: tried(shape)) {
        var hadTime = false
        for candidate in candidates {
          let one = try self.one(candidate, round, shape, space, student, end: end)
          hadTime = hadTime || one.fate != .noTime
          if let keep = settings.goal.keep, let kept = one.value.flatMap(log.outcome.kept), kept >= keep {
            return choose(one, reached: true, "it is the first, from the cheapest up, that keeps so much")
          }
        }
        if !hadTime { break }
        round += 1
      }
      if tried(shape).contains(where: { $0.fate == .noTime }) { reason = "the time is over" }
    }
    guard let best = GoalLadder.ranked(log.outcome.tried).first else {
      let why = log.outcome.tried.compactMap(\.reason).first
      throw TrainingError.settings("no setting could be tried: \(why ?? reason)")
    }
    choose(
      best, reached: settings.goal.keep.map { _ in false },
      settings.goal.keep == nil
        ? "it is the best, and \(reason)"
        : "none keeps so much and \(reason): it is the best of what was tried")
  }

  private mutating func choose(_ one: GoalTry, reached: Bool?, _ reason: String) {
    // A result that was carried along is that of the try that gave it.
    let first = log.outcome.tried.first { $0.fate == .tried && $0.candidate == one.candidate } ?? one
    (log.outcome.chosen, log.outcome.reached, log.outcome.reason) = (first.name, reached, reason)
  }

  private func tried(_ shape: ShapePrice?) -> [GoalTry] {
    log.outcome.tried.filter { $0.candidate.shape == shape?.shape }
  }

  /// What everything took before the first try of a shape.
  private func secondsBefore(_ shape: ShapePrice?) -> Double {
    let before = log.outcome.tried.prefix { $0.candidate.shape != shape?.shape }
    return before.filter { $0.fate == .tried || $0.fate == .failed }.reduce(log.setupSeconds) {
      $0 + $1.seconds
    }
  }

  /// The ways of a student and what they cost: as the log has it, or measured now.
  private mutating func student(
    _ index: Int, _ shape: ShapePrice?, _ data: TaskData, end: Double?
  ) throws -> (GoalSpace, GoalLog.Student) {
    let start = meter.now()
    var settings = settings.settings(of: shape)
    (settings.heldOutShare, settings.training.epochs) = (self.settings.heldOutShare, 1)
    let methods = try GoalRules.methods(of: self.settings, with: tables)
    if settings.recipe == nil { settings.method = methods.contains("kd") ? "kd" : methods[0] }
    settings.augment = nil
    let isKnown = log.students.indices.contains(index)
    var known = isKnown ? log.students[index] : nil
    let isPretrained =
      settings.studentLayers != nil || settings.student.map { Files.isDirectory($0) } ?? false
    let teacher = ShapeWalk.parameters(
      try BertConfig(file: (settings.teacher ?? "") + "/config.json"), labels: data.task.outputCount)
    if known == nil {
      let preparation = try Preparation(settings, of: settings, with: tables, report: report)
      let run = try preparation.prepared()
      let size = ShapeWalk.parameters(run.model.config, labels: data.task.outputCount).encoder
      let seconds =
        try meter.secondsPerPass?(run.model.config.shape)
        ?? (run.forecast(seconds: 1).seconds + (preparation.rehearse(run, seconds: 0.5) ?? 0))
        / Double(max(run.stages.reduce(0) { $0 + $1.epochs }, 1))
      known = GoalLog.Student(
        shape: run.model.config.shape, encoderParameters: size, secondsPerPass: seconds, firstPasses: 1)
    }
    guard var student = known else { preconditionFailure("a student that was just measured") }
    let space = try GoalSpace(
      self.settings, shape: shape, student: student.encoderParameters, teacher: teacher.encoder, data: data,
      isPretrained: isPretrained, tables: tables)
    if isKnown { return (space, student) }
    let left = end.map { $0 - secondsBefore(shape) }
    student.firstPasses = try firstPasses(space, student, seconds: left)
    log.setupSeconds += meter.now() - start
    log.students.append(student)
    try log.write(to: folder)
    return (space, student)
  }

  /// Half the usual epochs; with less time, as many passes as let the first round end in a third of it.
  private func firstPasses(_ space: GoalSpace, _ student: GoalLog.Student, seconds: Double?) throws -> Int {
    var passes = max(2, space.usualEpochs / 2)
    guard let seconds else { return passes }
    let prices = GoalPrices([], secondsPerPass: student.secondsPerPass, heldOutShare: settings.heldOutShare)
    while passes > 1,
      try space.all(passes: passes).reduce(0, { $0 + prices.seconds($1) }) > seconds / 3
    { passes -= 1 }
    return passes
  }

  /// A try with what became of it: as the log has it, or now.
  private mutating func one(
    _ candidate: GoalCandidate, _ round: Int, _ shape: ShapePrice?, _ space: GoalSpace,
    _ student: GoalLog.Student, end: Double?
  ) throws -> GoalTry {
    try checkStop()
    let name = Self.name(candidate, round, usualRate: space.rate)
    if let known = log.outcome.tried.first(where: { $0.name == name }) { return known }
    let earlier = log.outcome.tried.compactMap(\.value).max()
    var one = GoalTry(name: name, round: round, candidate: candidate, fate: .tried, seconds: 0)
    if let before = log.outcome.tried.last(where: { $0.candidate == candidate && $0.value != nil }) {
      (one.fate, one.value) = (.carried, before.value)
    } else {
      let prices = GoalPrices(
        tried(shape), secondsPerPass: student.secondsPerPass, heldOutShare: settings.heldOutShare)
      let best = GoalLadder.ranked(log.outcome.tried).first.map { prices.finalSeconds($0.candidate) } ?? 0
      let needed = prices.seconds(candidate) + max(best, prices.finalSeconds(candidate))
      if let end, log.seconds + needed > end {
        if log.outcome.tried.isEmpty { try refuse(needed) }
        (one.fate, one.seconds) = (.noTime, prices.seconds(candidate))
      } else {
        try attempt(&one, shape)
      }
    }
    if one.fate == .tried, let value = one.value, let earlier { one.gain = value - earlier }
    log.outcome.tried.append(one)
    try log.write(to: folder)
    try report(.note(sentence(one)))
    try removeModels()
    return one
  }

  /// Throws where not even the first try has time.
  private func refuse(_ needed: Double) throws {
    let hours = (log.seconds + needed) / 3600
    // The least that would do, rounded up to three digits.
    var scale = 1.0
    while hours * scale < 100 { scale *= 10 }
    let least = (hours * scale).rounded(.up) / scale
    throw TrainingError.settings(
      "hours (--hours) \(settings.goal.hours ?? 0) is too little: one try and the last training take about "
        + "\(Int((log.seconds + needed).rounded(.up))) s on this machine, so give \(least) or more")
  }

  /// Trains one setting and measures it.
  private func attempt(_ one: inout GoalTry, _ shape: ShapePrice?) throws {
    var settings = settings.settings(of: one.candidate, shape)
    settings.output = "\(folder.search)/\(one.name)"
    settings.heldOutShare = self.settings.heldOutShare
    settings.teacherCache = settings.teacherCache ?? folder.searchCache
    let start = meter.now()
    do {
      let result = try Link.finish(
        settings, named: "round \(one.round), \(one.candidate.title)", overwrite: false, isQuiet: true,
        stop: stop, report: report
      ) { try StudentRun.run($0, with: tables, onEvent: $1) }
      one.seconds = meter.seconds(one.candidate, result, meter.now() - start)
      one.value = result.metrics[log.outcome.metric]
    } catch let error as TrainingError where error.isInterruption {
      throw TrainingError.interrupted(folder: folder.path, step: 0)
    } catch let error where Self.isOfSettings(error) && !log.outcome.tried.isEmpty {
      one.seconds = meter.now() - start
      (one.fate, one.reason) = (.failed, "\(error)")
    }
  }

  /// Whether an error says that one setting cannot be, and nothing of the others.
  private static func isOfSettings(_ error: any Error) -> Bool {
    switch error {
    case is DistillationError, is ModelError: true
    case let error as TrainingError:
      switch error {
      case .settings, .mismatch, .notFinite: true
      default: false
      }
    default: false
    }
  }

  private func checkStop() throws {
    if stop?.isRaised == true { throw TrainingError.interrupted(folder: folder.path, step: 0) }
  }

  /// Keeps the weights of the best try alone: the others are their records.
  private func removeModels() throws {
    let best = GoalLadder.ranked(log.outcome.tried.filter { $0.fate == .tried }).first?.name
    for one in log.outcome.tried where one.fate == .tried && one.name != best {
      try Files.remove(RunFolder("\(folder.search)/\(one.name)").model)
    }
  }

  private func sentence(_ one: GoalTry) -> String {
    let start = "round \(one.round), \(one.candidate.title): "
    switch one.fate {
    case .noTime: return start + "no time"
    case .failed: return start + (one.reason ?? "failed")
    case .tried, .carried:
      guard let value = one.value else { return start + "no figure" }
      let kept = log.outcome.kept(value).map { ", \(Self.percent($0)) of the teacher's" } ?? ""
      return start + "\(log.outcome.metric) \((value * 1e4).rounded() / 1e4)\(kept)"
        + (one.fate == .carried ? ", as before" : ", \(Int(one.seconds.rounded())) s")
    }
  }

  private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

  /// A name for a folder: round, method and what is not usual.
  static func name(_ candidate: GoalCandidate, _ round: Int, usualRate: Double) -> String {
    let name =
      (candidate.shape.map { "\($0)-" } ?? "") + "\(round)-\(candidate.method)"
      + (candidate.madeText ? "-made" : "")
      + (candidate.learningRate == usualRate ? "" : "-\(candidate.learningRate)")
    return String(name.map { $0.isLetter || $0.isNumber || "-._+".contains($0) ? $0 : "_" })
  }
}
