import ArgumentParser

/// `anneal vocab`: what concerns vocabularies.
struct VocabCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vocab", abstract: "Make a WordPiece vocabulary from text, or give one more words.",
    subcommands: [VocabTrainCommand.self, VocabExtendCommand.self])
}
