import BERT
import GLUE
import Tensors
import Training

/// One encoder with the heads of several tasks, and what each of them is alone.
enum SequenceModel {
  /// The logits of each task among all, in their order.
  static func ranges(of tasks: [GLUETask]) -> [Range<Int>] {
    var start = 0
    return tasks.map { task in
      defer { start += task.outputCount }
      return start..<start + task.outputCount
    }
  }

  /// A student's encoder with new heads for all tasks, their labels named `task: label`.
  static func joint(of student: BertModel, tasks: [GLUETask], seed: UInt64) throws -> BertModel {
    var config = student.config
    config.labels = tasks.flatMap { task in ModelSource.labels(of: task).map { "\(task.name): \($0)" } }
    config.problemType = "single_label_classification"
    let model = try BertModel(
      config: config, head: .sequenceClassification(labels: tasks.reduce(0) { $0 + $1.outputCount }),
      seed: seed)
    copy(from: student, to: model)
    return model
  }

  /// The encoder with the head of one task, as an ordinary model of it.
  static func alone(of joint: BertModel, task: GLUETask, logits: Range<Int>) throws -> BertModel {
    var config = joint.config
    config.labels = ModelSource.labels(of: task)
    config.problemType = task.isRegression ? "regression" : "single_label_classification"
    let model = try BertModel(config: config, head: .sequenceClassification(labels: logits.count), seed: 1)
    copy(from: joint, to: model)
    let (all, own) = (joint.parameters, model.parameters)
    for (row, place) in logits.enumerated() {
      let (from, to) = (all.matrix("classifier.weight"), own.matrix("classifier.weight"))
      for column in 0..<from.columns { to[row, column] = from[place, column] }
      own.matrix("classifier.bias")[0, row] = all.matrix("classifier.bias")[0, place]
    }
    return model
  }

  /// Takes over everything but the classifier.
  private static func copy(from source: BertModel, to model: BertModel) {
    for entry in model.parameters.layout.entries where !entry.name.hasPrefix("classifier.") {
      guard let place = source.parameters.layout.entry(entry.name), place.shape == entry.shape else {
        continue
      }
      (model.parameters.values.base + entry.offset).update(
        from: source.parameters.values.base + place.offset, count: entry.count)
    }
  }
}
