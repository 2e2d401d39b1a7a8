public import BERT
public import Ranks

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
  /// What is computed once before the first step of a run, such as neighbours of rows, by all ranks together; `progress`
  /// hears what is done, and of how many.
  ///
  /// Not called where only time and memory are asked for: `take` then costs what it costs, whatever it learns.
  func prepare(over ranks: Ranks, _ progress: (_ what: String, _ done: Int, _ count: Int) throws -> Void)
    throws
  /// Why the rows of a step cannot be cut into parts whose gradients are added up; nil where they can.
  var indivisible: String? { get }
  /// The learners whose gradients a step adds up over parts, each as often as it does; of steps of several kinds those
  /// of the one with most.
  var summed: [Learner] { get }
  /// What is saved beside the run's model once the stage is over, each under a name that is no path.
  var products: [(name: String, model: BertModel)] { get }
  /// Learns from a draw; throws before anything is moved if a loss or a gradient is not finite.
  func take(_ draw: Draw, _ step: Step) throws -> Figures
}

extension Lesson {
  /// Nothing to remember unless a lesson says so.
  public var memory: ParameterStore? { nil }
  /// Nothing unless a lesson says so.
  public func prepare(over ranks: Ranks, _ progress: (String, Int, Int) throws -> Void) throws {}
  /// A lesson of its own ways, unless it says otherwise.
  public var indivisible: String? { "it has more in a step than a sum over rows" }
  /// Each learner once unless a lesson says so.
  public var summed: [Learner] { learners }
  /// Nothing but the run's model unless a lesson says so.
  public var products: [(name: String, model: BertModel)] { [] }
  /// Nothing is annealed unless a lesson says so.
  public func annealingScale(at position: SchedulePosition) -> Double? { nil }
}

/// A number that was measured in a step: a sum over its rows, or a mean over as many things as were counted.
public struct StepMeasure: Sendable, Equatable, ExpressibleByFloatLiteral {
  /// The sum so far.
  public var sum: Double
  /// How many things it is a mean over; nil where the sum is what counts.
  public var count: Int?

  /// A sum, or with a count a mean.
  public init(sum: Double, count: Int? = nil) { (self.sum, self.count) = (sum, count) }

  /// A number that is no mean.
  public init(floatLiteral value: Double) { self.init(sum: value) }

  /// The mean of some numbers.
  public init(meanOf values: [Double]) { self.init(sum: values.reduce(0, +), count: values.count) }

  /// The number; 0 where a mean is over nothing.
  public var value: Double { count.map { sum / Double(max($0, 1)) } ?? sum }

  /// That of the rows of both.
  public static func + (one: StepMeasure, other: StepMeasure) -> StepMeasure {
    StepMeasure(
      sum: one.sum + other.sum, count: one.count.map { $0 + (other.count ?? 0) })
  }
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
  public var measures: [String: StepMeasure] = [:]
  /// Texts that the lesson made or chose, for people to look at.
  public var texts: [MadeText] = []

  /// Figures of a step.
  public init(
    terms: [LossTerm], gradientNorm: Double, rowLosses: [Double]? = nil
  ) {
    (self.terms, self.gradientNorm, self.rowLosses) = (terms, gradientNorm, rowLosses)
  }

  /// Those of no rows, to add others to.
  public static let none = Figures(terms: [], gradientNorm: 0, rowLosses: [])

  /// Adds those of more rows of the step: terms and measures are sums, losses of rows stand one after the other, and the
  /// first texts stay.
  public mutating func add(_ more: Figures) {
    for (index, term) in more.terms.enumerated() {
      if terms.count > index { terms[index].value += term.value } else { terms.append(term) }
    }
    rowLosses = if let all = rowLosses, let own = more.rowLosses { all + own } else { nil }
    measures.merge(more.measures) { $0 + $1 }
    if texts.isEmpty { texts = more.texts }
  }

  /// The sum of the terms.
  public var loss: Double { terms.reduce(0) { $0 + $1.value } }
}
