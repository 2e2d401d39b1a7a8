import Distillation
import Training

/// What settings change of a recipe: temperature, τmax, where it anneals, layer maps, weights.
struct RecipeChanges {
  private let settings: DistillSettings
  private let table: TermTable

  init(_ settings: DistillSettings, _ table: TermTable) { (self.settings, self.table) = (settings, table) }

  /// The changed recipe, with options of the types of its kinds; throws for a change that no term heeds.
  func applied(to recipe: Recipe) throws -> Recipe {
    var recipe = recipe
    var heeded: Set<String> = []
    var unused = Set(settings.weights.keys)
    for stage in recipe.stages.indices {
      if let rows = settings.rows { recipe.stages[stage].rows = rows }
      for place in recipe.stages[stage].terms.indices {
        let term = recipe.stages[stage].terms[place]
        var options = try table.options(of: term)
        change(&options, &heeded)
        let weight = settings.weights[term.kind].map { Schedule.constant($0) }
        if weight != nil { unused.remove(term.kind) }
        recipe.stages[stage].terms[place] = TermSettings(term.kind, weight: weight ?? term.weight, options)
      }
    }
    if let changes = settings.lesson, !changes.isEmpty {
      if !recipe.stages.contains(where: { $0.lesson != nil }) {
        throw DistillationError.settings(
          "the method \(recipe.name) has no lesson that \(changes.keys.sorted().joined(separator: ", ")) would change"
        )
      }
      for stage in recipe.stages.indices {
        recipe.stages[stage].lesson = recipe.stages[stage].lesson?.overlaid(with: changes)
      }
    }
    for (name, isGiven) in [
      ("temperature", settings.temperature != nil), ("max_temperature", settings.maxTemperature != nil),
      ("anneal_by", settings.annealBy != nil), ("layer_map", settings.layerMap != nil),
      ("uncertainty_passes", settings.uncertaintyPasses != nil),
    ] where isGiven && !heeded.contains(name) {
      throw DistillationError.settings("the method \(recipe.name) has no term that \(name) would change")
    }
    if let name = unused.sorted().first {
      let kinds = Set(recipe.stages.flatMap(\.terms).map(\.kind)).sorted().joined(separator: ", ")
      throw DistillationError.settings(
        "the method \(recipe.name) has no term \(name) to give a weight; it has \(kinds)")
    }
    return recipe
  }

  /// Changes what the options have of what the settings name, and says what that was.
  private func change(_ options: inout any TermOptions, _ heeded: inout Set<String>) {
    if let temperature = settings.temperature, var changed = options as? any TemperatureOptions {
      changed.temperature = .constant(temperature)
      options = changed
      heeded.insert("temperature")
    }
    if var changed = options as? any AnnealingOptions {
      if let steps = settings.maxTemperature {
        changed.maxTemperature = steps
        heeded.insert("max_temperature")
      }
      if let unit = settings.annealBy {
        changed.annealBy = unit
        heeded.insert("anneal_by")
      }
      options = changed
    }
    if let passes = settings.uncertaintyPasses, var changed = options as? any UncertaintyOptions {
      changed.passes = passes
      options = changed
      heeded.insert("uncertainty_passes")
    }
    if let map = settings.layerMap, var changed = options as? any LayerOptions {
      changed.layers = map
      options = changed
      heeded.insert("layer_map")
    }
  }
}
