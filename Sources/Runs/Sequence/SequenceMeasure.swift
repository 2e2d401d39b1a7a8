import GLUE
import Tokenization
import Training

/// Judges a student of several heads: the task that is learnt by its own metrics, the others under their names.
final class SequenceMeasure: Measure {
  /// The dev rows of a task, and which logits answer them.
  struct Part {
    let data: DataSet
    let rows: TaskRows
    let logits: Range<Int>
  }

  private let parts: [Part]
  private let task: Int
  let selectionMetric: String

  /// A measure that selects by the task number `task`.
  init(_ parts: [Part], task: Int) {
    (self.parts, self.task) = (parts, task)
    selectionMetric = parts[task].data.task.selectionMetric
  }

  /// The name of another task's metric.
  static func name(_ metric: String, of task: GLUETask) -> String { "\(task.name): \(metric)" }

  func measure(_ learner: Learner) throws -> Measurement {
    let predictor = Predictor(model: try TaskMeasure.model(of: learner))
    var metrics: [String: Double] = [:]
    for (index, part) in parts.enumerated() {
      let answers = try predictor.logits(part.rows).map {
        Answer.label(Array($0[part.logits]), toTask: part.data.task.labels.map { Array($0.indices) })
      }
      for (name, value) in try part.data.task.metrics(predictions: answers, of: part.data.examples).values {
        if index == task { metrics[name] = value }
        metrics[Self.name(name, of: part.data.task)] = value
      }
    }
    return Measurement(
      metrics: metrics, split: parts[task].data.split.rawValue, rows: parts[task].rows.count)
  }

  /// Lets the student answer the first rows of the task that is learnt, and takes it for all.
  func rehearse(_ learner: Learner, tokens: Int) throws -> Double {
    let predictor = Predictor(model: try TaskMeasure.model(of: learner))
    let some = parts[task].rows.rehearsed(tokens: tokens)
    let start = Clock.now()
    _ = try predictor.logits(some)
    let all = parts.reduce(0) { $0 + $1.rows.inputIDs.reduce(0) { $0 + $1.count } }
    return (Clock.now() - start) / Double(max(some.inputIDs.reduce(0) { $0 + $1.count }, 1)) * Double(all)
  }
}
