import BERT
import GLUE
import Glibc
import Tensors
import Tokenization
import Training

/// Imitation: first real rows, then more and more rows that were rewritten, of which the teacher says what is right.
///
/// Lin and others 2020, *Autoregressive knowledge distillation through imitation learning* (EMNLP), section 4: a learner
/// that is to act alone must see the states that it gets into. There each sequence is the data's with probability β(t)
/// and the student's own otherwise; a classifier writes nothing, so rows leave the data by a masked language model, at
/// random or, more after the paper, where the student's own answer hangs on a token: where its first token attends most,
/// or where the gradient of its uncertainty is largest. A rewritten row has no gold label.
final class ImitationLesson: Lesson {
  private let options: ImitationOptions
  private let inner: ObjectiveLesson
  private let teacher: Teacher
  private let generator: TextGenerator
  private let tokenizer: Tokenizer
  private let isRegression: Bool
  private let text: RowText
  /// The data set of rewritten rows, of which no teacher was asked beforehand.
  private static let dataSet = 3

  init(_ options: ImitationOptions, _ setting: LessonTable.Setting) throws {
    guard let objective = setting.objective else {
      throw DistillationError.settings("the lesson imitation needs terms, such as labels and kl")
    }
    teacher = try setting.oneTeacher(for: "imitation")
    try teacher.requireStudentsTokens(for: "imitation")
    generator = try TextGenerator(options.generator, for: setting.tokenizer, lesson: "imitation")
    (self.options, tokenizer, isRegression) = (options, setting.tokenizer, setting.task.isRegression)
    inner = ObjectiveLesson(setting.student, objective)
    text = RowText(
      setting.tokenizer, labels: setting.task.isRegression ? nil : setting.student.model.config.labels)
  }

  /// The generator is no learner: it is read, never moved.
  var learners: [Learner] { inner.learners }

  /// Rows are rewritten whole by every rank, the same ones, and then learnt from as any others.
  var indivisible: String? { inner.indivisible }

  func annealingScale(at position: SchedulePosition) -> Double? { inner.annealingScale(at: position) }

  func take(_ draw: Draw, _ step: Step) throws -> Figures {
    let progress = Double(step.position.step) / Double(max(step.position.stepCount - 1, 1))
    let share = options.realShare(progress)
    let random = CounterRandom(seed: step.seed, purpose: .init("imitation"), step: step.number)
    var (real, rewritten) = (0, 0)
    var shown: [MadeText] = []
    var batches = try draw.batches.map { batch in
      let isReal = batch.rows.map { random.uniform($0.key) < share }
      real += isReal.count { $0 }
      rewritten += isReal.count { !$0 }
      if isReal.allSatisfy(\.self) { return batch }
      let made = try rewrite(batch, except: isReal, step)
      if step.isShown && shown.isEmpty { shown = try show(batch, made, isReal) }
      return made
    }
    var totals = BatchTotals(sequences: 0, labelled: 0, tokens: draw.totals.tokens, pairs: draw.totals.pairs)
    totals.sequences = draw.totals.sequences
    for target in batches.flatMap(\.targets) { totals.count(target) }
    for index in batches.indices { batches[index].totals = totals }
    var figures = try inner.take(Draw(batches, totals: totals), step)
    figures.measures["share of real rows"] = StepMeasure(sum: Double(real), count: real + rewritten)
    figures.texts = shown
    return figures
  }

  /// The batch with all but the real rows rewritten: without labels, and with identities of their own.
  func rewrite(_ batch: LabelledBatch, except isReal: [Bool], _ step: Step) throws -> LabelledBatch {
    let hidden = try places(batch, step)
    let masked = MaskedRows(batch, tokenizer, mask: generator.mask) { sequence, place in
      !isReal[sequence] && hidden.contains(place)
    }
    var made = masked.filled(try generator.sample(masked, temperature: options.temperature, in: step))
    for row in isReal.indices where !isReal[row] {
      made.targets[row] = nil
      made.rows[row] = RowID(dataSet: Self.dataSet, number: Int(batch.rows[row].number))
    }
    return made
  }

  // MARK: Where rows are rewritten

  /// The tokens that are rewritten of each row: so large a share of those that are not special, at least one.
  func places(_ batch: LabelledBatch, _ step: Step) throws -> Set<Int> {
    let scores = try scores(batch, step)
    var chosen: Set<Int> = []
    for sequence in 0..<batch.batch.sequenceCount {
      let words = batch.batch.tokens(of: sequence).filter {
        !tokenizer.specialIDs.contains(batch.batch.inputIDs[$0])
      }
      let count = max(1, Int((options.share * Double(words.count)).rounded()))
      chosen.formUnion(words.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(count))
    }
    return chosen
  }

  /// How much speaks for rewriting each token.
  func scores(_ batch: LabelledBatch, _ step: Step) throws -> [Double] {
    switch options.places {
    case .random:
      let random = CounterRandom(seed: step.seed, purpose: .init("rewritten places"), step: step.number)
      return (0..<batch.batch.sequenceCount).flatMap { sequence in
        batch.batch.tokens(of: sequence).map {
          random.uniform(MaskedRows.key(batch.rows[sequence], $0 - batch.batch.sequenceStarts[sequence]))
        }
      }
    case .attention: return try attention(batch)
    case .gradient: return try uncertaintySlopes(batch, step)
    }
  }

  /// The mean over heads of what the first token of each row attends to in the student's last layer.
  private func attention(_ batch: LabelledBatch) throws -> [Double] {
    let layer = inner.student.model.config.numHiddenLayers
    let output = try inner.student.answer(batch, request: [.attentionProbabilities(layer)])
    guard let maps = output.attentionProbabilities[layer] else { preconditionFailure("no attention") }
    return (0..<batch.batch.sequenceCount).flatMap { sequence in
      let length = batch.batch.tokens(of: sequence).count
      return (0..<length).map { key in
        (0..<maps.heads).reduce(0) { $0 + Double(maps.map(sequence: sequence, head: $1)[0, key]) }
      }
    }
  }

  /// The norm of the gradient of the student's uncertainty with respect to each word embedding: of the entropy of its
  /// probabilities, or of its score.
  private func uncertaintySlopes(_ batch: LabelledBatch, _ step: Step) throws -> [Double] {
    let student = inner.student
    guard let logits = try student.forward(batch, request: OutputRequest(), in: step, drops: false).logits
    else {
      preconditionFailure("a head without logits")
    }
    let gradient = student.makeGradient(for: OutputRequest())
    guard let slope = gradient.logits else { preconditionFailure("a head without logits") }
    var logs = [Double](repeating: 0, count: logits.columns)
    for row in 0..<logits.rows {
      if isRegression {
        slope[row, 0] = 1
        continue
      }
      Softmax.logProbabilities(logits.row(row), temperature: 1, into: &logs)
      let entropy = -logs.reduce(0) { $0 + exp($1) * $1 }
      // dH/dz = -q (log q + H)
      for i in logs.indices { slope[row, i] = Float(-exp(logs[i]) * (logs[i] + entropy)) }
    }
    let embeddings = student.inputGradient(gradient).wordEmbeddings
    return (0..<embeddings.rows).map { token in
      embeddings.row(token).reduce(0) { $0 + Double($1) * Double($1) }
    }
  }

  private func show(_ source: LabelledBatch, _ made: LabelledBatch, _ isReal: [Bool]) throws -> [MadeText] {
    let wanted = try teacher.differentiableLogits(made.batch)
    guard let own = try inner.student.answer(made).logits else {
      preconditionFailure("a head without logits")
    }
    var losses: [Double] = []
    _ = AnswerLoss(.kl, temperature: 1, isRegression: isRegression).value(
      own, wanted, count: own.rows, heard: { losses.append($0) })
    for row in isReal.indices where isReal[row] { losses[row] = -1 }
    return MadeText.shown(
      kind: "rewritten", source, made, student: own, teacher: wanted, losses: losses, by: text
    ).filter { $0.divergence >= 0 }
  }
}
