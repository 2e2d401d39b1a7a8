public import BERT
import Files
public import GLUE
import Tensors

/// The files of a task that a run reads: training rows, dev rows, what is in them.
public struct TaskData {
  /// The task.
  public let task: GLUETask
  /// The rows to train on.
  public var train: DataSet
  /// The labelled splits to measure on, the one that selects first (MNLI has two).
  public private(set) var dev: [DataSet]
  /// Rows that are neither learnt from nor measured on, and that no made text may be: those of dev, where others are held
  /// out of training in their place.
  public private(set) var apart: [Example] = []
  /// Texts without labels to train on too.
  public var unlabelled: [Example]
  /// What the files gave to say: lines that were left out.
  public let notes: [String]
  /// SHA-256 of each file, and the units of scores of any range, which decide what is learnt.
  public let inputs: [String: String]

  /// Reads the files of a task, and files of texts.
  ///
  /// `data` is the folder that holds a folder for each task; of training rows the first `limit` are kept. Throws what
  /// reading throws, or where the task has nothing to train on.
  public init(
    _ task: GLUETask, data: String, limit: Int?, skipsMalformed skips: Bool, unlabelled files: [String] = []
  ) throws {
    guard task.splits.contains(.train) else {
      throw TrainingError.settings(
        "\(task.name) has no training rows: it only measures models of other tasks")
    }
    if let limit, limit < 1 { throw TrainingError.settings("limit must be at least 1") }
    var train = try task.load(.train, from: data, skipMalformed: skips)
    if let limit { train.examples = Array(train.examples.prefix(limit)) }
    let dev = try task.devSplits.map { try task.load($0, from: data, skipMalformed: skips) }
    let texts = try files.map { try task.loadTexts($0, skipMalformed: skips) }
    notes = ([train] + dev + texts).flatMap(\.notes)
    var inputs: [String: String] = [:]
    for set in [train] + dev {
      inputs["\(set.split.rawValue) rows"] = try SHA256.hexadecimal(ofFile: set.path)
    }
    for (number, file) in files.enumerated() {
      inputs["unlabelled rows \(number + 1)"] = try SHA256.hexadecimal(ofFile: file)
    }
    if task.hasFreeScores {
      let scale = ScoreScale(of: train.examples.compactMap { $0.label?.score })
      inputs["units of the scores"] = "mean \(scale.mean), deviation \(scale.deviation)"
    }
    unlabelled = texts.flatMap(\.examples)
    (self.task, self.train, self.dev, self.inputs) = (task, train, dev, inputs)
  }

  /// The same task with the last `share` of the training rows of each class held out of training and measured on in the
  /// place of dev; throws where that leaves nothing to learn from.
  public func holdingOut(_ share: Double) throws -> TaskData {
    guard share > 0 && share < 1 else {
      throw TrainingError.settings("held_out_share must be between 0 and 1, not \(share)")
    }
    let parts = train.holdingOut(lastShare: share)
    guard !parts.learnt.examples.isEmpty, !parts.heldOut.examples.isEmpty else {
      throw TrainingError.settings(
        "held_out_share: \(train.examples.count) training rows cannot be divided into some to learn from and some to "
          + "measure on")
    }
    var data = self
    data.apart += dev.flatMap(\.examples)
    (data.train, data.dev) = (parts.learnt, [parts.heldOut])
    return data
  }

  /// All rows to train on, those with labels first.
  public var examples: [Example] { train.examples + unlabelled }

  /// The units of scores of any range: mean and deviation of the training rows; nil for others.
  public var scoreScale: ScoreScale? {
    task.hasFreeScores ? ScoreScale(of: train.examples.compactMap { $0.label?.score }) : nil
  }

  /// Makes a new head that answers scores by a cosine answer those of the task: the least at 0, the largest at 1.
  ///
  /// A head that was trained stays as it is, and so does any other.
  public func fitCosine(of model: BertModel) {
    guard case .regression(var range) = task.kind, model.config.pairEncoding == .bi else { return }
    if task.hasFreeScores {
      let scores = train.examples.compactMap { $0.label?.score }
      range = (scores.min() ?? 0)...(scores.max() ?? 1)
    }
    let weight = model.parameters.matrix("classifier.weight")
    let bias = model.parameters.matrix("classifier.bias")
    guard weight.count == 1, weight[0, 0] == 1, bias[0, 0] == 0, range.lowerBound < range.upperBound else {
      return
    }
    let ends = [range.lowerBound, range.upperBound].map { Float(model.config.scoreScale?.answer($0) ?? $0) }
    (weight[0, 0], bias[0, 0]) = (ends[1] - ends[0], ends[0])
  }

  /// Metrics on dev of answering always the most frequent training label, or the training rows' mean score.
  public func baseline() throws -> [String: Double] {
    let metrics = try task.baseline(of: train.examples.compactMap(\.label), on: dev[0].examples)
    return Dictionary(metrics.values.map { ($0.name, $0.value) }) { first, _ in first }
  }
}
