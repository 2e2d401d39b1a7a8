import ArgumentParser
import Files
import Training

/// What is said of arguments that make no command: what is misspelt first, for what is missing may follow from it.
struct WrongUsage {
  private let arguments: [String]
  /// The command that the arguments name, as far as they name one.
  private var shape: CommandShape?
  private var type: any ParsableCommand.Type = Anneal.self
  /// Where the arguments of that command begin.
  private var start = 0
  private var words = ["anneal"]

  /// Looks for the command that arguments are for.
  init(_ arguments: [String]) {
    self.arguments = arguments
    shape = try? CommandShape.ofProgram()
    for (index, word) in arguments.enumerated() {
      guard let next = shape?.subcommands?.first(where: { $0.commandName == word }),
        let command = Self.commands(under: type).first(where: { $0.configuration.commandName == word })
      else { break }
      (shape, type, start) = (next, command, index + 1)
      words.append(word)
    }
  }

  private static func commands(under type: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
    type.configuration.ungroupedSubcommands + type.configuration.groupedSubcommands.flatMap(\.subcommands)
  }

  /// An error where a word or the value of an option is empty, as a variable of a shell that is not set leaves it.
  static func emptyValue(in arguments: [String]) -> ValidationError? {
    var before: String?
    for word in arguments {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if word.hasPrefix("--"), parts.count == 2, parts[1].isEmpty { before = String(parts[0]) }
      if word.isEmpty || (before.map { word == $0 + "=" } ?? false) {
        return ValidationError(
          before.map { "The value after '\($0.onOneLine)' is empty." } ?? "The first argument is empty.")
      }
      before = word
    }
    return nil
  }

  /// The whole message for an error of parsing or of validating: what is wrong, then the usage.
  func text(for error: any Error) -> String {
    var text = whole(for: error)
    // The parser quotes words as they were given, which may steer a terminal.
    for word in arguments.flatMap({ [$0] + $0.split(separator: "=", maxSplits: 1).map(String.init) })
    where word != word.onOneLine {
      text = text.replacing(word, with: word.onOneLine)
    }
    return text
  }

  private func whole(for error: any Error) -> String {
    if let misspelling { return "Error: \(misspelling)\n" + usage }
    if Anneal.exitCode(for: error) == .validationFailure, !(error is ValidationError) {
      return Anneal.fullMessage(for: error)
    }
    // What a validator throws of its own, and what a command finds when it runs, has no usage yet.
    return "Error: \(Anneal.message(for: error))\n" + usage
  }

  private var usage: String {
    "Usage: " + Anneal.usageString(for: type).replacing("\n", with: "\n       ")
      + "\n  See '\(words.joined(separator: " ")) --help' for more information."
  }

  /// The first word that stands where a command would, and is none.
  var unknownCommand: String? {
    guard let names = shape?.subcommands?.map(\.commandName),
      let word = arguments[start...].first(where: { !$0.hasPrefix("-") }), !names.contains(word)
    else { return nil }
    return unknown("command", word, in: names)
  }

  /// The first word that is no command, or the first option that the command does not have.
  private var misspelling: String? {
    guard let shape else { return nil }
    let known = ["--help", "-h"] + (words.count == 1 ? ["--version", "--generate-completion-script"] : [])
    let rest = arguments[start...]
    if let unknownCommand { return unknownCommand }
    if shape.subcommands != nil, let word = rest.first(where: { !$0.hasPrefix("-") }) {
      return misplaced(before: word)
    }
    for word in rest {
      if word == "--" { break }
      guard word.hasPrefix("--") else { continue }
      let name = String(word.prefix { $0 != "=" })
      if !(known + shape.optionNames).contains(name) { return unknown("option", name, in: shape.optionNames) }
    }
    return nil
  }

  private func misplaced(before word: String) -> String? {
    arguments[start...].first { $0.hasPrefix("-") }.map {
      "The option '\($0.onOneLine)' stands before the command \(word): options follow their command."
    }
  }

  private func unknown(_ kind: String, _ name: String, in known: [String]) -> String {
    "Unknown \(kind) '\(name.onOneLine)'."
      + (NearestName.of(name, in: known).map { " Did you mean '\($0)'?" } ?? "")
  }

  /// The arguments with negative numbers tied to the options before them, which the parser takes for options
  /// themselves: `--epochs -1` as `--epochs=-1`; nil where there are none.
  var withTiedNumbers: [String]? {
    guard let shape else { return nil }
    var tied: [String] = []
    for word in arguments {
      if word.hasPrefix("-"), Double(word) != nil || Int(word.prefix { $0 != "," }) != nil,
        let last = tied.last, shape.argument(last)?.takesValue == true
      {
        tied[tied.count - 1] = last + "=" + word
      } else {
        tied.append(word)
      }
    }
    return tied.count < arguments.count ? tied : nil
  }
}
