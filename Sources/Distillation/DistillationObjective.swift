public import BERT
import Tensors
public import Training

/// A sum of weighted terms against what a teacher says: the objective of every distillation method.
public final class DistillationObjective: Objective {
  /// The terms with their weights, in the order of their recipe.
  public let terms: [(term: any DistillationTerm, weight: Schedule)]
  /// What the terms read of the student.
  public let request: OutputRequest
  /// Projections and the like of the terms.
  public let parameters: ParameterStore?
  private let teacher: (any TeacherSource)?
  /// Chooses the words that steps of training compare predictions over; all of the vocabulary where nil.
  public var sampler: VocabularySampler?
  /// What was asked and chosen before the forward pass that is evaluated next.
  private var chosen: (said: EncoderOutput, words: VocabularySample)?
  /// How far each row of the last evaluation is from its teacher, or from its label where none was asked.
  ///
  /// `KL(teacher || student)` at temperature 1, or the squared difference of scores; nil where no term reads logits.
  public private(set) var rowLosses: [Double]?

  /// An objective of terms; `teacher` may be left out only if none of them reads it.
  public init(
    terms: [(term: any DistillationTerm, weight: Schedule)], teacher: (any TeacherSource)?, seed: UInt64
  ) {
    self.terms = terms
    self.teacher = teacher
    var request = OutputRequest()
    request.logits = false
    var layout = ParameterLayout()
    for (term, _) in terms {
      request = request.union(term.studentRequest)
      term.declareParameters(in: &layout)
    }
    self.request = request
    if layout.count == 0 {
      parameters = nil
    } else {
      let store = ParameterStore(layout: layout)
      for (term, _) in terms { term.initialize(store, seed: seed) }
      parameters = store
    }
  }

  /// The weighted value of each term; a term of weight 0 is not computed, nor what only it needs of the teacher.
  public func evaluate(
    student: EncoderOutput, batch: LabelledBatch, position: SchedulePosition,
    gradient: OutputGradient, ownGradients: ParameterStore?
  ) throws -> [LossTerm] {
    let active = terms.map { ($0.term, $0.weight.value(at: position)) }
    var said = EncoderOutput()
    var votes: [TeacherVote] = []
    var uncertainties: [Double] = []
    let words = chosen?.words
    if let chosen {
      said = chosen.said
      self.chosen = nil
    } else if let needed = teacherRequest(at: position).map({ Self.request($0, for: batch) }) {
      guard let teacher else { preconditionFailure("terms that read a teacher, and none") }
      said = try teacher.outputs(for: batch, request: needed, at: position)
      if needed.logits { votes = try teacher.votes(for: batch, at: position) }
      if active.contains(where: { $0.0.readsUncertainty && $0.1 != 0 }) {
        uncertainties = try teacher.uncertainties(for: batch)
      }
    }
    rowLosses = batch.predictsTokens ? nil : RowDivergence.of(student.logits, from: said.logits, batch)
    let losses = try active.map { term, weight in
      if weight == 0 { return LossTerm(name: term.name, value: 0) }
      let context = TermContext(
        student: student, teacher: said, votes: votes, uncertainties: uncertainties, words: words,
        batch: batch, position: position, weight: weight,
        gradient: gradient,
        parameters: parameters, ownGradients: ownGradients)
      return LossTerm(name: term.name, value: weight * (try term.evaluate(context)))
    }
    if let words, let own = student.logits, let wanted = said.logits {
      sampler?.heard(VocabularySampler.differences(own, wanted, over: words), of: words)
    }
    return losses
  }

  /// What the sampler remembers.
  public var memory: ParameterStore? { sampler?.memory }

  /// With a sampler, asks the teacher first, and chooses the words that the student is asked about.
  public func request(for batch: LabelledBatch, in step: Step) throws -> OutputRequest {
    chosen = nil
    var request = request(for: batch)
    guard let sampler, let teacher, request.logits, let first = batch.rows.first,
      let needed = teacherRequest(at: step.position).map({ Self.request($0, for: batch) }), needed.logits
    else { return request }
    let said = try teacher.outputs(for: batch, request: needed, at: step.position)
    guard let logits = said.logits else { return request }
    let words = sampler.draw(
      teacher: logits, ids: batch.predicted.ids,
      random: CounterRandom(seed: step.seed, purpose: .init("words by importance"), step: step.number),
      from: CounterRandom.mix(first.key))
    request.logitColumns = words.ids
    chosen = (said, words)
    return request
  }

  /// Of a batch with masked tokens, the logits of these alone; none where nothing is masked in it.
  public func request(for batch: LabelledBatch) -> OutputRequest { Self.request(request, for: batch) }

  private static func request(_ request: OutputRequest, for batch: LabelledBatch) -> OutputRequest {
    guard request.logits, batch.predictsTokens else { return request }
    var request = request
    request.logitTokens = batch.predicted.tokens
    if request.logitTokens?.isEmpty == true { (request.logits, request.logitTokens) = (false, nil) }
    return request
  }

  /// What the terms read of the teacher at a position; nil where none reads it.
  public func teacherRequest(at position: SchedulePosition) -> OutputRequest? {
    var needed: OutputRequest?
    for (term, weight) in terms where weight.value(at: position) != 0 {
      guard let request = term.teacherRequest(at: position) else { continue }
      needed = needed?.union(request) ?? request
    }
    return needed
  }

  /// The terms that compare rows.
  public var comparesRows: String? {
    if sampler != nil { return "the words that it draws go by what all rows of the steps before gave" }
    let names = terms.map(\.term).filter(\.comparesRows).map(\.name)
    return names.isEmpty
      ? nil : "its term \(names.joined(separator: ", ")) compares the rows of a batch with one another"
  }

  /// The scale of the term that anneals, if one does.
  public func annealingScale(at position: SchedulePosition) -> Double? {
    terms.lazy.compactMap { $0.term.annealingScale(at: position) }.first
  }
}
