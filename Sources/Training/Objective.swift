public import BERT

/// Rows of a task as an encoder and a loss need them.
public struct LabelledBatch: Sendable {
  /// The packed tokens.
  public var batch: Batch
  /// What each sequence should give; `nil` where a row carries no label.  // [sequences]
  public var targets: [Target?]
  /// Which row each sequence is, for caches, dropout and errors.  // [sequences]
  public var rows: [RowID]
  /// What means are taken over: the whole step, of which this batch may be a part.
  public var totals: BatchTotals
  /// What each row counts in the gradient; all alike where nil.  // [sequences]
  public var weights: [Float]?
  /// The same rows as a teacher of another vocabulary reads them; nil where it reads the student's tokens.
  public var otherBatch: Batch?

  /// A batch of parts that belong together; `totals` are its own if left out.
  public init(batch: Batch, targets: [Target?], rows: [RowID], totals: BatchTotals? = nil) {
    self.batch = batch
    self.targets = targets
    self.rows = rows
    self.totals =
      totals
      ?? BatchTotals(
        sequences: batch.sequenceCount, labelled: 0, tokens: batch.tokenCount,
        pairs: batch.mapStarts.last ?? 0)
    if totals == nil { for target in targets { self.totals.count(target) } }
  }

  /// Its first sequences alone, with totals of their own.
  func first(_ count: Int) -> LabelledBatch {
    if count == batch.sequenceCount {
      var whole = LabelledBatch(batch: batch, targets: targets, rows: rows)
      (whole.weights, whole.otherBatch) = (weights, otherBatch)
      return whole
    }
    var first = LabelledBatch(
      batch: Self.first(count, of: batch),
      targets: Array(targets.prefix(count)), rows: Array(rows.prefix(count)))
    first.weights = weights.map { Array($0.prefix(count)) }
    first.otherBatch = otherBatch.map { Self.first(count, of: $0) }
    return first
  }

  private static func first(_ count: Int, of batch: Batch) -> Batch {
    let kept = (0..<count).map { batch.tokens(of: $0) }
    return Batch(
      inputIDs: kept.map { Array(batch.inputIDs[$0]) },
      tokenTypeIDs: kept.map { Array(batch.tokenTypeIDs[$0]) })
  }
}

/// The counts that losses are averaged over.
///
/// A step may be cut into several batches; a mean over each would weigh a token of a short batch more than
/// one of a long batch. Losses therefore divide by the counts of the whole step, and the parts add up to
/// what one large batch gives.
public struct BatchTotals: Sendable, Equatable {
  /// Sequences.
  public var sequences: Int
  /// Sequences with a label.
  public var labelled: Int
  /// Tokens.
  public var tokens: Int
  /// Pairs of query and key: the squared lengths of all sequences.
  public var pairs: Int
  /// Masked tokens that are to be given back.
  public private(set) var predicted = 0
  /// Sequences of each class, in the model's own label order; the last of them has some.
  public private(set) var classes: [Int] = []

  /// The counts of a step; classes are counted by `count`.
  public init(sequences: Int, labelled: Int, tokens: Int, pairs: Int) {
    self.sequences = sequences
    self.labelled = labelled
    self.tokens = tokens
    self.pairs = pairs
  }

  /// Adds the counts of another part.
  static func += (a: inout BatchTotals, b: BatchTotals) {
    a.sequences += b.sequences
    a.labelled += b.labelled
    a.tokens += b.tokens
    a.pairs += b.pairs
    a.predicted += b.predicted
    for (label, count) in b.classes.enumerated() { a.add(count, of: label) }
  }

  /// Counts the answer of a row, where it has one.
  public mutating func count(_ target: Target?) {
    guard let target else { return }
    if case .tokens(let masked) = target {
      predicted += masked.ids.count
      return
    }
    labelled += 1
    if case .label(let label) = target { add(1, of: label) }
  }

  private mutating func add(_ count: Int, of label: Int) {
    if label >= classes.count { classes += [Int](repeating: 0, count: label + 1 - classes.count) }
    classes[label] += count
  }

  /// The sum over labelled rows of the weights of their classes.
  func weight(_ weights: [Double]) -> Double { zip(classes, weights).reduce(0) { $0 + Double($1.0) * $1.1 } }
}

/// Where in a stage a step stands, for everything that is scheduled.
public struct SchedulePosition: Sendable, Equatable {
  /// The step of the stage, from 0.
  public var step: Int
  /// The number of steps of the stage.
  public var stepCount: Int
  /// The epoch of the stage, from 0.
  public var epoch: Int
  /// The number of epochs of the stage.
  public var epochCount: Int

  /// Epochs that are done, with fraction, as if all had the same number of steps.
  public var epochsDone: Double { Double(step) * Double(epochCount) / Double(max(stepCount, 1)) }

  /// A position of a stage.
  public init(step: Int, stepCount: Int, epoch: Int, epochCount: Int) {
    self.step = step
    self.stepCount = stepCount
    self.epoch = epoch
    self.epochCount = epochCount
  }
}

/// One named summand of a loss, already weighted.
public struct LossTerm: Sendable, Equatable {
  /// The name under which progress and reports show it.
  public var name: String
  /// Its value, averaged as its formula says, times its weight.
  public var value: Double

  /// A named value.
  public init(name: String, value: Double) {
    self.name = name
    self.value = value
  }
}

/// The one seam between a training loop and what is trained for: an encoder's output in, loss terms and the
/// gradient of that output out.
///
/// The loop knows no method by name; fine-tuning and every kind of distillation are values of this protocol.
public protocol Objective: AnyObject {
  /// What must be kept of the student's forward pass.
  var request: OutputRequest { get }
  /// What must be kept of a batch, where it depends on the batch: logits of masked tokens alone.
  func request(for batch: LabelledBatch) -> OutputRequest
  /// The same in a step of training, before the forward pass whose output `evaluate` is given next.
  func request(for batch: LabelledBatch, in step: Step) throws -> OutputRequest
  /// Parameters of the objective's own that are trained beside the student's (projections), if any.
  var parameters: ParameterStore? { get }
  /// What must be the same after a resume but is moved by no optimizer; nil if nothing is.
  var memory: ParameterStore? { get }
  /// The terms of the loss of `student` on `batch`, and their gradient.
  ///
  /// Means are over `batch.totals`. `gradient` arrives zero-filled with a matrix for each part of `request`;
  /// its parts are added to. The gradients of `parameters` are added to `ownGradients`, which has their layout.
  func evaluate(
    student: EncoderOutput, batch: LabelledBatch, position: SchedulePosition,
    gradient: OutputGradient, ownGradients: ParameterStore?
  ) throws -> [LossTerm]
  /// The scale of the logits to learn from at a position, where the objective anneals them.
  func annealingScale(at position: SchedulePosition) -> Double?
  /// What compares the rows of a batch with one another, so that the loss is no sum over them; nil where nothing does.
  var comparesRows: String? { get }
  /// The loss of each row of the last evaluation in the batch's order, where the objective knows it.  // [sequences]
  var rowLosses: [Double]? { get }
}

extension Objective {
  /// The same of every batch unless an objective says otherwise.
  public func request(for batch: LabelledBatch) -> OutputRequest { request }
  /// What is kept of any batch unless an objective chooses by step.
  public func request(for batch: LabelledBatch, in step: Step) throws -> OutputRequest { request(for: batch) }
  /// Nothing to remember unless an objective says so.
  public var memory: ParameterStore? { nil }
  /// Nothing is annealed unless an objective says so.
  public func annealingScale(at position: SchedulePosition) -> Double? { nil }
  /// Each row counts by itself unless an objective says otherwise.
  public var comparesRows: String? { nil }
  /// Rows have no losses of their own unless an objective says so.
  public var rowLosses: [Double]? { nil }
}
