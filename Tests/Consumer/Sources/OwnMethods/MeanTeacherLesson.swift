import BERT
import Distillation
import Tensors
import Training

/// A lesson of one's own: gold labels, and the squared distance to what an average of the student's own past weights says
/// (Tarvainen and Valpola 2017, *Mean teachers*).
final class MeanTeacherLesson: Lesson {
  static let entry = LessonTable.Entry("mean-teacher", summary: "labels, and an average of the own past") {
    _, setting in
    let model = setting.student.model
    return MeanTeacherLesson(
      setting.student, try BertModel(config: model.config, head: model.head, seed: setting.training.seed))
  }

  let student: ModelLearner
  private let average: BertModel
  private let workspace = Workspace()
  private let decay: Float = 0.9

  /// The average is moved by no optimizer, and must be the same after a resume.
  var memory: ParameterStore? { average.parameters }
  var learners: [Learner] { [student] }
  /// Its loss is a sum over rows: ranks may share a step.
  var indivisible: String? { nil }

  init(_ student: ModelLearner, _ average: BertModel) { (self.student, self.average) = (student, average) }

  func take(_ draw: Draw, _ step: Step) throws -> Figures {
    var figures = try StepGradient([student], step).add(draw) { batch in
      var terms = [LossTerm(name: "labels", value: 0), LossTerm(name: "average", value: 0)]
      let own = try student.forward(batch, request: OutputRequest(), in: step)
      let past = try average.forward(batch.batch, workspace: workspace)
      let gradient = student.makeGradient(for: OutputRequest())
      guard let z = own.logits, let wanted = past.logits, let slope = gradient.logits else {
        preconditionFailure("no logits")
      }
      terms[0].value += SupervisedObjective.loss(
        logits: z, batch: batch, labelSmoothing: 0, weight: 1, gradient: slope)
      let mean = 1 / Double(draw.totals.sequences * z.columns)
      for row in 0..<z.rows {
        for i in 0..<z.columns {
          let distance = Double(z[row, i] - wanted[row, i])
          terms[1].value += mean * distance * distance
          slope[row, i] += Float(2 * mean * distance)
        }
      }
      try step.check(terms, of: batch.rows)
      return (Figures(terms: terms, gradientNorm: 0), StepGradient.WayBack(student, gradient))
    }
    figures.gradientNorm = try step.move(student)
    student.settle()
    let (old, new) = (average.parameters.values, student.parameters.values)
    for i in 0..<old.count { old.base[i] = decay * old.base[i] + (1 - decay) * new.base[i] }
    return figures
  }
}
