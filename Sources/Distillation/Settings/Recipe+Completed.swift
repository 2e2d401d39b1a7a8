extension Recipe {
  /// The recipe with the options of each term that depend on the models filled in.
  ///
  /// Throws what the terms of the table throw where they do not fit.
  public func completed(in setting: TermTable.Setting, with terms: TermTable) throws -> Recipe {
    var recipe = self
    for stage in recipe.stages.indices {
      recipe.stages[stage].terms = try recipe.stages[stage].terms.map {
        TermSettings($0.kind, weight: $0.weight, try terms.completed($0, in: setting))
      }
    }
    return recipe
  }
}
