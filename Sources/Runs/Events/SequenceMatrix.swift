/// How well each task of a sequence was done after each of them was learnt.
public struct SequenceMatrix: Codable, Sendable, Equatable {
  /// The tasks in the order in which they were learnt.
  public var tasks: [String]
  /// The metric that each is measured by.
  public var metrics: [String]
  /// Each task's metric on dev after each was learnt.  // [after][task]
  public var values: [[Double]]

  /// Tasks with their metrics, each after each.
  public init(tasks: [String], metrics: [String], values: [[Double]]) {
    (self.tasks, self.metrics, self.values) = (tasks, metrics, values)
  }

  /// The mean over all tasks in the end.
  public var average: Double { (values.last ?? []).reduce(0, +) / Double(max(tasks.count, 1)) }

  /// The mean over all tasks but the last of what each was at its best since it was learnt, less what it is in the end
  /// (Chaudhry and others 2018); below 0 where later tasks helped.
  public var forgetting: Double {
    guard let last = values.last, tasks.count > 1, values.count == tasks.count else { return 0 }
    let losses = (0..<tasks.count - 1).map { task in
      (values[task..<tasks.count - 1].map { $0[task] }.max() ?? last[task]) - last[task]
    }
    return losses.reduce(0, +) / Double(losses.count)
  }

  private enum CodingKeys: String, CodingKey { case tasks, metrics, values, average, forgetting }

  /// Reads tasks, metrics and values.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    tasks = try keys.decode([String].self, forKey: .tasks)
    metrics = try keys.decode([String].self, forKey: .metrics)
    values = try keys.decode([[Double]].self, forKey: .values)
  }

  /// Writes them with what follows from them.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(tasks, forKey: .tasks)
    try keys.encode(metrics, forKey: .metrics)
    try keys.encode(values, forKey: .values)
    try keys.encode(average, forKey: .average)
    try keys.encode(forgetting, forKey: .forgetting)
  }
}
