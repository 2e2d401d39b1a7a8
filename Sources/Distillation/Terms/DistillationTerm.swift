public import BERT
public import Training

/// One summand of a distillation loss: a formula with its gradient.
///
/// A new method is a new term: one file with a type of this protocol, its options and its `TermEntry`, which is added to
/// a `TermTable`.
public protocol DistillationTerm: AnyObject {
  /// The name under which events show it, unique in a stage.
  var name: String { get }
  /// What it reads of the student.
  var studentRequest: OutputRequest { get }
  /// What it reads of the teacher in an epoch; nil where it needs no teacher.
  func teacherRequest(at position: SchedulePosition) -> OutputRequest?
  /// Whether it reads how unsure the teacher is of each row.
  var readsUncertainty: Bool { get }
  /// Whether it compares the rows of a batch with one another, so that it is no sum over them.
  var comparesRows: Bool { get }
  /// Adds parameters of its own to a layout, under names that begin with `name`.
  func declareParameters(in layout: inout ParameterLayout)
  /// Sets the first values of its parameters.
  func initialize(_ parameters: ParameterStore, seed: UInt64)
  /// The unweighted value on a batch; `context.weight` times its gradient is added to the gradients.
  func evaluate(_ context: TermContext) throws -> Double
  /// The scale of the teacher's logits at a position, where the term anneals them.
  func annealingScale(at position: SchedulePosition) -> Double?
}

extension DistillationTerm {
  /// The teacher is not needed unless a term says so.
  public func teacherRequest(at position: SchedulePosition) -> OutputRequest? { nil }
  /// Most terms take the teacher at its word.
  public var readsUncertainty: Bool { false }
  /// Each row counts by itself unless a term says otherwise.
  public var comparesRows: Bool { false }
  /// No parameters unless a term says so.
  public func declareParameters(in layout: inout ParameterLayout) {}
  /// Nothing to set.
  public func initialize(_ parameters: ParameterStore, seed: UInt64) {}
  /// Nothing is annealed unless a term says so.
  public func annealingScale(at position: SchedulePosition) -> Double? { nil }
}

/// What a term sees of a batch.
public struct TermContext {
  /// The student's output.
  public let student: EncoderOutput
  /// The teacher's output, its logits in the student's label order; empty where no term asked for it.
  public let teacher: EncoderOutput
  /// What each of several teachers says, where their probabilities are averaged; empty otherwise.
  public let votes: [TeacherVote]
  /// How unsure the teacher is of each row, 1 being the mean; empty where no term reads it.  // [sequences]
  public let uncertainties: [Double]
  /// The words that the student's logits are of, where they are not of the whole vocabulary.
  public let words: VocabularySample?
  /// The batch.
  public let batch: LabelledBatch
  /// Where the stage stands.
  public let position: SchedulePosition
  /// What gradients are multiplied by.
  public let weight: Double
  /// The gradient of the student's output, added to.
  public let gradient: OutputGradient
  /// The values of the terms' own parameters, if any.
  public let parameters: ParameterStore?
  /// The gradients of the terms' own parameters, added to.
  public let ownGradients: ParameterStore?

  /// A view of a batch for one term.
  public init(
    student: EncoderOutput, teacher: EncoderOutput, votes: [TeacherVote] = [], uncertainties: [Double] = [],
    words: VocabularySample? = nil, batch: LabelledBatch, position: SchedulePosition, weight: Double,
    gradient: OutputGradient,
    parameters: ParameterStore?,
    ownGradients: ParameterStore?
  ) {
    self.student = student
    self.teacher = teacher
    self.votes = votes
    self.uncertainties = uncertainties
    self.words = words
    self.batch = batch
    self.position = position
    self.weight = weight
    self.gradient = gradient
    self.parameters = parameters
    self.ownGradients = ownGradients
  }

  /// A part that the term's request asked for.
  func required<Part>(_ part: Part?, _ what: String) -> Part {
    guard let part else { preconditionFailure("a forward pass lacks \(what)") }
    return part
  }
}
