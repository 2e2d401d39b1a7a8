public import ArgumentParser
public import Distillation
import Runs

extension AnnealingUnit: ExpressibleByArgument {}

/// What the student learns from.
struct MethodOptions: ParsableArguments {
  @Flag(help: "List the methods by what they need, with papers and costs, and leave.")
  var listMethods = false

  @Option(
    help: ArgumentHelp(
      "The method by name; --list-methods has them all. (default: annealing-intermediate)", valueName: "name"),
    completion: .list(Recipe.all.map(\.name)))
  var method: String?

  @OptionGroup var terms: TermChangeOptions

  @Option(help: ArgumentHelp("Replaces the number of steps in which logits are annealed.", valueName: "tau"))
  var maxTemperature: Int?

  @Option(
    help: ArgumentHelp(
      "Whether the scale of annealed logits rises from epoch to epoch or from step to step. (default: epoch)")
  )
  var annealBy: AnnealingUnit?

  @Option(
    help: ArgumentHelp(
      "Replaces how many passes with dropout say how sure the teacher is; 0 for none.", valueName: "k"))
  var uncertaintyPasses: Int?

  @Option(help: ArgumentHelp("Epochs of each stage, such as 14,4.", valueName: "list"))
  var stageEpochs: IntegerList?

  @Option(
    help: ArgumentHelp(
      "What the stages read: planned, every row once an epoch, or importance, rows in need more often.",
      valueName: "name"))
  var rows: String?

  func validate() throws {
    try Usage.check("--max-temperature", maxTemperature)
    if let rows { try Usage.check("--rows") { _ = try RowTable.standard.entry(rows) } }
    if let uncertaintyPasses, uncertaintyPasses != 0 && !(2...1000).contains(uncertaintyPasses) {
      throw ValidationError("--uncertainty-passes must be 0, or from 2 to 1000, not \(uncertaintyPasses).")
    }
    if let method { try Usage.check("--method") { _ = try Recipe.named(method) } }
  }

  /// Sets what these options say; a method given here replaces one that the settings write out.
  func apply(to settings: inout DistillSettings) {
    if let method { (settings.method, settings.recipe, settings.stageEpochs) = (method, nil, nil) }
    terms.apply(
      temperature: &settings.temperature, layerMap: &settings.layerMap, weights: &settings.weights)
    if let maxTemperature { settings.maxTemperature = maxTemperature }
    if let annealBy { settings.annealBy = annealBy }
    if let uncertaintyPasses { settings.uncertaintyPasses = uncertaintyPasses }
    if let stageEpochs { settings.stageEpochs = stageEpochs.values }
    if let rows { settings.rows = NamedSettings(rows) }
  }

  /// The methods by what they need: name, what the student learns from, paper, cost; and what recipes are made of.
  static func list() throws -> String {
    var text = ""
    for needs in MethodNeeds.allCases {
      let recipes = try Recipe.all.filter { try $0.needs() == needs }
      if recipes.isEmpty { continue }
      text += "\(needs.rawValue)\n\n"
      for recipe in recipes {
        text += "\(recipe.name)\n    \(recipe.summary)\n    \(recipe.paper)\n    costs \(try recipe.cost())\n"
      }
      text += "\n"
    }
    return text + """
      Several teachers

      Any method that asks a teacher, with --teacher given several times, --teacher-seeds 5 or --anchors average
          What they say is averaged; the first one's layers are compared.
          costs the logits of all rows once for each teacher

      A sequence of tasks

      --sequence FILE
          One student learns tasks one after the other, each with a head and a teacher of its own, replaying those before.
          Chuang et al. 2020, Lifelong Language Knowledge Distillation (EMNLP)
          costs the steps of the replayed rows, and all dev rows at each evaluation

      A method is stages of weighted terms; --method kd --print-settings writes one out to be changed.
      The terms:


      """ + table(TermTable.standard.entries.map { ($0.kind, $0.summary) })
      + "\nThe lessons, which a recipe's stage names (settings: --lesson name=value):\n\n"
      + table(LessonTable.standard.entries.map { ($0.name, $0.summary) }) + "\nThe rows (--rows):\n\n"
      + table(RowTable.standard.entries.map { ($0.name, $0.summary) })
  }

  private static func table(_ lines: [(name: String, summary: String)]) -> String {
    let width = lines.map(\.name.count).max() ?? 0
    return lines.map {
      "  " + $0.name + String(repeating: " ", count: width + 2 - $0.name.count) + $0.summary + "\n"
    }.joined()
  }
}
