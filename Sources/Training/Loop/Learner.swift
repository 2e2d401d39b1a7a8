public import BERT

/// Whatever training moves: a model, projections, a generator, a policy, a teacher that learns.
///
/// Its weights are the caller's and stay when a stage is over; gradients and the optimizer's moments are there only
/// while a stage is open, and begin anew with each.
public class Learner {
  /// What names it in errors and in checkpoints, unique in its lesson.
  public let name: String
  /// The weights.
  public let parameters: ParameterStore
  /// The parameter of which rows without a gradient may rest between steps, if any.
  let table: String?

  private struct Moving {
    let gradients: GradientStore
    let optimizer: AdamW
  }
  private var moving: Moving?

  /// A learner of some weights; `table` names a parameter of which a step touches few rows, if there is one.
  public init(name: String, parameters: ParameterStore, table: String? = nil) {
    precondition(
      parameters.layout.entries.allSatisfy(\.isInBuffer), "\(name) is not in float32 and cannot learn")
    (self.name, self.parameters, self.table) = (name, parameters, table)
  }

  /// The gradients that a lesson adds to; zero them before the first addition of a step.
  ///
  /// There only while a stage is open.
  public var gradients: GradientStore { open.gradients }

  /// The optimizer of the open stage.
  var optimizer: AdamW { open.optimizer }

  private var open: Moving {
    guard let moving else { preconditionFailure("the learner \(name) is moved outside a stage") }
    return moving
  }

  /// Fresh gradients and moments, as a stage begins.
  ///
  /// A trainer calls it; lessons are given learners that have begun.
  public func begin(_ settings: TrainingSettings) {
    moving = nil
    moving = Moving(
      gradients: GradientStore(layout: parameters.layout),
      optimizer: AdamW(parameters: parameters, settings: settings, table: table))
  }

  /// Brings all weights up to date and gives gradients and moments back, as a stage ends.
  public func end() {
    settle()
    moving = nil
  }

  /// Brings rows that rest up to date, before anything but a lesson reads the weights.
  public func settle() { moving?.optimizer.flush() }

  /// Runs `body` as a pilot: whatever it moves, weights, moments and clock are afterwards what they were.
  ///
  /// Of MetaDistil (Zhou and others 2022), where a student's step is tried before its teacher is moved. Gradients are
  /// not kept: they are those that `body` left.
  public func trial<R>(_ body: () throws -> R) rethrows -> R {
    settle()
    let stores = [parameters, optimizer.first, optimizer.second]
    let copies = stores.map { store in
      let copy = ParameterStore(layout: store.layout)
      copy.copy(store)
      return copy
    }
    let clock = optimizer.stepCount
    defer {
      for (store, copy) in zip(stores, copies) { store.copy(copy) }
      optimizer.restore(stepCount: clock)
    }
    return try body()
  }
}
