import Distillation
import Files
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// No setting of a run on text is passed over in silence.
@Suite struct IdlePretrainSettingsTests {
  private typealias Change = IdleSettingsTests.Change<PretrainSettings>

  private static let changes: [Change] =
    IdleSettingsTests.training(PretrainSettings.self) + [
      Change(key: "text") { $0.text = [$1 + "/other.txt"] },
      Change(
        key: "text_weights", given: { $0.text = [$1 + "/text.txt", $1 + "/other.txt"] },
        change: { settings, _ in settings.textWeights = [1, 2] }),
      Change(key: "rows") { settings, _ in
        settings.rows = settings.method == "sentence-vectors" ? .packed : .lines
      },
      Change(
        key: "dev_text", given: { settings, _ in settings.devShare = nil },
        change: { $0.devText = [$1 + "/other.txt"] }),
      Change(key: "dev_share") { settings, _ in settings.devShare = 0.4 },
      Change(key: "dev_sts") { $0.devSTS = $1 + "/STS-B" },
      Change(
        key: "model",
        change: { ($0.shape, $0.vocabulary, $0.model) = (nil, nil, $1 + "/teacher") }),
      Change(key: "shape") { settings, _ in settings.shape = "1x16x2" },
      Change(key: "student_layers") { settings, _ in (settings.shape, settings.studentLayers) = (nil, [2]) },
      Change(
        key: "student_from",
        given: {
          ($0.shape, $0.studentLayers, $0.vocabulary, $0.teacher) = (nil, [1], nil, $1 + "/teacher")
        },
        change: { $0.studentFrom = $1 + "/other" }),
      Change(key: "vocab") { $0.vocabulary = $1 + "/more.txt" },
      Change(key: "teacher") { $0.teacher = $1 + "/other" },
      Change(key: "recipe") { settings, _ in
        settings.recipe = Recipe(
          name: "own", summary: "", paper: "",
          stages: [StageRecipe("own", terms: [TermSettings("mlm"), TermSettings("hidden_mse")])])
      },
      Change(key: "temperature") { settings, _ in settings.temperature = 3 },
      Change(key: "layer_map") { settings, _ in
        settings.layerMap = .pairs([LayerPair(student: 1, teacher: 1)])
      },
      Change(key: "weights") { settings, _ in
        let kind = (try? Recipe.pretraining(named: settings.method).stages[0].terms[0].kind) ?? ""
        settings.weights = [kind: 0.25]
      },
      Change(key: "mask_share") { settings, _ in settings.maskShare = 0.4 },
      Change(key: "projection") { settings, _ in settings.projection = .keep },
      Change(key: "whole_word") { settings, _ in settings.wholeWord = true },
      Change(key: "vocabulary_sample") { settings, _ in settings.vocabularySample = 3 },
      Change(
        key: "max_steps", given: { settings, _ in settings.training.epochs = nil },
        change: { settings, _ in settings.maxSteps = 2 }),
    ]

  @Test func everySettingIsAmongTheChanges() {
    let training = TrainingSettings.CodingKeys.allCases.map(\.stringValue)
    let all = Set(PretrainSettings.CodingKeys.allCases.map(\.stringValue) + training)
    #expect(Set(Self.changes.map(\.key)) == all.subtracting(IdleSettingsTests.elsewhere))
  }

  @Test(arguments: Recipe.pretraining.map(\.name)) func everySettingHasAnEffectOrIsSpokenOf(method: String)
    throws
  {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder, lines: 60)
      // Words of two pieces, which are masked together or not.
      let words = String(decoding: try Files.read(text.vocabulary), as: UTF8.self)
      try Files.write(words.replacing("barks\n", with: "bark\n##s\n"), to: text.vocabulary)
      try Files.write(words.replacing("barks\n", with: "bark\n##s\n") + "more\n", to: folder + "/more.txt")
      try Files.write(TinyText.lines(60, seed: 2), to: folder + "/other.txt")
      let rows = (0..<8).map {
        "\($0)\tg\tf\ty\t\($0)\ts\ts\tthe cat runs .\ta dog \(["runs", "sings"][$0 % 2]) .\t\($0 % 5)\n"
      }
      try Files.write(
        "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
          + rows.joined(), to: folder + "/STS-B/dev.tsv")
      for (name, seed) in [("teacher", UInt64(1)), ("other", 2)] {
        var teacher = text.settings(output: name)
        (teacher.shape, teacher.training.seed) = ("2x12x2", seed)
        _ = try Pretrain.run(teacher) { _ in }
      }
      var usual = text.settings(output: "run", method: method)
      (usual.shape, usual.overwrite, usual.training.epochs) = ("1x12x2", true, 8)
      usual.training.learningRate = 1e-2
      // Gradients that clipping can be seen on.
      if method == "minilm" { usual.weights = ["relations": 100] }
      if method != "mlm" { (usual.teacher, usual.vocabulary) = (folder + "/teacher", nil) }
      IdleSettingsTests.expectEffects(of: Self.changes, on: usual, in: folder, method) { settings, onEvent in
        _ = try Pretrain.run(settings, onEvent: onEvent)
      }
    }
  }
}
