import BERT
import Tensors
public import Training

extension TeacherSource {
  /// What the teacher says in the end of labelled rows of a task with classes, which it was asked about, and their labels.
  ///
  /// The mean of several teachers where their probabilities are averaged; nil for scores.  // [rows][classes], [rows]
  public func probabilities(
    of rows: TaskRows, temperature: Double
  ) throws -> (said: [[Double]], labels: [Int])? {
    var (said, labels) = ([[Double]](), [Int]())
    let end = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
    for start in stride(from: 0, to: rows.count, by: 256) {
      let batch = rows.batch(Array(start..<min(start + 256, rows.count)))
      let output = try outputs(for: batch, request: OutputRequest(), at: end)
      guard let logits = output.logits, logits.columns > 1 else { return nil }
      let context = TermContext(
        student: EncoderOutput(), teacher: output, votes: try votes(for: batch, at: end), batch: batch,
        position: end, weight: 1, gradient: OutputGradient(), parameters: nil, ownGradients: nil)
      for (row, target) in batch.targets.enumerated() {
        guard case .label(let label)? = target else { continue }
        said.append(context.teacherProbabilities(row, temperature: temperature))
        labels.append(label)
      }
    }
    return (said, labels)
  }
}
