import ArgumentParser
import Files
import Glibc
import Testing

@testable import anneal

extension Anneal {
  /// The names of all commands that do something, such as `vocab train`.
  fileprivate static var commandNames: [String] { names(under: configuration, prefix: []) }

  private static func names(under configuration: CommandConfiguration, prefix: [String]) -> [String] {
    let commands =
      configuration.ungroupedSubcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
    return commands.flatMap { command -> [String] in
      let own = prefix + [command._commandName]
      let below = names(under: command.configuration, prefix: own)
      return below.isEmpty ? [own.joined(separator: " ")] : below
    }
  }
}

@Suite struct HelpTests {
  private static let commands = [""] + Anneal.commandNames

  /// The help of every command is what was last agreed on; `ANNEAL_RECORD_SNAPSHOTS=1` agrees on what it is now.
  @Test(arguments: commands)
  func helpIsAsRecorded(command: String) throws {
    let arguments = command.split(separator: " ").map(String.init) + ["--help"]
    let outcome = try Program.run(arguments, environment: ["COLUMNS": "100"])
    #expect(outcome.status == 0)
    #expect(outcome.error.isEmpty)
    let name = command.isEmpty ? "anneal" : "anneal-" + command.split(separator: " ").joined(separator: "-")
    try expectSnapshot(outcome.output, "help/\(name).txt")
  }

  @Test(arguments: commands.dropFirst())
  func helpShowsAWorkedExample(command: String) throws {
    let arguments = command.split(separator: " ").map(String.init) + ["--help"]
    let help = try Program.run(arguments).output
    #expect(help.contains("Example: ") && help.contains("anneal \(command) "))
  }

  @Test func versionNamesTheLibraries() throws {
    let outcome = try Program.run(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("anneal "))
    for part in ["OpenBLAS ", "utf8proc ", "row kernels "] {
      #expect(outcome.output.contains(part), "\(part)is missing in \(outcome.output)")
    }
  }

  /// The commit that the build was told of, as `make test` does; none where it was told of none.
  @Test(.enabled(if: getenv("ANNEAL_COMMIT") != nil))
  func versionNamesTheCommit() throws {
    let commit = getenv("ANNEAL_COMMIT").map { String(cString: $0) } ?? ""
    let first = try #require(try Program.run(["--version"]).output.split(separator: "\n").first)
    #expect(first.hasSuffix(commit.isEmpty ? Version.number : ", commit \(commit)"), "\(first)")
  }

  /// Compares with a file of this folder, which is written where it is missing or is to be recorded anew.
  private func expectSnapshot(_ text: String, _ name: String) throws {
    let path = Files.directory(of: #filePath) + "/Snapshots/" + name
    let isRecording = getenv("ANNEAL_RECORD_SNAPSHOTS").map { String(cString: $0) } == "1"
    if isRecording || !Files.exists(path) {
      try Files.write(text, to: path)
      if !isRecording { Issue.record("\(name) was missing and is written now: look at it and commit it") }
      return
    }
    let recorded = String(decoding: try Files.read(path), as: UTF8.self)
    #expect(text == recorded, "\(name) differs; ANNEAL_RECORD_SNAPSHOTS=1 records it anew")
  }
}
