import BERT
import GLUE
import Training

/// Turns a recipe and what settings change of it into the stages of a run.
struct RecipeStages {
  let settings: DistillSettings
  let recipe: Recipe

  init(_ settings: DistillSettings) throws {
    self.settings = settings
    recipe = try Self.applied(settings, to: settings.recipe?.readBack() ?? Recipe.named(settings.method))
  }

  /// Whether a term reads the teacher.
  var needsTeacher: Bool { recipe.stages.contains { $0.terms.contains { $0.kind != "labels" } } }

  /// The first term that reads more of the teacher than its logits.
  func intermediateTerm() throws -> String? {
    try recipe.stages.flatMap(\.terms).first { try TermTable.entry($0.kind).needsIntermediates }?.kind
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
        return (try TermTable.make(term, name: name, in: setting), term.weight)
      }
      let objective = DistillationObjective(
        terms: terms.map { (term: $0.0, weight: $0.1) }, teacher: teacher?.source, seed: training.seed)
      return Stage(
        name: stage.name, epochs: epochs[index],
        learningRate: stage.learningRate ?? training.learningRate ?? 5e-5, objective: objective,
        keep: stage.keep == .best ? .best : .last,
        rowCount: stage.terms.contains { $0.kind != "labels" } ? nil : labelledRows)
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

  /// The recipe with temperature, τmax, annealing unit, layer map and weights of the settings.
  private static func applied(_ settings: DistillSettings, to recipe: Recipe) throws -> Recipe {
    var recipe = recipe
    var unused = Set(settings.weights.keys)
    var (hasTemperature, hasMaxTemperature, hasLayers, anneals) = (false, false, false, false)
    for stage in recipe.stages.indices {
      for place in recipe.stages[stage].terms.indices {
        var term = recipe.stages[stage].terms[place]
        if let temperature = settings.temperature, term.temperature != nil {
          term.temperature = .constant(temperature)
          hasTemperature = true
        }
        if let steps = settings.maxTemperature, term.maxTemperature != nil {
          term.maxTemperature = steps
          hasMaxTemperature = true
        }
        if let unit = settings.annealBy, try TermTable.entry(term.kind).anneals {
          term.annealBy = unit
          anneals = true
        }
        if let map = settings.layerMap, try TermTable.entry(term.kind).layers != nil {
          term.layers = map
          hasLayers = true
        }
        if let weight = settings.weights[term.kind] {
          term.weight = .constant(weight)
          unused.remove(term.kind)
        }
        recipe.stages[stage].terms[place] = term
      }
    }
    for (isGiven, isUsed, name) in [
      (settings.temperature != nil, hasTemperature, "temperature"),
      (settings.maxTemperature != nil, hasMaxTemperature, "max_temperature"),
      (settings.annealBy != nil, anneals, "anneal_by"),
      (settings.layerMap != nil, hasLayers, "layer_map"),
    ] where isGiven && !isUsed {
      throw DistillationError.settings("the method \(recipe.name) has no term that \(name) would change")
    }
    if let name = unused.sorted().first {
      let kinds = Set(recipe.stages.flatMap(\.terms).map(\.kind)).sorted().joined(separator: ", ")
      throw DistillationError.settings(
        "the method \(recipe.name) has no term \(name) to give a weight; it has \(kinds)")
    }
    return recipe
  }
}
