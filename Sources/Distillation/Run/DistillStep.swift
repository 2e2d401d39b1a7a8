package import BERT
package import GLUE
package import Tokenization
package import Training

/// A student and the objective of one stage of a method, without a run around them: what a benchmark steps.
package struct DistillStep {
  /// The student.
  package let student: BertModel
  /// What the stage trains it for.
  package let objective: any Objective

  /// The first stage of the settings' method.
  ///
  /// The teacher computes everything, its logits too, for each batch anew; or, where the settings have a cache,
  /// once for each of the rows before this returns, and its states are read from the folder in half precision.
  package init(
    _ settings: DistillSettings, teacher: BertModel, tokenizer: Tokenizer, task: GLUETask, rows: TaskRows
  ) throws {
    let student = try StudentBuilder.make(
      StudentBuilder.Source(
        settings: settings, training: settings.training, task: task, teacher: (teacher, tokenizer))
    ).model
    let kept =
      settings.teacherCache == nil
      ? nil
      : try Teacher(
        model: teacher, tokenizer: tokenizer, task: task, studentLabels: student.config.labels)
    let stages = try RecipeStages(settings).stages(
      student: student, teacher: (kept ?? LiveTeacher(teacher), teacher.config), task: task,
      training: settings.training)
    if let kept, let folder = settings.teacherCache {
      try kept.answer(rows)
      let layout = StateLayout(RecipeStages.teacherStates(of: [stages[0]]), teacher.config)
      if !layout.parts.isEmpty {
        try kept.keepStates(
          of: rows, in: StateCache.Place(folder: folder, teacherHash: "benchmark", layout: layout),
          listener: .init(note: { _ in }, progress: { _ in }))
      }
    }
    self.student = student
    objective = stages[0].objective
  }
}

/// A teacher that runs beside the student and remembers nothing.
private final class LiveTeacher: TeacherSource {
  private let model: BertModel
  private let workspace = Workspace()

  init(_ model: BertModel) { self.model = model }

  func outputs(for batch: LabelledBatch, request: OutputRequest) throws -> EncoderOutput {
    try model.forward(batch.batch, request: request, workspace: workspace)
  }
}
