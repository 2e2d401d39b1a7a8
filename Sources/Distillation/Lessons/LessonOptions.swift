import GLUE
import Training

/// What a lesson can be told: a value with defaults, which refuses what it does not know.
protocol LessonOptions: Decodable {
  /// The names in recipes.
  associatedtype CodingKeys: CodingKey & CaseIterable
  /// Throws `DistillationError.settings` for values that cannot be.
  func validate() throws
  /// The names that change nothing where the task asks for a score.
  static var idleWithScores: Set<String> { get }
}

extension LessonOptions {
  /// What softens and compares probabilities, of which a score has none.
  static var idleWithScores: Set<String> { ["temperature", "divergence"] }
}

extension NamedSettings {
  /// The settings of a lesson, checked.
  func options<Options: LessonOptions>(_ type: Options.Type) throws -> Options {
    let options = try decode(type)
    do {
      try options.validate()
    } catch DistillationError.settings(let reason) {
      throw DistillationError.settings("the lesson \(name): \(reason)")
    }
    return options
  }

  /// The same for a task; refuses what changes nothing in it.
  func options<Options: LessonOptions>(_ type: Options.Type, for task: GLUETask) throws -> Options {
    if task.isRegression, let name = names.sorted().first(where: Options.idleWithScores.contains) {
      throw DistillationError.settings(
        "\(task.name) asks for a score, and \(name) of the lesson \(self.name) is for classes: leave it out")
    }
    if task.isMultiLabel {
      throw DistillationError.settings(
        "the lesson \(name) is for rows of one label, and those of \(task.name) may have several: choose a method of terms, "
          + "such as kd")
    }
    return try options(type)
  }
}

/// Throws unless a number lies in a range, naming both.
func requireSetting<Value: Comparable>(_ name: String, _ value: Value, in range: some RangeExpression<Value>)
  throws
{
  if !range.contains(value) {
    throw DistillationError.settings("\(name) must be in \(range), not \(value)")
  }
}
