public import BERT
import Distillation
public import GLUE
import Tensors
public import Tokenization
public import Training

/// A student and the lesson of one stage of a method, without a run around them: what a benchmark steps.
public struct DistillStep {
  /// The student.
  public let student: BertModel
  /// What the stage does.
  public let lesson: any Lesson

  /// The first stage of the settings' method.
  ///
  /// The teacher computes everything, its logits too, for each batch anew; or, where the settings have a cache,
  /// once for each of the rows before this returns, and its states are read from the folder in half precision.
  public init(
    _ settings: DistillSettings, teacher: BertModel, tokenizer: Tokenizer, task: GLUETask, rows: TaskRows
  ) throws {
    var made = try StudentBuilder.make(
      settings.student(for: task, training: settings.training, teacher: (teacher, tokenizer)))
    made.model = try ModelSource.applyingRounding(made.model, settings.training).model
    let source = try Teacher(
      model: teacher, tokenizer: tokenizer, task: task, studentLabels: made.model.config.labels,
      studentTokenizer: tokenizer)
    if let precision = settings.training.precision { try source.runBeside(in: precision) }
    let stage = try RecipeStages(settings, with: .standard).stages(
      of: RecipeStages.Parts(
        student: ModelLearner(made.model), tokenizer: made.tokenizer, teacher: (source, teacher.config),
        task: task, training: settings.training, rows: rows, classVectors: source.classVectors,
        labelledRows: rows.count, measure: NoMeasure()))[
        0]
    if let folder = settings.teacherCache {
      try source.answer(rows)
      let layout = StateLayout(RecipeStages.teacherStates(of: [stage]), teacher.config)
      if !layout.isEmpty {
        try source.keepStates(
          of: rows, in: StateCache.Place(folder: folder, teacherHash: "benchmark", layout: layout),
          listener: .init(note: { _ in }, progress: { _ in }))
      }
    }
    (student, lesson) = (made.model, stage.lesson)
  }
}

/// Nothing is judged where steps alone are timed.
private final class NoMeasure: Measure {
  let selectionMetric = ""
  func measure(_ learner: Learner) -> Measurement { Measurement(metrics: [:], split: "", rows: 0) }
}
