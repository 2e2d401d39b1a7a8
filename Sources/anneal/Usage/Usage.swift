import ArgumentParser

/// Checks of arguments before anything is read.
enum Usage {
  /// Runs a check; what it throws becomes wrong usage, said of an option.
  static func check(_ option: String? = nil, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ValidationError {
      throw error
    } catch {
      var text = "\(error)"
      for key in settings { text = text.replacing(key, with: "--" + key.replacing("_", with: "-")) }
      // A shape is what the option says already.
      if let option, text.hasPrefix("shape: ") { text = text.replacing("shape:", with: option + ":") }
      throw ValidationError(option == nil || text.hasPrefix("--") ? text : "\(option ?? ""): \(text)")
    }
  }

  /// Settings of a distillation that errors name, and options set under other words.
  private static let settings = [
    "stage_epochs", "teacher_weights", "max_temperature", "layer_map", "anchor_threshold",
    "uncertainty_passes",
  ]

  /// Throws unless a count is at least `least`, and no larger than any that can be computed with.
  static func check(_ option: String, _ value: Int?, from least: Int = 1) throws {
    guard let value, !(least...largestCount).contains(value) else { return }
    throw ValidationError("\(option) must be from \(least) to \(largestCount), not \(value).")
  }

  /// As for the settings of a run: sums and products of two counts are numbers still.
  private static let largestCount = 1 << 30
}
