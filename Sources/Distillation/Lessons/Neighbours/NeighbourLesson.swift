import BERT
import GLUE
import Ranks
import Tensors
import Tokenization
import Training

/// A student that learns from real rows and from those of their neighbours in a bank of text on which it is furthest from
/// its teacher.
///
/// Kamalloo and others 2021, *Not Far Away, Not So Close: Sample Efficient Nearest Neighbour Data Augmentation via MiniMax*
/// (Findings of ACL). Neighbours are near in the teacher's space: their angle to the row is within bounds. In each step
/// those with the largest divergence under the student as it is are chosen (max), and `weight D(S, T)` on them is added
/// to the terms (min).
final class NeighbourLesson: Lesson {
  private let options: NeighbourOptions
  private let real: ObjectiveLesson
  private let teacher: Teacher
  private let rows: TaskRows
  private let bank: TaskRows
  private let cache: LessonTable.Cache?
  private let loss: AnswerLoss
  private let text: RowText
  /// The rows of the bank that are a candidate of some row, as a data set of their own.
  private var candidates: TaskRows
  /// The candidates of each row, by their place among those.
  private var ofRow: [[Int]]
  /// The data set of the bank.
  private static let dataSet = 4

  init(_ options: NeighbourOptions, _ setting: LessonTable.Setting) throws {
    guard let objective = setting.objective else {
      throw DistillationError.settings(
        "the lesson minimax-knn needs terms for the real rows, such as labels and kl")
    }
    (self.options, rows, cache) = (options, setting.rows, setting.cache)
    teacher = try setting.oneTeacher(for: "minimax-knn")
    try teacher.requireStudentsTokens(for: "minimax-knn")
    real = ObjectiveLesson(setting.student, objective)
    loss = AnswerLoss(
      options.divergence, temperature: options.temperature, isRegression: setting.task.isRegression)
    text = RowText(
      setting.tokenizer, labels: setting.task.isRegression ? nil : setting.student.model.config.labels)
    let length = MaximumLength.of(
      teacher.model.config, teacher.tokenizer,
      wanted: MaximumLength.of(
        setting.student.model.config, setting.tokenizer, wanted: setting.training.maxLength))
    let examples = try options.bank.flatMap { try setting.task.loadTexts($0).examples }
    bank = try TaskRows(
      examples, tokenizer: setting.tokenizer, maxLength: length, toModel: nil, dataSet: Self.dataSet)
    if bank.count == 0 { throw DistillationError.settings("the bank of minimax-knn has no texts") }
    // Stand-ins for a rehearsal: a run finds its own before its first step.
    let first = bank
    let standIns = (0..<min(first.count, 64)).map(\.self)
    candidates = TaskRows(first, standIns, dataSet: Self.dataSet)
    ofRow = rows.inputIDs.indices.map { row in
      (0..<min(options.candidates, standIns.count)).map { (row + $0) % standIns.count }
    }
  }

  var learners: [Learner] { real.learners }

  /// A loss of the real rows that compares them with one another.
  var indivisible: String? { real.indivisible }

  func annealingScale(at position: SchedulePosition) -> Double? { real.annealingScale(at: position) }

  // MARK: Neighbours

  func prepare(over ranks: Ranks, _ progress: (String, Int, Int) throws -> Void) throws {
    let found = try neighbours(ranks, progress)
    var places: [Int: Int] = [:]
    for row in Set(found.joined()).sorted() { places[row] = places.count }
    let kept = places.sorted { $0.value < $1.value }.map(\.key)
    if kept.isEmpty {
      throw DistillationError.settings(
        "no text of the bank is within \(options.minDistance) to \(options.maxDistance) of half a turn of any row: "
          + "raise max_distance, or give a bank nearer to the task")
    }
    ofRow = found.map { $0.compactMap { places[$0] } }
    candidates = TaskRows(bank, kept, dataSet: Self.dataSet)
    try teacher.answer(candidates, cache: cache?.logits, over: ranks) {
      try progress("the teacher's answers to neighbours", $0, kept.count)
    }
  }

  /// The rows of the bank near each row, from the cache where there is one.  // [rows][neighbours]
  private func neighbours(_ ranks: Ranks, _ progress: (String, Int, Int) throws -> Void) throws -> [[Int]] {
    let count = options.candidates
    // As numbers of a table, so that what is kept is checked as the logits are: -1 where there are fewer.
    func compute(_ rows: TaskRows) throws -> [[Float]] {
      // Each rank searches a part of the bank.
      let own = ranks.share(of: bank.count)
      let vectors = try NeighbourBank(bank, own, model: teacher.model) {
        try progress("the bank's vectors", $0, own.count)
      }
      let found = try vectors.neighbours(
        of: rows, count: count, distances: options.minDistance...options.maxDistance, over: ranks
      ) { try progress("neighbours", $0, own.count) }
      return found.map { row in (0..<count).map { $0 < row.count ? Float(row[$0].row) : -1 } }
    }
    let what = "neighbours \(count) \(options.minDistance) \(options.maxDistance)"
    let table =
      try cache?.table(what, of: bank).logits(rows, over: ranks, compute: compute) ?? compute(rows)
    return table.map { $0.filter { $0 >= 0 && Int($0) < bank.count }.map { Int($0) } }
  }

  // MARK: Steps

  func take(_ draw: Draw, _ step: Step) throws -> Figures {
    let readsNeighbours = step.position.epoch + 1 >= options.startEpoch
    var figures = try StepGradient(real.learners, step).add(draw) { batch in
      let (ofReal, back) = try real.learn(batch, step)
      var (figures, divergence, way) = (ofReal, 0.0, Optional(back))
      if readsNeighbours {
        back.go()
        let chosen = try choose(batch, step, &figures)
        (divergence, way) = try learn(chosen, of: draw, step)
      }
      figures.terms.append(LossTerm(name: "neighbours", value: options.weight * divergence))
      return (figures, way)
    }
    figures.gradientNorm = try step.move(real.learners)
    return figures
  }

  /// The candidates of each of a batch's rows that part student and teacher most, row by row.
  private func choose(_ batch: LabelledBatch, _ step: Step, _ figures: inout Figures) throws -> [Int] {
    let known = batch.rows.map { row in ofRow.indices.contains(Int(row.number)) ? ofRow[Int(row.number)] : []
    }
    let all = Set(known.joined()).sorted()
    if all.isEmpty { return [] }
    var losses: [Int: Double] = [:]
    for slice in TaskRows(candidates, all, dataSet: Self.dataSet).slices(tokens: Batch.inferenceTokens) {
      let part = candidates.batch(slice.map { all[$0] })
      let (own, wanted) = (try logits(part), try answers(part, step))
      var heard: [Double] = []
      _ = loss.value(own, wanted, count: own.rows) { heard.append($0) }
      for (place, value) in zip(slice, heard) { losses[all[place]] = value }
    }
    let chosen = known.map { row in
      row.sorted { (losses[$1] ?? 0, $0) < (losses[$0] ?? 0, $1) }.prefix(options.augments)
    }
    func mean(_ places: some Sequence<Int>) -> StepMeasure {
      StepMeasure(meanOf: places.map { losses[$0] ?? 0 })
    }
    figures.measures["divergence of the chosen neighbours"] = mean(chosen.joined())
    figures.measures["divergence of all neighbours"] = mean(known.joined())
    if step.isShown { figures.texts = try show(batch, chosen.map(\.first), step) }
    return Array(chosen.joined())
  }

  /// The divergence on some candidates, and the way back of its gradient; of none, nothing.
  private func learn(_ chosen: [Int], of draw: Draw, _ step: Step) throws -> (Double, StepGradient.WayBack?) {
    if chosen.isEmpty { return (0, nil) }
    let part = candidates.batch(chosen)
    let wanted = LogitCopy(try answers(part, step)).matrix
    let student = real.student
    guard let own = try student.forward(part, request: OutputRequest(), in: step).logits else {
      preconditionFailure("a head without logits")
    }
    let gradient = student.makeGradient(for: OutputRequest())
    let value = loss.value(
      own, wanted, count: draw.totals.sequences, weight: options.weight, slope: gradient.logits)
    try step.check([LossTerm(name: "neighbours", value: value)], of: part.rows)
    return (value, StepGradient.WayBack(student, gradient))
  }

  private func logits(_ batch: LabelledBatch) throws -> Matrix {
    guard let own = try real.student.answer(batch).logits else {
      preconditionFailure("a head without logits")
    }
    return own
  }

  private func answers(_ batch: LabelledBatch, _ step: Step) throws -> Matrix {
    guard let said = try teacher.outputs(for: batch, request: OutputRequest(), at: step.position).logits
    else {
      preconditionFailure("a teacher without logits")
    }
    return said
  }

  private func show(_ batch: LabelledBatch, _ chosen: [Int?], _ step: Step) throws -> [MadeText] {
    let pairs = zip(batch.rows.indices, chosen).compactMap { row, place in place.map { (row, $0) } }
    if pairs.isEmpty { return [] }
    let part = candidates.batch(pairs.map(\.1))
    let (own, wanted) = (try logits(part), try answers(part, step))
    var losses: [Double] = []
    _ = loss.value(own, wanted, count: own.rows) { losses.append($0) }
    let sources = rows.batch(pairs.map { Int(batch.rows[$0.0].number) })
    return MadeText.shown(
      kind: "neighbour", sources, part, student: own, teacher: wanted, losses: losses, by: text)
  }
}

extension TaskRows {
  /// Some rows of others, numbered anew and without labels.
  init(_ rows: TaskRows, _ picked: [Int], dataSet: Int) {
    self.init(
      inputIDs: picked.map { rows.inputIDs[$0] }, tokenTypeIDs: picked.map { rows.tokenTypeIDs[$0] },
      targets: picked.map { _ in nil }, dataSet: dataSet)
  }
}
