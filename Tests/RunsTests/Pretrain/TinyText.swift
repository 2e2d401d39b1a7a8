import Files
import Runs
import Tensors
import Training

/// A few hundred made-up sentences in which a word tells the next, with their vocabulary, for runs of a second.
struct TinyText {
  let folder: String
  var text: String { folder + "/text.txt" }
  var vocabulary: String { folder + "/vocab.txt" }

  private static let nouns = ["cat", "dog", "bird", "fish", "horse", "sheep"]
  private static let verbs = ["runs", "barks", "sings", "swims", "jumps", "sleeps"]
  private static let places = ["home", "away", "fast", "well", "far", "long"]

  init(in folder: String, lines: Int = 240) throws {
    self.folder = folder
    let tokens =
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "a", "."] + Self.nouns + Self.verbs + Self.places
    try Files.write(tokens.joined(separator: "\n") + "\n", to: vocabulary)
    try Files.write(Self.lines(lines, seed: 1), to: text)
  }

  /// Sentences whose noun decides verb and place.
  static func lines(_ count: Int, seed: UInt64) -> String {
    let random = CounterRandom(seed: seed, purpose: .init("tiny text"))
    return (0..<count).map { line in
      let noun = Int(random.below(6, UInt64(2 * line)))
      let article = random.below(2, UInt64(2 * line + 1)) == 0 ? "the" : "a"
      return "\(article) \(nouns[noun]) \(verbs[noun]) \(places[noun]) .\n"
    }.joined()
  }

  func settings(output: String, method: String = "mlm") -> PretrainSettings {
    var settings = PretrainSettings(text: [text], output: folder + "/" + output)
    settings.method = method
    settings.shape = "2x24x2"
    settings.vocabulary = vocabulary
    settings.devShare = 0.1
    settings.training.batchSize = 8
    settings.training.maxLength = 20
    settings.training.epochs = 2
    settings.training.learningRate = 3e-3
    return settings
  }
}
