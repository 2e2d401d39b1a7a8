import ArgumentParser
import Files

/// `anneal manual`: hidden from the list of commands, for those who package the program.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Write the manual pages, one for each command.",
    discussion: """
      They hold what --help says, for man(1).

      Example: anneal manual --output share/man/man1
      """, shouldDisplay: false)

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder for the pages.", valueName: "dir"),
    completion: .directory)
  var output: String

  func run() throws {
    for page in Self.pages(of: Anneal.self, above: []) {
      try Files.write(page.text, to: "\(output)/\(page.name).1")
    }
  }

  /// The pages of a command and of all that stand under it.
  private static func pages(of command: any ParsableCommand.Type, above: [String]) -> [ManualPage] {
    let configuration = command.configuration
    let words = above + [configuration.commandName ?? "anneal"]
    let below = (configuration.ungroupedSubcommands + configuration.groupedSubcommands.flatMap(\.subcommands))
      .filter { $0.configuration.shouldDisplay }
    let names = below.map { (words + [$0.configuration.commandName ?? ""]).joined(separator: "-") }
    let page = ManualPage(
      command: words, help: Anneal.helpMessage(for: command, columns: 100_000),
      related: names.isEmpty ? [above.joined(separator: "-")] : names)
    return [page] + below.flatMap { pages(of: $0, above: words) }
  }
}
