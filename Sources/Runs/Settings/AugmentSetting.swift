public import Augmentation
public import GLUE
import Training

/// Which text is made of a run's rows: what is usual for its kind of task, or what a recipe says.
///
/// In settings it is `auto`, the path of a recipe's file, or the recipe itself; a run records the recipe itself.
public enum AugmentSetting: Sendable, Equatable {
  /// `AugmentationRecipe.auto`.
  case auto
  /// A recipe.
  case recipe(AugmentationRecipe)

  /// `auto`, or the recipe in the file of that path; throws where there is none, with file and line.
  public init(named name: String) throws {
    self = name == "auto" ? .auto : .recipe(try SettingsFile.read(AugmentationRecipe.self, from: name))
  }

  /// The recipe for rows of a task.
  public func recipe(for task: GLUETask, rows: Int) -> AugmentationRecipe {
    switch self {
    case .auto: .auto(for: task, rows: rows)
    case .recipe(let recipe): recipe
    }
  }

  /// Names the model of a run wherever the run's folder is given for it.
  mutating func resolveModels() {
    guard case .recipe(var recipe) = self else { return }
    for step in recipe.steps.indices {
      recipe.steps[step].model = recipe.steps[step].model.map(RunFolder.model(at:))
    }
    self = .recipe(recipe)
  }

  /// The files and folders that it reads.
  var sources: [String] {
    if case .recipe(let recipe) = self { recipe.files + recipe.steps.compactMap(\.model) } else { [] }
  }
}

extension AugmentSetting: Codable {
  /// Reads a name, or a recipe.
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      try self.init(named: name)
    } else {
      self = .recipe(try AugmentationRecipe(from: decoder))
    }
  }

  /// Writes `auto`, or the recipe.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .auto:
      var value = encoder.singleValueContainer()
      try value.encode("auto")
    case .recipe(let recipe): try recipe.encode(to: encoder)
    }
  }
}
