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
  /// Whether the teacher is to answer all rows before the first step.
  let readsAnswers: Bool

  init(_ settings: DistillSettings, with tables: MethodTables) throws {
    (self.settings, self.tables) = (settings, tables)
    recipe = try RecipeChanges(settings, tables.terms).applied(
      to: settings.recipe?.readBack() ?? Recipe.named(settings.method))
    needsTeacher = try recipe.needsTeacher(in: tables)
    readsAnswers = try recipe.stages.contains { try $0.readsAnswers(in: tables) }
    for term in recipe.stages.flatMap(\.terms) where try tables.terms.entry(term.kind).predictsTokens {
      throw DistillationError.settings(
        "the term \(term.kind) learns from masked text, and a task's rows are not masked: give it to anneal pretrain"
      )
    }
  }

  /// The first term that reads more of the teacher than its logits.
  func intermediateTerm() throws -> String? {
    try recipe.stages.flatMap(\.terms).first { try tables.terms.entry($0.kind).needsIntermediates }?.kind
  }

  /// How the teacher's uncertainty is to be measured; nil where no term reads it.
  ///
  /// Throws where two terms ask for it in two ways.
  func uncertainty() throws -> UncertaintyRequest? {
    var found: UncertaintyRequest?
    for term in recipe.stages.flatMap(\.terms) {
      let options = try tables.terms.options(of: term)
      try options.validate()
      guard let own = (options as? any UncertaintyOptions)?.request else { continue }
      if let found, found != own {
        throw DistillationError.settings(
          "the terms of \(recipe.name) ask for the teacher's uncertainty in two ways: give them the same passes and dropout"
        )
      }
      found = own
    }
    return found
  }

  /// The recipe with everything that depends on the models written out.
  func completed(in setting: TermTable.Setting) throws -> Recipe {
    try recipe.completed(in: setting, with: tables.terms)
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
    /// The rows of the teacher's classifier in the student's label order.
    var classVectors: [[Float]]?
    /// How many have labels.
    let labelledRows: Int
    let measure: any Measure
    /// Where lessons keep what they compute once.
    var cache: LessonTable.Cache?
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
      let lesson = try lesson(of: stage, objective, parts)
      let source = try source(of: stage, rows)
      if source.weighsRows { try requireWeights(lesson, stage, parts.task) }
      return Stage(
        name: stage.name, lesson: lesson, rows: source,
        measure: parts.measure, learningRate: stage.learningRate ?? parts.training.learningRate ?? 5e-5,
        keep: stage.keep == .best ? .best : .last)
    }
  }

  /// Throws where rows count by weights that the lesson would not heed, or by losses that it does not know.
  private func requireWeights(_ lesson: any Lesson, _ stage: StageRecipe, _ task: GLUETask) throws {
    let rows = stage.rows?.name ?? ""
    guard let lesson = lesson as? ObjectiveLesson else {
      throw DistillationError.settings(
        "the lesson of the stage \(stage.name) does not weigh rows: leave out \(rows)")
    }
    if task.isMultiLabel {
      throw DistillationError.settings(
        "the rows '\(rows)' go by how far probabilities of classes are apart, and rows of \(task.name) may have several "
          + "labels: leave them out")
    }
    if lesson.objective.parameters != nil {
      throw DistillationError.settings(
        "the rows '\(rows)' weigh rows, and the stage \(stage.name) has terms with matrices of their own, which cannot "
          + "be: choose terms of logits, or models of one width")
    }
    if !lesson.objective.request.logits {
      throw DistillationError.settings(
        "the rows '\(rows)' go by how far logits are apart, and the stage \(stage.name) reads none")
    }
  }

  /// The rows that a stage names, else those of its lesson, else all by plan.
  private func source(of stage: StageRecipe, _ rows: RowTable.Setting) throws -> any RowSource {
    if let named = stage.rows { return try tables.rows.entry(named.name).make(named, rows) }
    if let lesson = stage.lesson, let make = try tables.lessons.entry(lesson.name).rows {
      return try make(lesson, rows)
    }
    return rows.planned
  }

  /// The files and model folders that lessons name.
  func lessonFiles() throws -> [String] {
    try recipe.stages.compactMap(\.lesson).flatMap { try tables.lessons.entry($0.name).files($0) }
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
          hasUnlabelledRows: parts.labelledRows < parts.rows.count, rows: parts.rows,
          classWeights: parts.classWeights,
          learningRate: stage.learningRate ?? parts.training.learningRate ?? 5e-5, cache: parts.cache))
    }
    guard let objective else { preconditionFailure("a stage of nothing") }
    return ObjectiveLesson(parts.student, objective)
  }

  /// The terms of a method of one stage that reads logits alone, as the objective of one head among several.
  func logitsObjective(
    student: BertConfig, teacher: (source: Teacher, config: BertConfig)?, task: GLUETask,
    training: TrainingSettings
  ) throws -> DistillationObjective {
    var setting = TermTable.Setting(
      student: student, teacher: teacher?.config, isRegression: task.isRegression,
      labelSmoothing: task.isRegression ? 0 : training.labelSmoothing, seed: training.seed)
    setting.classVectors = teacher?.source.classVectors
    return try tables.terms.objective(of: recipe.stages[0].terms, teacher: teacher?.source, in: setting)
  }

  private func objective(of stage: StageRecipe, _ parts: Parts) throws -> DistillationObjective {
    var setting = TermTable.Setting(
      student: parts.student.model.config, teacher: parts.teacher?.config,
      isRegression: parts.task.isRegression,
      labelSmoothing: parts.training.labelSmoothing, classWeights: parts.classWeights,
      seed: parts.training.seed)
    setting.classVectors = parts.classVectors
    setting.isMultiLabel = parts.task.isMultiLabel
    return try tables.terms.objective(of: stage.terms, teacher: parts.teacher?.source, in: setting)
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
