import ArgumentParser

/// Which layers of a larger model a student begins as.
struct LayerChoiceOptions: ParsableArguments {
  @Option(
    name: .customLong("student-layers"),
    help: ArgumentHelp(
      "Or these layers of the teacher, such as 1,3,5; with a shape too, cut to its width.", valueName: "list")
  )
  var layers: IntegerList?

  @Option(
    name: .customLong("student-from"),
    help: ArgumentHelp(
      "The checkpoint that --student-layers takes them from, instead of the teacher.", valueName: "dir"),
    completion: .directory)
  var origin: String?

  func validate() throws {
    if let layer = layers?.values.first(where: { $0 < 1 }) {
      throw ValidationError("--student-layers: layers are counted from 1, not \(layer).")
    }
    if origin != nil && layers == nil {
      throw ValidationError("--student-from goes with --student-layers.")
    }
  }
}

/// Integers with commas between them.
struct IntegerList: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = parts.compactMap { $0 }
    if numbers.count != parts.count { return nil }
    values = numbers
  }
}
