import BERT
import GLUE
import Training

/// Turns a recipe and what settings change of it into the stages of a run.
struct RecipeStages {
  let settings: DistillSettings
  let recipe: Recipe
  /// The kinds of terms that the recipe may name.
  let table: TermTable
  /// Whether a term reads the teacher.
  let needsTeacher: Bool

  init(_ settings: DistillSettings, terms table: TermTable = .standard) throws {
    self.settings = settings
    self.table = table
    recipe = try RecipeChanges(settings, table).applied(
      to: settings.recipe?.readBack() ?? Recipe.named(settings.method))
    needsTeacher = try recipe.needsTeacher(in: table)
  }

  /// The first term that reads more of the teacher than its logits.
  func intermediateTerm() throws -> String? {
    try recipe.stages.flatMap(\.terms).first { try table.entry($0.kind).needsIntermediates }?.kind
  }

  /// The recipe with everything that depends on the models written out.
  func completed(in setting: TermTable.Setting) throws -> Recipe {
    var recipe = recipe
    for stage in recipe.stages.indices {
      recipe.stages[stage].terms = try recipe.stages[stage].terms.map {
        TermSettings($0.kind, weight: $0.weight, try table.completed($0, in: setting))
      }
    }
    return recipe
  }

  /// Builds the stages with their objectives; where there are rows without labels after so many with labels, a
  /// stage of labels alone leaves them out.
  func stages(
    student: BertModel, teacher: (source: any TeacherSource, config: BertConfig)?, task: GLUETask,
    training: TrainingSettings, labelledRows: Int? = nil
  ) throws -> [Stage] {
    let setting = TermTable.Setting(
      student: student.config, teacher: teacher?.config, isRegression: task.isRegression,
      labelSmoothing: training.labelSmoothing, seed: training.seed)
    let epochs = try epochs(training)
    return try recipe.stages.enumerated().map { index, stage in
      var names: Set<String> = []
      let terms = try stage.terms.map { term in
        var name = term.kind
        var number = 2
        while !names.insert(name).inserted {
          name = "\(term.kind)_\(number)"
          number += 1
        }
        return (try table.make(term, name: name, in: setting), term.weight)
      }
      let objective = DistillationObjective(
        terms: terms.map { (term: $0.0, weight: $0.1) }, teacher: teacher?.source, seed: training.seed)
      return Stage(
        name: stage.name, epochs: epochs[index],
        learningRate: stage.learningRate ?? training.learningRate ?? 5e-5, objective: objective,
        keep: stage.keep == .best ? .best : .last,
        rowCount: try stage.needsTeacher(in: table) ? nil : labelledRows)
    }
  }

  /// Everything but logits that the terms of stages read of the teacher, in any epoch.
  static func teacherStates(of stages: [Stage]) -> OutputRequest {
    var all = OutputRequest()
    all.logits = false
    for stage in stages {
      guard let objective = stage.objective as? DistillationObjective else { continue }
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
