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

  /// The first stage of the settings' method, with a teacher that computes everything, its logits too, for
  /// each batch anew.
  package init(_ settings: DistillSettings, teacher: BertModel, tokenizer: Tokenizer, task: GLUETask) throws {
    student = try StudentBuilder.make(
      StudentBuilder.Source(
        settings: settings, training: settings.training, task: task, teacher: (teacher, tokenizer))
    ).model
    let stages = try RecipeStages(settings).stages(
      student: student, teacher: (LiveTeacher(teacher), teacher.config), task: task,
      training: settings.training)
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
