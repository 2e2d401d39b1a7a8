import BERT
import GLUE
import Tensors
import Training

/// Peers of any shapes that learn the labels and what the others say on average, without a teacher.
///
/// Anil and others 2018, *Large scale distributed neural network training through online distillation* (ICLR), section
/// 2.1: `L_i = L(y, p_i) + w ψ(mean over j ≠ i of p_j, p_i)`, the others' answers being constants. Until the burn-in is
/// over w is 0. With `exchange_steps` 1 the others answer in the same step, as they are being trained (Zhang and others
/// 2018, *Deep Mutual Learning*); with N above 1 their copies of the last exchange answer, without dropout. Peers have
/// dropout and first weights of their own; the student is the first of them.
final class CodistillationLesson: Lesson {
  private let peers: [ModelLearner]
  private let options: CodistillationOptions
  private let labelSmoothing: Double
  private let classWeights: [Double]?
  private let isRegression: Bool
  private let loss: AnswerLoss
  /// Copies of the peers at the last exchange, their weights in `memory`; empty where they answer at once.
  private var copies: [BertModel] = []
  private let workspace = Workspace()
  /// Whether the copies hold what `memory` holds: not before the first step, since a resume has filled `memory` alone.
  private var copiesAreRead = false

  let memory: ParameterStore?

  init(_ options: CodistillationOptions, _ setting: LessonTable.Setting) throws {
    let first = setting.student
    var peers = [first]
    for (number, shape) in (options.peers ?? [first.model.config.shape]).enumerated() {
      var training = setting.training
      training.seed &+= UInt64(number + 1)
      let model: BertModel
      do {
        model = try ModelSource.fresh(
          shape: shape, tokenizer: setting.tokenizer, task: setting.task, training: training)
      } catch {
        throw DistillationError.settings("peers: \(error)")
      }
      peers.append(
        ModelLearner(
          try ModelSource.applyingPrecision(model, training), name: "peer-\(number + 2)",
          dropoutSeed: UInt64(number + 1)))
    }
    self.peers = peers
    self.options = options
    (labelSmoothing, classWeights) = (setting.training.labelSmoothing, setting.classWeights)
    isRegression = setting.task.isRegression
    loss = AnswerLoss(options.divergence, temperature: options.temperature, isRegression: isRegression)
    guard options.exchangeSteps > 1 else {
      memory = nil
      return
    }
    var layout = ParameterLayout()
    for peer in peers {
      for entry in peer.parameters.layout.entries {
        layout.append("\(peer.name).\(entry.name)", shape: entry.shape, decays: false)
      }
      let copy = try BertModel(config: peer.model.config, head: peer.model.head, seed: setting.training.seed)
      copies.append(peer.model.isQuantizationAware ? try copy.quantizationAware() : copy)
    }
    memory = ParameterStore(layout: layout)
  }

  var learners: [Learner] { peers }

  /// Every peer but the student, which is the run's model.
  var products: [(name: String, model: BertModel)] { peers.dropFirst().map { ($0.name, $0.model) } }

  /// Peers share rows, not a loss, and each loss is a sum over rows.
  var indivisible: String? { nil }

  func take(_ draw: Draw, _ step: Step) throws -> Figures {
    let isAlone = step.position.epochsDone < options.burnIn
    if !isAlone { try exchange(at: step.position.step) }
    var figures = try StepGradient(peers, step).add(draw) {
      (try learn($0, of: draw.totals.sequences, isAlone: isAlone, step), nil)
    }
    // Each is clipped alone: they share rows, not a loss.
    figures.gradientNorm = try peers.map { try step.move($0) }[0]
    return figures
  }

  /// Adds the gradients of some rows of a step to those of the peers.
  private func learn(_ batch: LabelledBatch, of sequences: Int, isAlone: Bool, _ step: Step) throws -> Figures
  {
    var labels = LossTerm(name: "labels", value: 0)
    var others = LossTerm(name: "peers", value: 0)
    let said = try peers.map { try Self.logits(of: $0.forward(batch, request: OutputRequest(), in: step)) }
    let heard =
      isAlone ? [] : try copies.isEmpty ? said.map(LogitCopy.init) : copies.map { try answer($0, batch) }
    for (index, peer) in peers.enumerated() {
      let gradient = peer.makeGradient(for: OutputRequest())
      guard let slope = gradient.logits else { preconditionFailure("a head without logits") }
      let own = SupervisedObjective.loss(
        logits: said[index], batch: batch, labelSmoothing: labelSmoothing, classWeights: classWeights,
        weight: 1,
        gradient: slope)
      // The loss that is shown is the student's: that of a peer of another size says nothing about it.
      if index == 0 { labels.value = own }
      if !isAlone {
        let rest = heard.indices.filter { $0 != index }
        let mean = loss.mean(of: heard.map(\.matrix)) { _ in rest }
        let value = loss.value(
          said[index], mean.matrix, count: sequences, weight: options.weight, slope: slope)
        if index == 0 { others.value = options.weight * value }
      }
      try step.check(
        [labels, others, LossTerm(name: "labels of \(peer.name)", value: own)], of: batch.rows)
      peer.backward(gradient)
    }
    var figures = Figures(terms: [labels, others], gradientNorm: 0)
    figures.measures[isRegression ? "peers' scores apart" : "rows peers disagree on"] =
      StepMeasure(meanOf: disagreement(said))
    return figures
  }

  // MARK: What others say

  /// Brings the copies to where the peers stand, every so many steps, and after a resume to what they were.
  private func exchange(at step: Int) throws {
    guard let memory else { return }
    if step % options.exchangeSteps == 0 || !hasCopies(memory) {
      for (peer, copy) in zip(peers, copies) {
        peer.settle()
        for entry in peer.parameters.layout.entries {
          let (kept, now) = (memory.matrix("\(peer.name).\(entry.name)"), peer.parameters.matrix(entry.name))
          kept.base.update(from: now.base, count: entry.count)
          copy.parameters.matrix(entry.name).base.update(from: now.base, count: entry.count)
        }
        copy.parameters.noteChange()
      }
    } else if !copiesAreRead {
      for (peer, copy) in zip(peers, copies) {
        for entry in peer.parameters.layout.entries {
          copy.parameters.matrix(entry.name).base.update(
            from: memory.matrix("\(peer.name).\(entry.name)").base, count: entry.count)
        }
        copy.parameters.noteChange()
      }
    }
    copiesAreRead = true
  }

  /// Whether there was an exchange: a model's weights are not all 0.
  private func hasCopies(_ memory: ParameterStore) -> Bool {
    (0..<memory.values.count).contains { memory.values.base[$0] != 0 }
  }

  private func answer(_ copy: BertModel, _ batch: LabelledBatch) throws -> LogitCopy {
    LogitCopy(try Self.logits(of: copy.forward(batch.batch, workspace: workspace)))
  }

  /// For each row 1 where not all peers give one answer; of scores, how far they are apart.
  private func disagreement(_ said: [Matrix]) -> [Double] {
    (0..<said[0].rows).map { row in
      if isRegression {
        let scores = said.map { Double($0[row, 0]) }
        return (scores.max() ?? 0) - (scores.min() ?? 0)
      }
      let answers = said.map { logits in
        logits.row(row).indices.reduce(0) { logits[row, $1] > logits[row, $0] ? $1 : $0 }
      }
      return Set(answers).count > 1 ? 1 : 0
    }
  }

  private static func logits(of output: EncoderOutput) throws -> Matrix {
    guard let logits = output.logits else { preconditionFailure("a head without logits") }
    return logits
  }
}
