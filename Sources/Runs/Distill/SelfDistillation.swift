import BERT
import Distillation

/// Self-distillation: a student of its teacher's own shape (Furlanello and others 2018, Yuan and others 2020).
enum SelfDistillation {
  /// The settings with the teacher's shape for a student of which nothing was said.
  static func settings(_ settings: DistillSettings, _ method: RecipeStages, teacher: BertConfig?)
    -> DistillSettings
  {
    guard method.recipe.name == Recipe.selfDistillation.name, settings.student == nil,
      settings.studentLayers == nil
    else { return settings }
    var shaped = settings
    shaped.student = teacher?.shape
    return shaped
  }

  /// Throws where the two have other shapes.
  static func check(_ method: RecipeStages, student: BertConfig, teacher: BertConfig?) throws {
    guard method.recipe.name == Recipe.selfDistillation.name, let teacher, teacher.shape != student.shape
    else {
      return
    }
    throw DistillationError.settings(
      "the method self-distillation has a teacher of the student's own shape: this student is \(student.shape) and its "
        + "teacher \(teacher.shape); give --student \(teacher.shape) or leave it out, or choose kd")
  }
}
