import Files
import GLUE
import Testing
import Training

@testable import Augmentation

/// Recipes as they are written, refused and chosen.
@Suite struct RecipeTests {
  private func read(_ json: String) throws -> AugmentationRecipe {
    try JSON.decode(AugmentationRecipe.self, from: Array(json.utf8), path: "recipe")
  }

  private func refusal(_ json: String) -> String {
    do {
      return "\(try read(json))"
    } catch let DecodingError.dataCorrupted(context) {
      return context.debugDescription
    } catch { return "\(error)" }
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    var step = AugmentationStep(.corrupted, rows: 1.5)
    (step.share, step.words, step.sides) = (0.3, [.swap, .drop], .both)
    var other = AugmentationStep(.other)
    other.from = ["MNLI"]
    let recipe = AugmentationRecipe(seed: 7, steps: [step, other])
    #expect(try JSON.decode(AugmentationRecipe.self, from: JSON.encode(recipe), path: "recipe") == recipe)
  }

  @Test(arguments: [
    (#"{"make": [{"kind": "corupted"}]}"#, "there is no kind 'corupted'; did you mean corrupted?"),
    (#"{"make": [{"kind": "translated"}]}"#, "there is no kind 'translated'; there are corrupted"),
    (#"{"make": [{"kind": "corrupted", "rows": -1}]}"#, "rows must be from 0 to 1000 for each row, not -1.0"),
    (#"{"make": [{"kind": "corrupted", "rows": 1e9}]}"#, "rows must be from 0 to 1000"),
    (#"{"make": [{"kind": "swapped-sides", "rows": 2}]}"#, "rows must be from 0 to 1, not 2.0"),
    (#"{"make": [{"kind": "corrupted", "share": 0}]}"#, "share must be above 0 and at most 1, not 0.0"),
    (#"{"make": [{"kind": "corrupted", "words": []}]}"#, "words must name at least one change"),
    (
      #"{"make": [{"kind": "rare-partner", "share": 0.5}]}"#,
      "there is no setting share; there are rows, sides"
    ),
    (#"{"make": [{"kind": "rare-partner", "sides": "both"}]}"#, "sides must be first, second or any"),
    (#"{"make": [{"kind": "other"}]}"#, "from must name tasks or files"),
    (#"{"make": []}"#, "has to make something"),
    (#"{"make": [{"kind": "corrupted", "row": 1}]}"#, "there is no setting make.1.row; did you mean rows?"),
    (#"{"mak": []}"#, "there is no setting mak; did you mean make?"),
  ]) func whatCannotBeIsRefused(json: String, said: String) {
    #expect(refusal(json).contains(said), "\(refusal(json))")
  }

  @Test(arguments: AugmentationKind.allCases.filter(\.needsPairs)) func kindsOfPairsNeedPairs(
    kind: AugmentationKind
  ) throws {
    let recipe = AugmentationRecipe(steps: [AugmentationStep(kind)])
    #expect(
      throws: TrainingError.settings(
        "made rows '\(kind.rawValue)' are for pairs, and the rows of SST-2 are single texts")
    ) {
      try recipe.check(for: GLUETask.named("SST-2"))
    }
    try recipe.check(for: GLUETask.named("RTE"))
  }

  @Test func sidesNeedPairs() throws {
    var step = AugmentationStep(.corrupted)
    step.sides = .first
    #expect(throws: TrainingError.settings("sides are for pairs, and the rows of CoLA are single texts")) {
      try AugmentationRecipe(steps: [step]).check(for: GLUETask.named("CoLA"))
    }
  }

  @Test(arguments: GLUETask.all) func theUsualRecipeFitsItsTaskAndIsBounded(task: GLUETask) throws {
    for count in [1, 600, 3668, 400_000] {
      let recipe = AugmentationRecipe.auto(for: task, rows: count)
      try recipe.check(for: task)
      let rows = recipe.steps.reduce(0) { $0 + ($1.rows ?? 1) } * Double(count)
      #expect(rows > 0 && rows <= Double(AugmentationRecipe.mostRowsByDefault), "\(task.name) \(count)")
    }
    #expect(AugmentationRecipe.auto(for: task, rows: 600).steps[0].rows ?? 0 >= 2)
  }
}
