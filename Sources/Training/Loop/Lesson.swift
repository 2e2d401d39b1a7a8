public import BERT

/// What happens in one step: fine-tuning, distilling, and every other way of teaching.
///
/// A lesson moves learners, and only through `Step.move`. The loop knows no method by name: resume, selection,
/// patience, time estimates and `check` go by this protocol alone.
public protocol Lesson: AnyObject {
  /// What it moves; the first is measured, selected and saved as the model.
  var learners: [Learner] { get }
  /// What must be the same after a resume but is moved by no optimizer: running means, banks; nil if nothing is.
  var memory: ParameterStore? { get }
  /// The scale of the logits to learn from at a position, where the lesson anneals them.
  func annealingScale(at position: SchedulePosition) -> Double?
  /// What is computed once before the first step of a run, such as neighbours of rows; `progress` hears what is done,
  /// and of how many.
  ///
  /// Not called where only time and memory are asked for: `take` then costs what it costs, whatever it learns.
  func prepare(_ progress: (_ what: String, _ done: Int, _ count: Int) throws -> Void) throws
  /// Why the rows of a step cannot be cut into parts whose gradients are added up; nil where they can.
  var indivisible: String? { get }
  /// What is saved beside the run's model once the stage is over, each under a name that is no path.
  var products: [(name: String, model: BertModel)] { get }
  /// Learns from a draw; throws before anything is moved if a loss or a gradient is not finite.
  func take(_ draw: Draw, _ step: Step) throws -> Figures
}

extension Lesson {
  /// Nothing to remember unless a lesson says so.
  public var memory: ParameterStore? { nil }
  /// Nothing unless a lesson says so.
  public func prepare(_ progress: (String, Int, Int) throws -> Void) throws {}
  /// A lesson of its own ways, unless it says otherwise.
  public var indivisible: String? { "it has more in a step than a sum over rows" }
  /// Nothing but the run's model unless a lesson says so.
  public var products: [(name: String, model: BertModel)] { [] }
  /// Nothing is annealed unless a lesson says so.
  public func annealingScale(at position: SchedulePosition) -> Double? { nil }
}

/// What a step gave.
public struct Figures: Sendable, Equatable {
  /// The weighted summands of the loss.
  public var terms: [LossTerm]
  /// The norm of all gradients before clipping.
  public var gradientNorm: Double
  /// The loss of each row in the order of the draw, where the lesson knows it: what draws by loss go by.
  public var rowLosses: [Double]?
  /// What the lesson measured beside its loss, by what it is: plotted and logged, learnt from by nobody.
  public var measures: [String: Double] = [:]
  /// Texts that the lesson made or chose, for people to look at.
  public var texts: [MadeText] = []

  /// Figures of a step.
  public init(
    terms: [LossTerm], gradientNorm: Double, rowLosses: [Double]? = nil
  ) {
    (self.terms, self.gradientNorm, self.rowLosses) = (terms, gradientNorm, rowLosses)
  }

  /// Adds those of more rows of the step: terms and measures are sums, losses of rows stand one after the other.
  public mutating func add(_ more: Figures) {
    for (index, term) in more.terms.enumerated() {
      if terms.count > index { terms[index].value += term.value } else { terms.append(term) }
    }
    rowLosses = if let all = rowLosses, let own = more.rowLosses { all + own } else { nil }
    measures.merge(more.measures) { $0 + $1 }
  }

  /// The sum of the terms.
  public var loss: Double { terms.reduce(0) { $0 + $1.value } }
}
