import ArgumentParser
import Files
import Runs
import Training

/// A sequence of tasks, in the place of one.
struct SequenceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Learn the tasks of this YAML file one after the other, each with a head and a teacher of its own, replaying \
      those before: tasks, student, method, replay_share.
      """,
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var sequence: String?

  /// Throws where something is given that the file says for each task.
  func refuse(_ others: [(name: String, isGiven: Bool)]) throws {
    if let name = others.first(where: \.isGiven)?.name {
      throw ValidationError("\(name) is for one task: with --sequence it stands in the file.")
    }
  }
}
