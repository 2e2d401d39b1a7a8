import ArgumentParser
import Runs

/// Whether and how wrong labels are looked for.
struct LabelIssueOptions: ParsableArguments {
  @Flag(
    help: """
      Look for labels that are likely wrong: rows of which models of the other rows are sure that they are of another \
      label. Trains --folds models as the run would.
      """)
  var labelIssues = false

  @Option(
    help: ArgumentHelp("Models to train, each on the rows of the other folds. (default: 4)", valueName: "n"))
  var folds: Int?

  @Option(help: ArgumentHelp("Rows to name, the worst first. (default: 20)", valueName: "n"))
  var worst: Int?

  @Option(
    help: ArgumentHelp(
      "Answers of models that did not learn from the rows, as distill --teacher-answers takes them, in place of training "
        + "any. May be given several times.", valueName: "file"),
    completion: .file(extensions: ["tsv", "csv", "jsonl", "gz"]))
  var labelAnswers: [String] = []

  func validate() throws {
    if !labelIssues && (folds != nil || worst != nil || !labelAnswers.isEmpty) {
      throw ValidationError("--folds, --worst and --label-answers go with --label-issues.")
    }
    if let folds, !(2...100).contains(folds) {
      throw ValidationError("--folds must be from 2 to 100, not \(folds).")
    }
    if let worst, !(0...1_000_000).contains(worst) {
      throw ValidationError("--worst must be from 0 to 1000000, not \(worst).")
    }
    if folds != nil && !labelAnswers.isEmpty {
      throw ValidationError("--label-answers takes the place of --folds: give one of them.")
    }
  }

  /// What is asked for; nil where nothing is.
  var request: LabelDoctor.Request? {
    guard labelIssues else { return nil }
    var request = LabelDoctor.Request()
    request.folds = folds ?? request.folds
    request.worst = worst ?? request.worst
    request.answers = labelAnswers
    return request
  }
}
