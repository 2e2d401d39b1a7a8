import BERT
import GLUE
import Glibc
import Tensors
import Tokenization
import Training

/// A teacher that learns to teach: it is moved so that the student, after a step of its teaching, answers a quiz better.
///
/// Zhou and others 2022, *BERT Learns to Teach: Knowledge Distillation with Meta Learning* (ACL), section 3. In each step:
/// 1. pilot: `θ' = θ - ε ∇ L(θ)` with `L = α D(S, T) + (1 - α) L(S, y)`, the student in training mode;
/// 2. teaching: `v = ∇ L_quiz(θ')`, without dropout, on quiz rows, and the teacher is moved down the gradient of L_quiz
///    with respect to its own weights;
/// 3. the student's weights come back, and it takes a real step on the same rows with the teacher as it now is.
///
/// The gradient is the exact one of first order. With z = S(θ) on the batch and J its derivative by θ,
/// `dL_quiz / dz_T = -ε α (J v)ᵀ ∂²D / ∂z ∂z_T`, which is `(ε α / B)(diag(p) - p pᵀ) J v` for KL at any temperature (p the
/// teacher's probabilities at it) and `2 ε α / (B C) J v` for the mean squared error of logits. `J v` is a directional
/// derivative, taken as `(z(θ + h v) - z(θ - h v)) / 2h` with the dropout of the pilot. The teacher answers in evaluation
/// mode, since its dropout would be noise in what it teaches.
final class MetaLesson: Lesson {
  private let options: MetaOptions
  private let student: ModelLearner
  private let source: Teacher
  private let teacher: ModelLearner
  private let rows: TaskRows
  private let quiz: [Int]
  private let quizSize: Int
  private let loss: AnswerLoss
  private let labelSmoothing: Double
  private let classWeights: [Double]?
  private let rateShare: Double
  /// The student's weights as the step began, θ.
  private let start: FloatBuffer

  /// `asked` are the quiz rows, all of which are asked in each step, where they are not chosen by class.
  init(_ options: MetaOptions, _ setting: LessonTable.Setting, asked: [Int]? = nil) throws {
    guard setting.objective == nil else {
      throw DistillationError.settings("the lesson meta has a loss of its own: leave its stage's terms out")
    }
    if setting.student.model.isQuantizationAware {
      throw DistillationError.settings(
        "the lesson meta takes derivatives by steps of the student's weights that are far smaller than those of 8 bits: "
          + "leave quantization_aware out, or choose another method, such as kd")
    }
    source = try setting.oneTeacher(for: "meta")
    try source.requireStudentsTokens(for: "meta")
    try source.model.requireFloat32(for: "a teacher that learns")
    self.options = options
    student = setting.student
    teacher = ModelLearner(source.model, name: "teacher")
    rows = setting.rows
    quiz =
      try asked
      ?? QuizSplit(
        setting.rows, count: setting.rows.count, share: options.quizShare, seed: setting.training.seed
      ).quiz
    quizSize = asked?.count ?? min(options.quizBatchSize ?? setting.training.batchSize, quiz.count)
    loss = AnswerLoss(
      options.divergence, temperature: options.temperature, isRegression: setting.task.isRegression)
    (labelSmoothing, classWeights) = (setting.training.labelSmoothing, setting.classWeights)
    start = FloatBuffer(count: student.parameters.values.count)
    rateShare = options.teacherLearningRate / max(setting.learningRate, 1e-30)
  }

  var learners: [Learner] { [student, teacher] }

  /// Each loss is a sum over rows.
  var indivisible: String? { nil }

  /// The pilot's gradient, the quiz's, the teacher's, and that of the real step.
  var summed: [Learner] { [student, student, teacher, student] }

  /// The teacher as it became.
  var products: [(name: String, model: BertModel)] { [("teacher", teacher.model)] }

  func take(_ draw: Draw, _ step: Step) throws -> Figures {
    let quizLoss = try pilot(draw, step)
    try teach(draw, step)
    let teacherNorm = try step.scaled(by: rateShare).move(teacher)
    var figures = try learn(draw, step)
    figures.gradientNorm = try step.move(student)
    figures.measures["quiz loss after the pilot step"] = StepMeasure(sum: quizLoss)
    figures.measures["norm of the teacher's gradient"] = StepMeasure(sum: teacherNorm)
    return figures
  }

  /// The pilot step and the quiz: returns the quiz loss at θ' and leaves its gradient in the student's store, the weights
  /// being θ again.
  func pilot(_ draw: Draw, _ step: Step) throws -> Double {
    student.settle()
    let weights = student.parameters.values
    start.base.update(from: weights.base, count: weights.count)
    _ = try learn(draw, step)
    // θ' = θ - ε ∇L
    move(by: -options.pilotLearningRate)
    defer { weights.base.update(from: start.base, count: weights.count) }
    return try askQuiz(step)
  }

  /// The gradient of the quiz loss that `pilot` found, with respect to the teacher's weights, in the teacher's store.
  func teach(_ draw: Draw, _ step: Step) throws {
    let gradient = StepGradient([teacher], step)
    let derivatives = try derivatives(of: gradient.batches(of: draw), step)
    student.parameters.values.base.update(from: start.base, count: start.count)
    var place = 0
    _ = try gradient.add(draw) { batch in
      try addTeacherGradient(batch, derivatives[place], of: draw.totals.sequences)
      place += 1
      return (.none, nil)
    }
  }

  // MARK: The student

  /// Puts the student's weights where the step began, plus so much of the gradients that it has.
  private func move(by share: Double) {
    let (weights, gradient) = (student.parameters.values, student.gradients.store.values)
    Parallel.forEach(count: weights.count, grain: 1 << 16) { range in
      for i in range { weights.base[i] = start.base[i] + Float(share) * gradient.base[i] }
    }
  }

  /// The gradient of `α D + (1 - α) L(y)` on a draw, in the student's store, the teacher being what it is now.
  private func learn(_ draw: Draw, _ step: Step) throws -> Figures {
    teacher.settle()
    let alpha = options.alpha
    return try StepGradient([student], step).add(draw) { batch in
      let said = try source.differentiableLogits(batch.batch)
      let output = try student.forward(batch, request: OutputRequest(), in: step)
      let gradient = student.makeGradient(for: OutputRequest())
      guard let own = output.logits, let slope = gradient.logits else {
        preconditionFailure("a head without logits")
      }
      let ofLabels = labelLoss(own, batch, weight: 1 - alpha, slope)
      let ofTeacher = loss.value(own, said, count: draw.totals.sequences, weight: alpha, slope: slope)
      let terms = [
        LossTerm(name: "labels", value: (1 - alpha) * ofLabels),
        LossTerm(name: "teacher", value: alpha * ofTeacher),
      ]
      try step.check(terms, of: batch.rows)
      return (Figures(terms: terms, gradientNorm: 0), StepGradient.WayBack(student, gradient))
    }
  }

  private func labelLoss(_ own: Matrix, _ batch: LabelledBatch, weight: Double, _ slope: Matrix) -> Double {
    SupervisedObjective.loss(
      logits: own, batch: batch, labelSmoothing: labelSmoothing, classWeights: classWeights, weight: weight,
      gradient: slope)
  }

  /// The loss of quiz rows, which `step` chooses, and its gradient in the student's store.
  private func askQuiz(_ step: Step) throws -> Double {
    let order = CounterRandom(seed: step.seed, purpose: .init("quiz"), step: step.number).shuffled(quiz.count)
    let asked = order.prefix(quizSize).map { quiz[$0] }
    let draw = Draw(rows.batch(asked, totals: rows.totals(asked)))
    return try StepGradient([student], step).add(draw) { batch in
      let output = try student.forward(batch, request: OutputRequest(), in: step, drops: false)
      let gradient = student.makeGradient(for: OutputRequest())
      guard let own = output.logits, let slope = gradient.logits else {
        preconditionFailure("a head without logits")
      }
      let quiz = LossTerm(
        name: "quiz",
        value: SupervisedObjective.loss(
          logits: own, batch: batch, labelSmoothing: 0, classWeights: classWeights, weight: 1, gradient: slope
        ))
      try step.check([quiz], of: batch.rows)
      return (Figures(terms: [quiz], gradientNorm: 0), StepGradient.WayBack(student, gradient))
    }.loss
  }

  /// `J v` of each row at θ, v being the gradients that the student has; its weights are elsewhere afterwards.
  /// // [batches][rows][labels]
  private func derivatives(of batches: [LabelledBatch], _ step: Step) throws -> [[[Double]]] {
    let v = student.gradients.store.values
    let squares = (0..<v.count).reduce(0) { $0 + Double(v.base[$1]) * Double(v.base[$1]) }
    // Far above the rounding of logits, far below where the model bends.
    let h = 0.0015 / max(squares.squareRoot(), 1e-30)
    func logits(_ share: Double) throws -> [[[Double]]] {
      move(by: share)
      return try batches.map { batch in
        guard let own = try student.forward(batch, request: OutputRequest(), in: step).logits else {
          preconditionFailure("a head without logits")
        }
        return (0..<own.rows).map { own.row($0).map(Double.init) }
      }
    }
    let (up, down) = (try logits(h), try logits(-h))
    return zip(up, down).map { zip($0, $1).map { zip($0, $1).map { ($0 - $1) / (2 * h) } } }
  }

  // MARK: The teacher

  /// Adds what some of the `count` rows of a step have to say of the teacher, by their `J v`.  // [rows][labels]
  private func addTeacherGradient(_ batch: LabelledBatch, _ derivatives: [[Double]], of count: Int) throws {
    let factor = options.pilotLearningRate * options.alpha / Double(max(count, 1))
    let said = try source.differentiableLogits(batch.batch)
    let slope = LogitCopy(rows: said.rows, columns: said.columns).matrix
    var logs = [Double](repeating: 0, count: said.columns)
    for (row, along) in derivatives.enumerated() {
      if loss.kind == .mse {
        for i in along.indices { slope[row, i] = Float(2 * factor / Double(along.count) * along[i]) }
        continue
      }
      Softmax.logProbabilities(said.row(row), temperature: options.temperature, into: &logs)
      let p = logs.map { exp($0) }
      let mean = zip(p, along).reduce(0) { $0 + $1.0 * $1.1 }
      for i in p.indices { slope[row, i] = Float(factor * p[i] * (along[i] - mean)) }
    }
    source.backward(slope, into: teacher.gradients)
  }
}
