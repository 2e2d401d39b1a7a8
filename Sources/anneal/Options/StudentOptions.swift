import ArgumentParser

/// What the student is.
struct StudentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A shape LxHxA or LxHxAxI with random weights, or a checkpoint's folder.", valueName: "shape"))
  var student: String?

  @Option(
    name: .customLong("student-layers"),
    help: ArgumentHelp("Or these layers of the teacher, such as 1,3,5.", valueName: "list"))
  var layers: IntegerList?

  @Option(
    help: ArgumentHelp("The student's vocabulary, where it is not the teacher's.", valueName: "file"),
    completion: .file())
  var vocab: String?
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
