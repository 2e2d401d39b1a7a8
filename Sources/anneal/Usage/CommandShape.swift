import ArgumentParser
import FoundationEssentials

/// A command as the parser describes it: its options, and the commands under it.
struct CommandShape: Decodable {
  /// An option, a flag or a positional argument.
  struct Argument: Decodable {
    /// How it is written.
    struct Name: Decodable {
      let kind: String
      let name: String

      /// With its dashes.
      var written: String { (kind == "long" ? "--" : "-") + name }
    }

    let kind: String
    let isOptional: Bool
    let names: [Name]?
    let valueName: String?

    /// Whether the word after it is its value.
    var takesValue: Bool { kind == "option" }
  }

  let commandName: String
  let subcommands: [CommandShape]?
  let arguments: [Argument]?

  /// All names of options and flags, with their dashes.
  var optionNames: [String] { (arguments ?? []).flatMap { $0.names ?? [] }.map(\.written) }

  /// The whole program.
  static func ofProgram() throws -> CommandShape {
    struct Whole: Decodable { let command: CommandShape }
    return try JSONDecoder().decode(Whole.self, from: Data(Anneal._dumpHelp().utf8)).command
  }

  /// The option or flag of a name with its dashes.
  func argument(_ name: String) -> Argument? {
    arguments?.first { $0.names?.contains { $0.written == name } == true }
  }
}
