import BERT
import GLUE
import Tensors
import Training

/// A student of several teachers, and a policy that learns which of them to follow for each row.
///
/// Yuan and others 2021, *Reinforced Multi-Teacher Selection for Knowledge Distillation* (AAAI). For each row and teacher
/// the policy follows or not; the teachers that are followed are averaged (all of them where none is), and the student
/// learns `(1 - α) labels + α T² KL`. Then, the student being moved, each row pays: REINFORCE with the mean reward of the
/// step for a baseline. In the warm-up the student learns from all teachers, and the policy from the loss on the gold label
/// of what it would have followed.
final class SelectionLesson: Lesson {
  private let options: SelectionOptions
  private let student: ModelLearner
  private let teachers: [any TeacherSource]
  /// The layer of the first teacher whose first token stands for a row.
  private let layer: Int
  private let policy: TeacherPolicy
  private let loss: AnswerLoss
  private let isRegression: Bool
  private let labels: [String]?
  private let labelSmoothing: Double
  private let classWeights: [Double]?
  private let rateShare: Double

  convenience init(_ options: SelectionOptions, _ setting: LessonTable.Setting) throws {
    guard let ensemble = setting.teacher as? TeacherEnsemble else {
      throw DistillationError.settings(
        "the lesson reinforced chooses among teachers, and there is one: give --teacher several times")
    }
    let models = ensemble.teachers.compactMap { $0 as? Teacher }
    guard models.count == ensemble.teachers.count else {
      throw DistillationError.settings(
        "the lesson reinforced chooses among models, and teacher_answers are answers alone: leave them out")
    }
    let config = models[0].model.config
    try self.init(
      options, setting, teachers: ensemble.teachers, layer: config.numHiddenLayers, width: config.hiddenSize)
  }

  /// A lesson of teachers, `width` being that of the first one's states in a layer.
  init(
    _ options: SelectionOptions, _ setting: LessonTable.Setting, teachers: [any TeacherSource],
    layer: Int = 1,
    width: Int
  ) throws {
    guard setting.objective == nil else {
      throw DistillationError.settings(
        "the lesson reinforced has a loss of its own: leave its stage's terms out")
    }
    (self.teachers, self.layer, self.options) = (teachers, layer, options)
    student = setting.student
    isRegression = setting.task.isRegression
    labels = isRegression ? nil : student.model.config.labels
    policy = TeacherPolicy(
      teachers: teachers.count, features: width + (isRegression ? 1 : setting.task.outputCount) + 1)
    loss = AnswerLoss(.kl, temperature: options.temperature, isRegression: isRegression)
    (labelSmoothing, classWeights) = (setting.training.labelSmoothing, setting.classWeights)
    rateShare = options.policyLearningRate / max(setting.learningRate, 1e-30)
  }

  var learners: [Learner] { [student, policy.learner] }

  /// Each loss is a sum over rows, and rewards are gathered before the policy learns from them.
  var indivisible: String? { nil }

  /// What was chosen for a row, and from what.
  private struct Choice {
    var features: [[Float]] = []
    var probabilities: [Double] = []
    var isFollowed: [Bool] = []
    var reward = 0.0
  }

  func take(_ draw: Draw, _ step: Step) throws -> Figures {
    let isWarmingUp = step.position.epochsDone < options.warmup
    var choices: [[Choice]] = []
    var targets: [LogitCopy] = []
    var figures = try StepGradient([student], step).add(draw) { batch in
      let said = try teachers.map { try logits(of: $0, batch, step) }
      var chosen = try choose(batch, said, step)
      let followed = average(said) { chosen[$0].isFollowed }
      if isWarmingUp {
        for (row, loss) in goldLosses(followed.matrix, batch).enumerated() {
          chosen[row].reward = -(loss ?? 0)
        }
      }
      let target = isWarmingUp ? average(said) { _ in [Bool](repeating: true, count: said.count) } : followed
      choices.append(chosen)
      targets.append(target)
      return try learn(batch, target, draw.totals.sequences, step)
    }
    figures.gradientNorm = try step.move(student)
    figures.measures = try reward(&choices, isWarmingUp ? nil : targets, draw, step)
    try movePolicy(choices, baseline: figures.measures["reward"]?.value ?? 0, draw, step)
    return figures
  }

  /// Lets each row pay, the student being moved, unless it has paid before; returns the mean over all rows, and how often
  /// each teacher was followed.
  private func reward(
    _ choices: inout [[Choice]], _ targets: [LogitCopy]?, _ draw: Draw, _ step: Step
  ) throws -> [String: StepMeasure] {
    var place = 0
    // Nothing but figures is added up here.
    return try StepGradient([], step).add(draw) { batch in
      if let targets {
        for (row, reward) in try rewards(batch, targets[place]).enumerated() {
          choices[place][row].reward = reward
        }
      }
      var figures = Figures.none
      figures.measures = measures(choices[place], batch)
      place += 1
      return (figures, nil)
    }.measures
  }

  // MARK: Choosing

  private func logits(of teacher: any TeacherSource, _ batch: LabelledBatch, _ step: Step) throws -> LogitCopy
  {
    guard
      let logits = try teacher.outputs(for: batch, request: OutputRequest(), at: step.position).logits
    else { preconditionFailure("a teacher without logits") }
    return LogitCopy(logits)
  }

  private func choose(_ batch: LabelledBatch, _ said: [LogitCopy], _ step: Step) throws -> [Choice] {
    let output = try teachers[0].outputs(for: batch, request: [.firstTokenStates(layer)], at: step.position)
    guard let states = output.firstTokenStates[layer] else { preconditionFailure("a teacher without states") }
    let random = CounterRandom(seed: step.seed, purpose: .init("teacher selection"), step: step.number)
    let losses = said.map { goldLosses($0.matrix, batch) }
    return batch.rows.indices.map { row in
      var choice = Choice()
      for (k, answers) in said.enumerated() {
        let own = answers.matrix.row(row)
        let probabilities = isRegression ? [Double(own[0])] : Answer.probabilities(Array(own))
        let features = Array(states.row(row)) + probabilities.map(Float.init) + [Float(losses[k][row] ?? 0)]
        let probability = policy.probability(k, features)
        choice.features.append(features)
        choice.probabilities.append(probability)
        let key = CounterRandom.mix(batch.rows[row].key) &+ UInt64(k)
        choice.isFollowed.append(random.uniform(key) < probability)
      }
      return choice
    }
  }

  /// Logits whose softmax at the temperature is the mean of the followed teachers' probabilities, or the mean score; of
  /// all teachers where none is followed.
  private func average(_ said: [LogitCopy], _ isFollowed: (Int) -> [Bool]) -> LogitCopy {
    loss.mean(of: said.map(\.matrix)) { row in
      let followed = isFollowed(row).enumerated().filter(\.element).map(\.offset)
      return followed.isEmpty ? Array(said.indices) : followed
    }
  }

  // MARK: Learning

  private func learn(_ batch: LabelledBatch, _ target: LogitCopy, _ rows: Int, _ step: Step) throws
    -> (Figures, StepGradient.WayBack?)
  {
    let output = try student.forward(batch, request: OutputRequest(), in: step)
    let gradient = student.makeGradient(for: OutputRequest())
    guard let own = output.logits, let slope = gradient.logits else {
      preconditionFailure("a head without logits")
    }
    let alpha = options.alpha
    let ofLabels = SupervisedObjective.loss(
      logits: own, batch: batch, labelSmoothing: labelSmoothing, classWeights: classWeights,
      weight: 1 - alpha, gradient: slope)
    let ofTeachers = loss.value(own, target.matrix, count: rows, weight: alpha, slope: slope)
    let terms = [
      LossTerm(name: "labels", value: (1 - alpha) * ofLabels),
      LossTerm(name: "teachers", value: alpha * ofTeachers),
    ]
    try step.check(terms, of: batch.rows)
    return (Figures(terms: terms, gradientNorm: 0), StepGradient.WayBack(student, gradient))
  }

  /// The loss of each row on its gold label; nil where it has none.
  private func goldLosses(_ logits: Matrix, _ batch: LabelledBatch) -> [Double?] {
    var logs = [Double](repeating: 0, count: logits.columns)
    return batch.targets.enumerated().map { row, target in
      switch target {
      case .label(let label)?:
        Softmax.logProbabilities(logits.row(row), temperature: 1, into: &logs)
        return -logs[label]
      case .shares(let shares)?:
        Softmax.logProbabilities(logits.row(row), temperature: 1, into: &logs)
        return -zip(shares, logs).reduce(0) { $0 + Double($1.0) * $1.1 }
      case .score(let score)?:
        let difference = Double(logits[row, 0]) - Double(score)
        return difference * difference
      default: return nil
      }
    }
  }

  /// What each row pays, the student being moved; of a row without a label, minus its distance to the teachers.
  private func rewards(_ batch: LabelledBatch, _ target: LogitCopy) throws -> [Double] {
    guard let own = try student.answer(batch).logits else { preconditionFailure("a head without logits") }
    var distances: [Double] = []
    _ = loss.value(own, target.matrix, count: own.rows) { distances.append($0) }
    let gold = goldLosses(own, batch)
    return gold.indices.map { row in
      guard let loss = gold[row] else { return -distances[row] }
      switch options.reward {
      case .labels: return -loss
      case .loss: return -(1 - options.alpha) * loss - options.alpha * distances[row]
      case .accuracy: return (isRight(own, row, batch.targets[row]) ? 0.5 : 0) - 0.5 * loss
      }
    }
  }

  private func isRight(_ logits: Matrix, _ row: Int, _ target: Target?) -> Bool {
    guard case .label(let label)? = target else { return false }
    return logits.row(row).indices.allSatisfy { logits[row, $0] <= logits[row, label] }
  }

  private func movePolicy(_ choices: [[Choice]], baseline: Double, _ draw: Draw, _ step: Step) throws {
    var place = 0
    _ = try StepGradient([policy.learner], step).add(draw) { _ in
      for choice in choices[place] {
        for k in choice.features.indices {
          policy.reinforce(
            k, choice.features[k], isFollowed: choice.isFollowed[k], probability: choice.probabilities[k],
            advantage: choice.reward - baseline, count: draw.totals.sequences)
        }
      }
      place += 1
      return (.none, nil)
    }
    try step.scaled(by: rateShare).move(policy.learner)
  }

  /// The mean reward, and how often each teacher is followed: of all rows, and of those of each class.
  private func measures(_ choices: [Choice], _ batch: LabelledBatch) -> [String: StepMeasure] {
    var measures = ["reward": StepMeasure(meanOf: choices.map(\.reward))]
    for (row, choice) in choices.enumerated() {
      for (k, isFollowed) in choice.isFollowed.enumerated() {
        var names = ["teacher \(k + 1) followed"]
        if case .label(let label)? = batch.targets[row] {
          names.append("teacher \(k + 1) followed on \(labels?[label] ?? String(label))")
        }
        let own = StepMeasure(sum: isFollowed ? 1 : 0, count: 1)
        for name in names { measures[name] = measures[name].map { $0 + own } ?? own }
      }
    }
    return measures
  }
}
