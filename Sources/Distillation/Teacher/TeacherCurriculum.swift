public import BERT
import Glibc
import Tensors
public import Training

/// How the anchors of a teacher's way are used.
public enum AnchorUse: String, Codable, Sendable, CaseIterable {
  /// One after the other, each for an equal part of a stage.
  case equal
  /// Of them those that lead in strides of a largest divergence, each for an equal part of a stage.
  case greedy
  /// All of them and the teacher averaged, all along.
  case average
}

/// A teacher's way, one station after the other (Jin and others 2019, RCO; Rezagholizadeh and others 2022, Pro-KD).
///
/// Each station teaches for an equal part of a stage's steps; the last is what the teacher became.
public final class TeacherCurriculum: TeacherSource {
  /// All stations, first to last.
  public let stations: [Teacher]
  /// Which of them teach, rising; the last always does.
  public private(set) var route: [Int]

  /// A way of at least one station.
  public init(_ stations: [Teacher]) {
    precondition(!stations.isEmpty, "a way of nothing")
    self.stations = stations
    route = Array(stations.indices)
  }

  /// The station that teaches at a position.
  public func station(at position: SchedulePosition) -> Int {
    route[min(position.step * route.count / max(position.stepCount, 1), route.count - 1)]
  }

  /// What the station of the position says.
  public func outputs(for batch: LabelledBatch, request: OutputRequest, at position: SchedulePosition) throws
    -> EncoderOutput
  {
    try stations[station(at: position)].outputs(for: batch, request: request, at: position)
  }

  /// Keeps the stations that lead from one to the next by strides of at most `threshold`, each as far as can be.
  ///
  /// A stride is the mean over rows of `KL(next || present)`, the student taken for what it last learnt from, an untaught
  /// one for even probabilities. Where even the next station is farther, it is the next all the same. For scores a stride
  /// is the mean squared difference, from the mean score. All stations were asked about the rows.
  public func choose(_ rows: TaskRows, threshold: Double) throws {
    let answers = try stations.map { try Self.answers(of: $0, rows) }
    let classes = answers[0].first?.count ?? 1
    let mean = answers.last.map { $0.reduce(0) { $0 + ($1.first ?? 0) } / Double(max($0.count, 1)) } ?? 0
    var present = [[Double]](
      repeating: classes == 1 ? [mean] : [Double](repeating: 1 / Double(classes), count: classes),
      count: rows.count)
    var chosen: [Int] = []
    while chosen.last != stations.count - 1 {
      let next = (chosen.last ?? -1) + 1
      let farthest = (next..<stations.count).last { Self.stride(from: present, to: answers[$0]) <= threshold }
      chosen.append(farthest ?? next)
      present = answers[farthest ?? next]
    }
    route = chosen
  }

  /// Probabilities, or scores.  // [rows][classes]
  private static func answers(of teacher: Teacher, _ rows: TaskRows) throws -> [[Double]] {
    let position = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
    var result: [[Double]] = []
    for start in Swift.stride(from: 0, to: rows.count, by: 256) {
      let batch = rows.batch(Array(start..<min(start + 256, rows.count)))
      guard let logits = try teacher.outputs(for: batch, request: OutputRequest(), at: position).logits else {
        preconditionFailure("a teacher without logits")
      }
      var logs = [Double](repeating: 0, count: logits.columns)
      for row in 0..<logits.rows {
        if logits.columns == 1 {
          result.append([Double(logits[row, 0])])
        } else {
          Softmax.logProbabilities(logits.row(row), temperature: 1, into: &logs)
          result.append(logs.map { exp($0) })
        }
      }
    }
    return result
  }

  private static func stride(from present: [[Double]], to next: [[Double]]) -> Double {
    zip(present, next).reduce(0) { sum, pair in
      if pair.1.count == 1 { return sum + (pair.0[0] - pair.1[0]) * (pair.0[0] - pair.1[0]) }
      return sum + zip(pair.0, pair.1).reduce(0) { $0 + ($1.1 > 0 ? $1.1 * log($1.1 / max($1.0, 1e-30)) : 0) }
    } / Double(max(next.count, 1))
  }
}
