import Files
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// YAML settings: exact numbers, lines of what cannot be, layers of settings.
@Suite struct FinetuneSettingsFileTests {
  private func tree(_ text: String) throws -> SettingsTree {
    try withTemporaryDirectory { folder in
      try Files.write(text, to: folder + "/settings.yaml")
      return try SettingsTree(file: folder + "/settings.yaml")
    }
  }

  private func message(_ text: String) -> String {
    do {
      let settings = try tree(text).decode(FinetuneSettings.self)
      return "nothing was refused: \(settings)"
    } catch { return "\(error)" }
  }

  @Test func numbersKeepTheirLastBit() throws {
    var settings = FinetuneSettings(task: "RTE", output: "a: b #c")
    settings.training.learningRate = 0.1 + 0.2
    settings.training.adamEpsilon = 1e-300 / 3
    settings.training.adamBeta2 = 1.0.nextDown
    settings.training.seed = .max
    let text = try SettingsFile.text(settings, heading: ["first", "second"])
    #expect(text.hasPrefix("# first\n# second\ntask: RTE\n"))
    #expect(try tree(text).decode(FinetuneSettings.self) == settings)
  }

  /// YAML 1.1, as PyYAML resolves plain scalars: a float has a point and a signed exponent, or it is a text.
  @Test func numbersAreNumbersToEveryReaderOfYAML() throws {
    var settings = FinetuneSettings(task: "RTE", output: "x")
    for value in [
      1e-8, 1.5e-8, 1e-300 / 3, .leastNonzeroMagnitude, 0.1 + 0.2, 1e22, 1.25e30, 1e15, 1e16, 1e17,
      123456789.125, 2e-5,
    ] {
      settings.training.adamEpsilon = value
      settings.training.learningRate = 7e-300
      let text = try SettingsFile.text(settings)
      for key in ["adam_epsilon", "learning_rate"] {
        let line = try #require(text.split(separator: "\n").first { $0.contains(key + ":") })
        let number = line.split(separator: " ").last ?? ""
        let isFloat = number.wholeMatch(of: /[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?/) != nil
        let isWhole = number.wholeMatch(of: /[-+]?(?:0|[1-9][0-9_]*)/) != nil
        #expect(isFloat || isWhole, "\(line)")
      }
      #expect(try tree(text).decode(FinetuneSettings.self) == settings)
    }
    settings.training.adamEpsilon = 1e-8
    #expect(try SettingsFile.text(settings).contains("adam_epsilon: 1.0e-8\n"))
  }

  @Test(arguments: [
    ("task: RTE\nmodle: x\n", "settings.yaml:2: there is no setting modle; did you mean model?"),
    ("training:\n  seed: 1\n  warmup: 3\n", ":3: there is no setting training.warmup; there are "),
    ("task: RTE\ntraining:\n  batch_size: x\n", ":3: training.batch_size: expected a whole number"),
    ("task: RTE\ntraining: 3\n", ":2: training: expected names with values"),
    ("task: RTE\ntask: CoLA\n", "task stands here twice"),
    ("task: [RTE\n", "settings.yaml:2: this is not YAML"),
    ("- RTE\n", "settings.yaml:1: expected names with values"),
    ("task: RTE\nmodel: a\u{1}b\n", "settings.yaml:2: this is not YAML: control characters are not allowed"),
    ("\"a\\nb\": 1\n", "settings.yaml:1: there is no setting a\\nb; there are"),
    ("task:\n  " + String(repeating: "[", count: 65), "settings.yaml:2: more than 64 brackets are open"),
    (String(repeating: "#", count: 262_145), "settings.yaml: 262145 bytes, and settings have at most 262144"),
    (
      Self.aliases(of: 10, levels: 6, last: "model: *a6"),
      "settings.yaml:5: aliases stand for more than 100000 values"
    ),
    (
      Self.aliases(of: 10, levels: 6, last: "? *a6\n: 1"),
      "settings.yaml:5: aliases stand for more than 100000 values"
    ),
    (
      String(repeating: "x", count: 990) + ": 1",
      "settings.yaml:1: there is no setting \(String(repeating: "x", count: 980))…"
    ),
  ])
  func whatCannotBeIsNamedWithItsLine(text: String, expected: String) {
    let message = message(text)
    #expect(message.contains(expected))
  }

  /// Lists of aliases to lists of aliases, each a line, and a last line.
  private static func aliases(of count: Int, levels: Int, last: String) -> String {
    (1...levels).map { level in
      let element = level == 1 ? "1" : "*a\(level - 1)"
      return "l\(level): &a\(level) [\(Array(repeating: element, count: count).joined(separator: ", "))]\n"
    }.joined() + last + "\n"
  }

  @Test func anchorsAndAliasesAreWhatTheyStandFor() throws {
    let text =
      "below: &all {seed: 3, \"*\": \"* &all *\"}\nabove: *all # * *all\nlist: [&all 5, *all, *all]\n"
    let settings = try tree(text)
    #expect(try settings["above"]?["seed"]?.decode(Int.self) == 3)
    #expect(try settings["above"]?["*"]?.decode(String.self) == "* &all *")
    #expect(try settings["list"]?.decode([Int].self) == [5, 5, 5])
    #expect(
      try tree("a: \(String(repeating: "[", count: 64))\(String(repeating: "]", count: 64))\n").keys == ["a"])
  }

  @Test func emptyFilesAndNothingAreDefaults() throws {
    #expect(try tree("").decode(FinetuneSettings.self) == FinetuneSettings(task: "", output: ""))
    #expect(try tree("task: RTE\nmodel: null\n").decode(FinetuneSettings.self).model == nil)
  }

  @Test func overlaysGoKeyByKey() throws {
    let below = try tree("a: {b: 1, c: 2}\nd: [1, 2]\n")
    let whole = below.overlaid(with: try tree("a: {c: 3}\nd: [4]\ne: 5\n"))
    #expect(try whole["a"]?.decode([String: Int].self) == ["b": 1, "c": 3])
    #expect(try whole["d"]?.decode([Int].self) == [4])
    #expect(try whole["e"]?.decode(Int.self) == 5)
    #expect(whole.keys == ["a", "d", "e"])
  }

  @Test func nearestNames() {
    let known = ["temperature", "task", "teacher"]
    #expect(NearestName.of("temprature", in: known) == "temperature")
    #expect(NearestName.of("taks", in: known) == "task" && NearestName.of("tusk", in: known) == "task")
    #expect(NearestName.of("student", in: known) == nil)
  }
}
