public import BERT
import GLUE
import Glibc
import Tensors
public import Training

/// Several teachers of one task, averaged.
///
/// The first of them gives everything but logits. Where logits are averaged, all terms see their weighted mean.
/// Where probabilities are, KL sees `Σ w_k softmax(z_k / T)` at its own temperature; a term that matches logits
/// has no probabilities to see, and gets the mean of the logits there too, as does a task that asks for a score.
public final class TeacherEnsemble: TeacherSource {
  let teachers: [any TeacherSource]
  let weights: [Double]
  let average: TeacherAverage
  private var memory: [FloatBuffer] = []

  /// Teachers with their weights, which are scaled to a sum of 1.
  public init(_ teachers: [any TeacherSource], weights: [Double], average: TeacherAverage) {
    precondition(teachers.count == weights.count && !teachers.isEmpty, "a weight for each teacher")
    self.teachers = teachers
    let sum = weights.reduce(0, +)
    self.weights = weights.map { $0 / sum }
    self.average = average
  }

  /// The first teacher's output, with the mean of all logits.
  public func outputs(for batch: LabelledBatch, request: OutputRequest, at position: SchedulePosition) throws
    -> EncoderOutput
  {
    var output = try teachers[0].outputs(for: batch, request: request, at: position)
    guard request.logits, let first = output.logits else { return output }
    let mean = matrix(0, first.rows, first.columns)
    let others = try logits(for: batch, at: position)
    for row in 0..<mean.rows {
      let weights = shares(of: row, batch, others)
      for column in 0..<mean.columns {
        mean[row, column] = Float(
          zip(weights, others).reduce(0) { $0 + $1.0 * Double($1.1[row, column]) })
      }
    }
    output.logits = mean
    return output
  }

  /// What each says, where probabilities are averaged.
  public func votes(for batch: LabelledBatch, at position: SchedulePosition) throws -> [TeacherVote] {
    if average == .logits { return [] }
    let said = try logits(for: batch, at: position)
    let parts = batch.rows.indices.map { shares(of: $0, batch, said) }
    return said.indices.map { teacher in
      TeacherVote(logits: said[teacher], weights: parts.map { $0[teacher] })
    }
  }

  /// The weight of each teacher for a row, with a sum of 1.
  private func shares(of row: Int, _ batch: LabelledBatch, _ said: [Matrix]) -> [Double] {
    if average == .logits || average == .probabilities { return weights }
    var logs = [Double](repeating: 0, count: said[0].columns)
    let scaled = zip(weights, said).map { weight, logits in
      if case .score(let score)? = batch.targets[row] {
        let difference = Double(logits[row, 0]) - Double(score)
        return average == .crossEntropy ? weight / (1 + difference * difference) : weight
      }
      if logits.columns < 2 { return weight }
      Softmax.logProbabilities(logits.row(row), temperature: 1, into: &logs)
      if average == .crossEntropy {
        guard case .label(let label)? = batch.targets[row] else { return weight }
        return weight / (1 - logs[label])
      }
      let entropy = -logs.reduce(0) { $0 + exp($1) * $1 }
      // A teacher that knows nothing still counts a little: the sum is never 0.
      return weight * max(1 - entropy / log(Double(logs.count)), 1e-6)
    }
    let sum = scaled.reduce(0, +)
    return sum > 0 ? scaled.map { $0 / sum } : weights
  }

  /// The weighted mean of what each says of itself.
  public func uncertainties(for batch: LabelledBatch) throws -> [Double] {
    let all = try teachers.map { try $0.uncertainties(for: batch) }
    return batch.rows.indices.map { row in zip(weights, all).reduce(0) { $0 + $1.0 * $1.1[row] } }
  }

  /// The logits of each teacher, in memory of this object.
  private func logits(for batch: LabelledBatch, at position: SchedulePosition) throws -> [Matrix] {
    try teachers.enumerated().map { index, teacher in
      guard let own = try teacher.outputs(for: batch, request: OutputRequest(), at: position).logits else {
        preconditionFailure("a teacher without logits")
      }
      let copy = matrix(index + 1, own.rows, own.columns)
      for row in 0..<own.rows { _ = copy.row(row).update(from: own.row(row)) }
      return copy
    }
  }

  /// Memory number `index`, which grows to the largest batch.
  private func matrix(_ index: Int, _ rows: Int, _ columns: Int) -> Matrix {
    while memory.count <= index { memory.append(FloatBuffer(count: rows * columns)) }
    if memory[index].count < rows * columns { memory[index] = FloatBuffer(count: rows * columns) }
    return memory[index].matrix(rows: rows, columns: columns)
  }
}
