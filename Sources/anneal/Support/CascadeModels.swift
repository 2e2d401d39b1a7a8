import BERT
import GLUE
import Runs
import Tokenization
import Training

/// The two models of a cascade: a student, and the teacher that answers what it is not sure of.
struct CascadeModels {
  let student: ModelFolder
  let teacher: ModelFolder
  /// The teacher's logit of each of the student's.
  private let map: [Int]
  private let isMultiLabel: Bool
  /// From which probability on each label holds where the teacher answers, in the student's order.
  let teacherThresholds: [Double]?
  private let predictor: Predictor

  /// Two models of the same labels; each reads text with its own tokenizer.
  ///
  /// Throws where one gives scores, and where the labels of the two are others, naming both.
  init(student: ModelFolder, teacher: ModelFolder) throws {
    (self.student, self.teacher) = (student, teacher)
    var labels: [[String]] = []
    for folder in [student, teacher] {
      guard case .sequenceClassification(let count) = folder.model.head else {
        throw TrainingError.mismatch(
          "\(folder.path): the model has no classification head; fine-tune it first")
      }
      if count == 1 && !folder.model.config.isMultiLabel {
        throw TrainingError.mismatch(
          "\(folder.path): the model gives a score, and nobody knows how sure it is of that: a cascade needs classes"
        )
      }
      try Evaluator.checkVocabulary(folder.model, folder.tokenizer)
      labels.append(folder.labels(count: count))
    }
    isMultiLabel = student.model.config.isMultiLabel
    if isMultiLabel != teacher.model.config.isMultiLabel {
      throw TrainingError.mismatch(
        "\(student.path) and \(teacher.path): one chooses a label, the other answers yes or no to each")
    }
    do {
      map = try LabelMap(taskLabels: labels[0], modelLabels: labels[1], of: student.path).toModel
    } catch {
      throw TrainingError.mismatch(
        "\(teacher.path): expected the labels of \(student.path), \(labels[0].joined(separator: ", ")), found "
          + labels[1].joined(separator: ", "))
    }
    teacherThresholds = try teacher.thresholds().map { [map] own in map.map { own[$0] } }
    predictor = Predictor(model: teacher.model)
  }

  /// The logits in the student's order with the teacher's where the student is not sure, and which those are.
  func answers(_ examples: [Example], student logits: [[Float]], by rule: CascadeRule, maxLength: Int?) throws
    -> (logits: [[Float]], asked: [Bool])
  {
    let asked = logits.map { !rule.stands($0, isMultiLabel: isMultiLabel) }
    let places = asked.indices.filter { asked[$0] }
    if places.isEmpty { return (logits, asked) }
    let rows = try TaskRows(
      places.map { examples[$0] }, tokenizer: teacher.tokenizer,
      maxLength: MaximumLength.of(
        teacher.model.config, teacher.tokenizer, wanted: teacher.maxLength(maxLength)),
      toModel: nil)
    var mixed = logits
    for (place, own) in zip(places, try predictor.answers(rows)) { mixed[place] = map.map { own[$0] } }
    return (mixed, asked)
  }

  /// The curve of both on labelled rows.
  func curve(on data: DataSet, maxLength: Int?, temperature: Double? = nil) throws -> CascadeCurve {
    if data.task.isRegression {
      throw TrainingError.mismatch(
        "\(data.task.name) asks for a score, and nobody knows how sure a model is of that: a cascade needs classes"
      )
    }
    let found = try [student, teacher].map { folder in
      try folder.requireKind(of: data.task)
      // The first rows set memory up, which is no part of what rows cost.
      var few = data
      few.examples = Array(data.examples.prefix(64))
      _ = try Evaluator.evaluate(
        model: folder.model, tokenizer: folder.tokenizer, dataSet: few, maxLength: folder.maxLength(maxLength)
      )
      return try Evaluator.evaluate(
        model: folder.model, tokenizer: folder.tokenizer, dataSet: data,
        maxLength: folder.maxLength(maxLength),
        thresholds: folder.thresholds())
    }
    return CascadeCurve(student: found[0], teacher: found[1], of: data, temperature: temperature)
  }

  /// The threshold that asks the teacher least and keeps a share of its metric on labelled rows, and that in words.
  func choose(
    _ rows: CascadeRows, of task: GLUETask, from data: String, skipMalformed: Bool, keeping share: Double,
    maxLength: Int?
  ) throws -> (rule: CascadeRule, why: String) {
    let labelled = try rows.load(task, from: data, skipMalformed: skipMalformed)
    let curve = try curve(on: labelled, maxLength: maxLength)
    let point = try curve.smallest(keeping: share)
    return (
      CascadeRule(threshold: point.threshold, temperature: curve.temperature),
      "chosen on \(rows.words) of \(task.name), \(curve.rows): the smallest that keeps "
        + "\((share * 1000).rounded() / 10) % of the teacher's \(curve.metric)"
    )
  }
}
