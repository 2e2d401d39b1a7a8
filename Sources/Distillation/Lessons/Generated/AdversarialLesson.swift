import BERT
import GLUE
import Tensors
import Tokenization
import Training

/// A student that learns what the teacher says of text which a generator makes to part the two.
///
/// Rashid and others 2021, *MATE-KD: Masked Adversarial TExt* (ACL), section 3. For some steps the generator G, a masked
/// language model, is moved to raise `D(S(x'), T(x'))` on rows x' whose masked tokens it fills, through both models' word
/// embeddings by a straight-through Gumbel-softmax; then for many steps the student is moved to lower
/// `terms(x) + w D(S(x'), T(x'))`. D is KL with the teacher's entropy removed, so that the generator is not paid for text
/// of which the teacher itself is unsure; the release's cross entropy is a choice. Each place that is filled is drawn
/// from the generator; special tokens are not drawn.
final class AdversarialLesson: Lesson {
  private let options: AdversarialOptions
  private let real: ObjectiveLesson
  private let teacher: Teacher
  let generator: TextGenerator
  private let tokenizer: Tokenizer
  private let loss: AnswerLoss
  private let text: RowText
  /// The generator's part of the stage's learning rate.
  private let rateShare: Double

  init(_ options: AdversarialOptions, _ setting: LessonTable.Setting) throws {
    guard let objective = setting.objective else {
      throw DistillationError.settings("the lesson mate needs terms for the real rows, such as labels and kl")
    }
    teacher = try setting.oneTeacher(for: "mate")
    try teacher.requireStudentsTokens(for: "mate")
    generator = try TextGenerator(options.generator, for: setting.tokenizer, lesson: "mate")
    (self.options, tokenizer) = (options, setting.tokenizer)
    real = ObjectiveLesson(setting.student, objective)
    loss = AnswerLoss(
      options.divergence, temperature: options.temperature, isRegression: setting.task.isRegression)
    text = RowText(
      setting.tokenizer, labels: setting.task.isRegression ? nil : setting.student.model.config.labels)
    rateShare = options.generatorLearningRate / max(setting.learningRate, 1e-30)
  }

  private var student: ModelLearner { real.student }

  var learners: [Learner] { real.learners + [generator.learner] }

  /// A loss of the real rows that compares them with one another.
  var indivisible: String? { real.indivisible }

  /// The student's steps or the generator's.
  var summed: [Learner] {
    let ofGenerator = generator.learner.parameters.layout.count
    return ofGenerator > real.learners.reduce(0) { $0 + $1.parameters.layout.count }
      ? [generator.learner] : real.learners
  }

  /// The generator.
  var products: [(name: String, model: BertModel)] { [("generator", generator.learner.model)] }

  func annealingScale(at position: SchedulePosition) -> Double? { real.annealingScale(at: position) }

  func take(_ draw: Draw, _ step: Step) throws -> Figures {
    // The student first: a run of few steps has a student that learnt, if a generator that did not.
    let place = step.position.step % (options.generatorSteps + options.studentSteps)
    return try place < options.studentSteps ? moveStudent(draw, step) : moveGenerator(draw, step)
  }

  /// The scale of the logits to learn on generated text.
  private func scale(at position: SchedulePosition) -> Double {
    options.anneal ? annealingScale(at: position) ?? 1 : 1
  }

  private func masked(_ batch: LabelledBatch, _ step: Step) -> MaskedRows {
    MaskedRows(batch, tokenizer, mask: generator.mask, probability: options.maskProbability, in: step)
  }

  // MARK: The generator's steps

  private func moveGenerator(_ draw: Draw, _ step: Step) throws -> Figures {
    var figures = try StepGradient([generator.learner], step).add(draw) { batch in
      var (divergence, shown) = (0.0, [MadeText]())
      let masked = masked(batch, step)
      if !masked.places.isEmpty {
        let made = try generator.gumbel(masked, temperature: options.gumbelTemperature, in: step)
        var losses: [Double] = []
        divergence = try addGeneratorGradient(
          masked, made, count: draw.totals.sequences, step, heard: { losses.append($0) },
          answered: { own, wanted in
            if step.isShown { shown = show(batch, masked.filled(made.ids), own, wanted, losses) }
          })
      }
      var figures = generated(divergence, "divergence, generator's steps")
      figures.texts = shown
      return (figures, nil)
    }
    figures.gradientNorm = try step.scaled(by: rateShare).move(generator.learner)
    return figures
  }

  /// What generated rows give.
  private func generated(_ divergence: Double, _ name: String) -> Figures {
    var figures = Figures(
      terms: [LossTerm(name: "generated", value: options.weight * divergence)], gradientNorm: 0)
    figures.measures[name] = StepMeasure(sum: divergence)
    return figures
  }

  /// Adds the gradient of minus the divergence on text that was drawn to the generator's; returns the divergence.
  func addGeneratorGradient(
    _ masked: MaskedRows, _ made: TextGenerator.Draw, count: Int, _ step: Step,
    heard: (Double) -> Void = { _ in }, answered: (Matrix, Matrix) -> Void = { _, _ in }
  ) throws -> Double {
    let rows = SoftRows(tokens: masked.places, weights: made.oneHot)
    let filled = masked.filled(made.ids)
    let output = try student.forward(filled, softRows: rows, request: OutputRequest(), in: step)
    guard let own = output.logits else { preconditionFailure("a head without logits") }
    let wanted = try teacher.differentiableLogits(filled.batch, softRows: rows)
    let gradient = student.makeGradient(for: OutputRequest())
    let wantedSlope = LogitCopy(rows: wanted.rows, columns: wanted.columns).matrix
    // Up, not down: a step of descent on -D.
    let divergence = loss.value(
      own, wanted, count: count, weight: -1, scale: scale(at: step.position), slope: gradient.logits,
      wantedSlope: wantedSlope, heard: heard)
    try step.check([LossTerm(name: "generated", value: divergence)], of: masked.batch.rows)
    answered(own, wanted)
    guard let ofStudent = student.inputGradient(gradient).softRows,
      let ofTeacher = teacher.inputGradient(wantedSlope).softRows
    else { preconditionFailure("soft rows without a gradient") }
    RowKernels.add(ofTeacher, to: ofStudent)
    generator.backward(made, ofStudent, places: masked.places, temperature: options.gumbelTemperature)
    return divergence
  }

  // MARK: The student's steps

  private func moveStudent(_ draw: Draw, _ step: Step) throws -> Figures {
    var figures = try StepGradient(real.learners, step).add(draw) { batch in
      let (ofReal, way) = try real.learn(batch, step)
      way.go()
      let masked = masked(batch, step)
      let filled = masked.filled(try generator.sample(masked, in: step))
      let wanted = try teacher.differentiableLogits(filled.batch)
      guard let own = try student.forward(filled, request: OutputRequest(), in: step).logits else {
        preconditionFailure("a head without logits")
      }
      let gradient = student.makeGradient(for: OutputRequest())
      var losses: [Double] = []
      let divergence = loss.value(
        own, wanted, count: draw.totals.sequences, weight: options.weight, scale: scale(at: step.position),
        slope: gradient.logits
      ) { losses.append($0) }
      try step.check([LossTerm(name: "generated", value: divergence)], of: batch.rows)
      let more = generated(divergence, "divergence, student's steps")
      var figures = ofReal
      figures.terms += more.terms
      figures.measures = more.measures
      if step.isShown { figures.texts = show(batch, filled, own, wanted, losses) }
      return (figures, StepGradient.WayBack(student, gradient))
    }
    figures.gradientNorm = try step.move(real.learners)
    return figures
  }

  private func show(
    _ source: LabelledBatch, _ made: LabelledBatch, _ own: Matrix, _ wanted: Matrix, _ losses: [Double]
  ) -> [MadeText] {
    MadeText.shown(kind: "generated", source, made, student: own, teacher: wanted, losses: losses, by: text)
  }
}
