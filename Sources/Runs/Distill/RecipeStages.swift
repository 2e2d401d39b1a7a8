import BERT
import Distillation
import GLUE
import Tokenization
import Training

/// Turns a recipe and what settings change of it into the stages of a run.
struct RecipeStages {
  let settings: DistillSettings
  let recipe: Recipe
  /// What the recipe may name.
  let tables: MethodTables
  /// Whether a term or a lesson asks the teacher.
  let needsTeacher: Bool

  init(_ settings: DistillSettings, with tables: MethodTables) throws {
    (self.settings, self.tables) = (settings, tables)
    recipe = try RecipeChanges(settings, tables.terms).applied(
      to: settings.recipe?.readBack() ?? Recipe.named(settings.method))
    needsTeacher = try recipe.needsTeacher(in: tables)
  }

  /// The first term that reads more of the teacher than its logits.
  func intermediateTerm() throws -> String? {
    try recipe.stages.flatMap(\.terms).first { try tables.terms.entry($0.kind).needsIntermediates }?.kind
  }

  /// The recipe with everything that depends on the models written out.
  func completed(in setting: TermTable.Setting) throws -> Recipe {
    var recipe = recipe
    for stage in recipe.stages.indices {
      recipe.stages[stage].terms = try recipe.stages[stage].terms.map {
        TermSettings($0.kind, weight: $0.weight, try tables.terms.completed($0, in: setting))
      }
    }
    return recipe
  }

  /// What stages are made of, beside their recipe.
  struct Parts {
    let student: ModelLearner
    let tokenizer: Tokenizer
    let teacher: (source: any TeacherSource, config: BertConfig)?
    let task: GLUETask
    let training: TrainingSettings
    /// Rows with labels, then rows without.
    let rows: TaskRows
    /// What each class counts in losses on labels, in the student's order.
    var classWeights: [Double]?
    /// How many have labels.
    let labelledRows: Int
    let measure: any Measure
  }

  /// Builds the stages; one of labels alone leaves out rows without.
  func stages(of parts: Parts) throws -> [Stage] {
    let epochs = try epochs(parts.training)
    return try recipe.stages.enumerated().map { index, stage in
      let objective = stage.terms.isEmpty ? nil : try objective(of: stage, parts)
      let readsAll = try stage.lesson != nil || stage.needsTeacher(in: tables)
      let rows = RowTable.Setting(
        rows: parts.rows, count: readsAll ? parts.rows.count : parts.labelledRows, epochs: epochs[index],
        stage: index, training: parts.training)
      return Stage(
        name: stage.name, lesson: try lesson(of: stage, objective, parts),
        rows: try stage.rows.map { try tables.rows.entry($0.name).make($0, rows) } ?? rows.planned,
        measure: parts.measure, learningRate: stage.learningRate ?? parts.training.learningRate ?? 5e-5,
        keep: stage.keep == .best ? .best : .last)
    }
  }

  private func lesson(
    of stage: StageRecipe, _ objective: DistillationObjective?, _ parts: Parts
  ) throws -> any Lesson {
    if let named = stage.lesson {
      return try tables.lessons.entry(named.name).make(
        named,
        LessonTable.Setting(
          student: parts.student, tokenizer: parts.tokenizer, task: parts.task, objective: objective,
          teacher: parts.teacher?.source, training: parts.training,
          hasUnlabelledRows: parts.labelledRows < parts.rows.count))
    }
    guard let objective else { preconditionFailure("a stage of nothing") }
    return ObjectiveLesson(parts.student, objective)
  }

  private func objective(of stage: StageRecipe, _ parts: Parts) throws -> DistillationObjective {
    var setting = TermTable.Setting(
      student: parts.student.model.config, teacher: parts.teacher?.config,
      isRegression: parts.task.isRegression,
      labelSmoothing: parts.training.labelSmoothing, classWeights: parts.classWeights,
      seed: parts.training.seed)
    setting.isMultiLabel = parts.task.isMultiLabel
    var names: Set<String> = []
    let terms = try stage.terms.map { term in
      var name = term.kind
      var number = 2
      while !names.insert(name).inserted {
        name = "\(term.kind)_\(number)"
        number += 1
      }
      return (term: try tables.terms.make(term, name: name, in: setting), weight: term.weight)
    }
    return DistillationObjective(terms: terms, teacher: parts.teacher?.source, seed: parts.training.seed)
  }

  /// Everything but logits that the terms of stages read of the teacher, in any epoch.
  static func teacherStates(of stages: [Stage]) -> OutputRequest {
    var all = OutputRequest()
    all.logits = false
    for stage in stages {
      guard let lesson = stage.lesson as? ObjectiveLesson,
        let objective = lesson.objective as? DistillationObjective
      else { continue }
      for epoch in 0..<stage.epochs {
        let position = SchedulePosition(step: 0, stepCount: 1, epoch: epoch, epochCount: stage.epochs)
        if let request = objective.teacherRequest(at: position) { all = all.union(request) }
      }
    }
    all.logits = false
    return all
  }

  /// The epochs of each stage: as `stage_epochs` says; else the recipe's own; else those of the run.
  ///
  /// Where the settings name a number of epochs and the recipe has its own, that number is for all stages
  /// together and is shared in the recipe's proportion, at least one each.
  func epochs(_ training: TrainingSettings) throws -> [Int] {
    if let given = settings.stageEpochs {
      if given.count != recipe.stages.count
        || given.contains(where: { !(1...TrainingSettings.mostEpochs).contains($0) })
      {
        throw DistillationError.settings(
          "the method \(recipe.name) has \(recipe.stages.count) stages ("
            + recipe.stages.map(\.name).joined(separator: ", ")
            + "): stage_epochs needs that many numbers, each at least 1")
      }
      return given
    }
    let own = recipe.stages.compactMap(\.epochs)
    guard let wanted = settings.training.epochs, own.count == recipe.stages.count else {
      return recipe.stages.map { $0.epochs ?? training.epochs ?? 1 }
    }
    let total = own.reduce(0, +)
    var left = wanted
    return own.enumerated().map { index, epochs in
      let isLast = index == own.count - 1
      let share = isLast ? left : (2 * epochs * wanted + total) / (2 * total)
      let given = max(1, min(share, left - (own.count - 1 - index)))
      left -= given
      return given
    }
  }
}
