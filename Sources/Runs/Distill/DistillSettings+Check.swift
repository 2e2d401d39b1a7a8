public import Distillation
import Training

extension DistillSettings {
  /// Throws for settings that cannot be, whatever files they name hold: the method's terms and stages, assistants,
  /// the weights of teachers.
  public func check(with tables: MethodTables = .standard) throws {
    try training.validate()
    _ = try RecipeStages(self, with: tables).epochs(training)
    _ = try Assistants.links(of: self, with: tables)
    try LoadedTeacher.checkWeights(of: self)
    try TeacherAnswers.check(self)
  }
}
