public import BERT
public import GLUE
import Tensors
public import Training

/// A teacher of which there are answers alone, read from files: it has logits, or scores, and no states.
public final class AnsweredTeacher: TeacherSource {
  /// The answer to each example in the student's label order, or its score as the student has it.  // [examples][labels]
  private let answers: [[Float]]
  /// The answer to each row: that of its example, whichever window of it the row is.  // [rows][labels]
  private var ofRows: [[Float]]
  private var memory = FloatBuffer(count: 0)

  /// A teacher of students whose logits are in the order `studentLabels`; `answers` are in the task's own order.
  ///
  /// A score is given as a student of the units `studentScale` would answer it. Throws where the student's labels are
  /// not those of the task.
  public init(
    _ answers: [[Double]], task: GLUETask, studentLabels: [String]?, studentScale: ScoreScale? = nil
  ) throws {
    let map = task.isRegression ? nil : try LabelMap(task: task, modelLabels: studentLabels)
    self.answers = answers.map { row in
      map.map { $0.toTask.map { Float(row[$0]) } } ?? row.map { Float(studentScale?.answer($0) ?? $0) }
    }
    ofRows = self.answers
  }

  /// Answers from now on for rows that are windows of the examples.
  public func answer(_ rows: TaskRows) {
    guard let windows = rows.windows else { return }
    ofRows = zip(answers, zip(windows.starts, windows.starts.dropFirst())).flatMap { answer, place in
      [[Float]](repeating: answer, count: place.1 - place.0)
    }
  }

  /// The answers to a batch of the run's rows; throws for other rows and for anything but logits.
  public func outputs(for batch: LabelledBatch, request: OutputRequest, at position: SchedulePosition) throws
    -> EncoderOutput
  {
    var logitsAlone = OutputRequest()
    logitsAlone.logits = request.logits
    if request != logitsAlone {
      throw DistillationError.mismatch("teacher_answers are answers alone: there are no states to compare")
    }
    var output = EncoderOutput()
    if !request.logits { return output }
    let columns = answers.first?.count ?? 1
    if memory.count < batch.rows.count * columns { memory = FloatBuffer(count: batch.rows.count * columns) }
    let logits = memory.matrix(rows: batch.rows.count, columns: columns)
    for (place, row) in batch.rows.enumerated() {
      guard row.dataSet == 0, ofRows.indices.contains(Int(row.number)) else {
        throw DistillationError.mismatch(
          "teacher_answers have none to row \(row.number + 1) of data set \(row.dataSet), which was made while training"
        )
      }
      for column in 0..<columns { logits[place, column] = ofRows[Int(row.number)][column] }
    }
    output.logits = logits
    return output
  }
}
