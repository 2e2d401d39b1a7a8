import BERT
import Files
import FoundationEssentials
import Tensors
import TestSupport
import Testing

@testable import Distillation
@testable import Runs
@testable import Training

/// Terms own their settings, and a table with more terms is a value.
@Suite struct TermTableTests {
  private func message(_ terms: String) throws -> String {
    try withTemporaryDirectory { folder in
      let text =
        "task: RTE\nrecipe:\n  name: r\n  stages:\n  - name: s\n    terms:\n    - {kind: labels}\n\(terms)\n"
      try Files.write(text, to: folder + "/s.yaml")
      do {
        _ = try RecipeStages(
          SettingsFile.read(DistillSettings.self, from: folder + "/s.yaml"), with: .standard)
        return "nothing was refused"
      } catch { return "\(error)" }
    }
  }

  @Test(arguments: [
    ("    - {kind: labels, margin: 2}", "s.yaml:8: there is no setting recipe.stages."),
    ("    - {kind: labels, wieght: 2}", "wieght; did you mean weight?"),
    ("    - kind: kl\n      temprature: 2", "s.yaml:9: there is no setting"),
    ("    - kind: kl\n      temprature: 2", "did you mean temperature?"),
    ("    - {kind: kl, layers: uniform}", "s.yaml:8"), ("    - {kind: rail, form: concat}", "s.yaml:8"),
    ("    - {kind: annealed_mse, anneal_by: stage}", "s.yaml:8"),
    ("    - {kind: klx, temperature: 2}", "there is no term 'klx'; did you mean kl?"),
  ])
  func whatATermDoesNotHaveIsRefusedWithItsLine(terms: String, said: String) throws {
    let found = try message(terms)
    #expect(found.contains(said), "\(found)")
  }

  /// Every name that a kind has is read, written and found again; every other name of any kind is refused.
  @Test(arguments: TermTable.standard.entries.map(\.kind))
  func namesAreThoseOfTheKind(kind: String) throws {
    let values = [
      "temperature": "2", "max_temperature": "3", "anneal_by": "\"step\"", "layers": "\"1:1\"",
      "project": "true",
      "normalize": "false", "margin": "0.5", "relation_heads": "2", "projection_size": "4",
      "form": "\"concatenated\"", "top_k": "3", "power": "2", "correct_probability": "0.7", "decay": "0.25",
      "compare": "\"difference\"", "iterations": "3",
      "distance": "\"mse\"", "pooling": "\"cls\"",
      "passes": "4", "discount": "0.5", "dropout": "0.25",
    ]
    let entry = try TermTable.standard.entry(kind)
    #expect(Set(values.keys).isSuperset(of: entry.settings))
    for (name, value) in values {
      let text = "{\"kind\": \"\(kind)\", \"weight\": 1, \"\(name)\": \(value)}"
      func read() throws -> TermSettings {
        try JSONDecoder().decode(TermSettings.self, from: Data(text.utf8))
      }
      if entry.settings.contains(name) {
        let term = try read()
        let again = try JSONDecoder().decode(TermSettings.self, from: JSONEncoder().encode(term))
        #expect(again == term && term != TermSettings(kind))
        #expect(try JSONValue(of: term) == JSON.decode(JSONValue.self, from: Array(text.utf8), path: ""))
      } else {
        #expect(throws: TrainingError.self, "\(name)") { try read() }
      }
    }
  }

  // MARK: A term from outside

  /// The mean over rows of `scale |z_s|²`: of no use, and asks no teacher.
  final class SmallLogitsTerm: DistillationTerm {
    let name: String
    let scale: Double
    let studentRequest = OutputRequest()

    init(name: String, scale: Double) { (self.name, self.scale) = (name, scale) }

    func evaluate(_ context: TermContext) throws -> Double {
      guard let logits = context.student.logits, let gradient = context.gradient.logits else { return 0 }
      let mean = scale / Double(context.batch.totals.sequences)
      var sum = 0.0
      for row in 0..<logits.rows {
        for i in 0..<logits.columns {
          sum += mean * Double(logits[row, i] * logits[row, i])
          gradient[row, i] += Float(context.weight * mean * 2) * logits[row, i]
        }
      }
      return sum
    }
  }

  struct SmallLogitsOptions: TemperatureOptions {
    var scale: Double?
    var temperature: Schedule?
    enum CodingKeys: String, CodingKey, CaseIterable { case scale, temperature }
    init() {}
    init(scale: Double) { self.scale = scale }
    func validate() throws {
      if !((scale ?? 1) > 0) { throw DistillationError.settings("the scale must be above 0") }
    }
  }

  static let table =
    TermTable.standard + [
      TermEntry(kind: "small_logits", summary: "small logits", needsTeacher: false) {
        (options: SmallLogitsOptions, surroundings) in
        SmallLogitsTerm(name: surroundings.name, scale: options.scale ?? 1)
      }
    ]

  private static func settings(_ term: TermSettings) -> DistillSettings {
    var settings = DistillSettings(task: "SST-2", output: "x")
    settings.recipe = Recipe(
      name: "mine", summary: "", paper: "", stages: [StageRecipe("s", terms: [TermSettings("labels"), term])])
    return settings
  }

  @Test func aTermFromOutsideIsUsedByItsKind() throws {
    let config = BertConfig(
      vocabSize: 20, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 16)
    let setting = TermTable.Setting(student: config, teacher: nil, isRegression: false)
    let inCode = Self.settings(TermSettings("small_logits", weight: 0.5, SmallLogitsOptions(scale: 3)))
    // As a file holds it, which knows the standard kinds alone.
    let text = try inCode.text(with: MethodTables(terms: Self.table))
    #expect(text.contains("kind: small_logits") && text.contains("scale: 3"))
    let read = try withTemporaryDirectory { folder in
      try Files.write(text, to: folder + "/s.yaml")
      return try SettingsFile.read(DistillSettings.self, from: folder + "/s.yaml")
    }
    #expect(read == (try JSONDecoder().decode(DistillSettings.self, from: JSONEncoder().encode(read))))
    for settings in [inCode, read] {
      let stages = try RecipeStages(settings, with: MethodTables(terms: Self.table))
      #expect(!stages.needsTeacher)
      let term = try stages.tables.terms.make(stages.recipe.stages[0].terms[1], name: "mine", in: setting)
      #expect((term as? SmallLogitsTerm)?.scale == 3)
      #expect(throws: DistillationError.self) { try RecipeStages(settings, with: .standard) }
    }
    var hot = inCode
    hot.temperature = 4
    let options = try Self.table.options(
      of: RecipeStages(hot, with: MethodTables(terms: Self.table)).recipe.stages[0].terms[1])
    #expect((options as? SmallLogitsOptions)?.temperature == 4)
    // Too small a scale, and options of another kind.
    for (kind, scale) in [("small_logits", 0.0), ("kl", 1)] {
      #expect(throws: (any Error).self, "\(kind)") {
        let bad = Self.settings(TermSettings(kind, SmallLogitsOptions(scale: scale)))
        let stages = try RecipeStages(bad, with: MethodTables(terms: Self.table))
        _ = try stages.tables.terms.make(
          stages.recipe.stages[0].terms[1], name: "mine",
          in: TermTable.Setting(student: config, teacher: config, isRegression: false))
      }
    }
  }

  // MARK: Relation heads

  @Test func relationHeadsFitEveryPairOfModels() throws {
    #expect(RelationOptions.heads((student: 768, teacher: 768)) == 48)
    #expect(RelationOptions.heads((student: 384, teacher: 768)) == 48)
    #expect(RelationOptions.heads((student: 312, teacher: 768)) == 24)
    #expect(RelationOptions.heads((student: 384, teacher: 384)) == 12)
    #expect(RelationOptions.heads((student: 48, teacher: 64)) == 8)
    for student in 1...64 {
      for teacher in 1...64 {
        let heads = RelationOptions.heads((student: student, teacher: teacher))
        #expect(student % heads == 0 && teacher % heads == 0 && heads <= 12)
      }
    }
  }

  @Test func relationHeadsAreWrittenIntoTheSettings() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher", shape: "2x32x4")) { _ in }
      var settings = task.distill(output: "student", method: "minilm")
      settings.student = "2x24x3"
      _ = try Distill.run(settings) { _ in }
      let written = try SettingsFile.read(
        DistillSettings.self, from: RunFolder(settings.output).settings)
      let terms = try #require(written.recipe).stages.flatMap(\.terms)
      let options = try terms.map { try TermTable.standard.options(of: $0) }
      #expect(options.compactMap { ($0 as? RelationOptions)?.relationHeads } == [8])
    }
  }
}
