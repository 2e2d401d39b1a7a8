import BERT
import Files
import GLUE
import Tensors
import TestSupport
import Testing
import Tokenization

@testable import Distillation
@testable import Runs
@testable import Training

/// No setting is passed over in silence: for every method and kind of task, each one changes the run, is refused, or
/// its having no effect is said.
@Suite struct IdleSettingsTests {
  /// A setting with another value than it has if it is left out.
  struct Change<Settings>: Sendable {
    let key: String
    /// What must stand for it to mean something, with and without it.
    var given: (@Sendable (inout Settings, String) -> Void)?
    /// The change; the text is the folder of the task.
    let change: @Sendable (inout Settings, String) -> Void
  }

  /// What is no part of what a run computes, or hangs on files that are broken.
  static let elsewhere: Set<String> = [
    "task", "data", "output", "overwrite", "skip_malformed", "method", "training", "threads", "overlap_comm",
    "save_steps",
    "save_total_limit", "keep_every", "keep_anchors",
  ]

  static func training<Settings: RunSettings>(_: Settings.Type) -> [Change<Settings>] {
    func change(
      _ key: TrainingSettings.CodingKeys, _ set: @escaping @Sendable (inout TrainingSettings) -> Void
    )
      -> Change<Settings>
    { Change(key: key.stringValue) { settings, _ in set(&settings.training) } }
    return [
      change(.learningRate) { $0.learningRate = 3e-3 }, change(.epochs) { $0.epochs = 6 },
      change(.batchSize) { $0.batchSize = 3 }, change(.batchTokens) { $0.batchTokens = 17 },
      change(.gradientAccumulationSteps) { $0.gradientAccumulationSteps = 2 },
      change(.lengthWindow) { $0.lengthWindow = 3 }, change(.scheduler) { $0.scheduler = .cosine },
      change(.gradientShards) { $0.gradientShards = 2 },
      change(.warmupRatio) { $0.warmupRatio = 0.5 }, change(.weightDecay) { $0.weightDecay = 0.5 },
      change(.adamBeta1) { $0.adamBeta1 = 0.5 }, change(.adamBeta2) { $0.adamBeta2 = 0.9 },
      change(.adamEpsilon) { $0.adamEpsilon = 1e-2 }, change(.maxGradNorm) { $0.maxGradNorm = 1e-3 },
      change(.maxLength) { $0.maxLength = 5 },
      Change(
        key: TrainingSettings.CodingKeys.windows.stringValue,
        given: { settings, _ in settings.training.maxLength = 7 },
        change: { settings, _ in settings.training.windows = 1 }),
      Change(
        key: TrainingSettings.CodingKeys.windowPooling.stringValue,
        given: { settings, _ in (settings.training.maxLength, settings.training.windows) = (7, 1) },
        change: { settings, _ in settings.training.windowPooling = .max }),
      change(.labelSmoothing) { $0.labelSmoothing = 0.3 },
      change(.classWeights) { $0.classWeights = .list([1, 3]) },
      change(.pooling) { $0.pooling = .mean }, change(.pairEncoding) { $0.pairEncoding = .bi },
      change(.quantizationAware) { $0.quantizationAware = true },
      change(.precision) { $0.precision = .bfloat16 },
      change(.dropout) { $0.dropout = 0.5 }, change(.evalSteps) { $0.evalSteps = 1 },
      change(.seed) { $0.seed = 7 }, change(.selectionMetric) { $0.selectionMetric = "macro_f1" },
      // A model that does not move is never better than after its first epoch.
      Change(
        key: TrainingSettings.CodingKeys.patience.stringValue,
        given: { settings, _ in (settings.training.learningRate, settings.training.epochs) = (1e-30, 12) },
        change: { settings, _ in settings.training.patience = 1 }),
    ]
  }

  static let distilling: [Change<DistillSettings>] =
    training(DistillSettings.self) + [
      Change(key: "teacher") { $0.teacher = $1 + "/other/model" },
      Change(key: "student") { settings, _ in settings.student = "2x12x2x20" },
      Change(key: "student_layers") { settings, _ in (settings.student, settings.studentLayers) = (nil, [2])
      },
      Change(
        key: "student_from",
        given: { settings, _ in (settings.student, settings.studentLayers) = (nil, [1]) },
        change: { $0.studentFrom = $1 + "/other/model" }),
      Change(key: "vocab") { $0.vocabulary = $1 + "/more.txt" },
      Change(key: "recipe") { settings, _ in
        settings.recipe = Recipe(
          name: "own", summary: "", paper: "",
          stages: [StageRecipe("own", terms: [TermSettings("labels"), TermSettings("logits_mse")])])
      },
      Change(key: "assistants") { settings, _ in settings.assistants = ["1x10x2"] },
      Change(key: "temperature") { settings, _ in settings.temperature = 3 },
      Change(key: "max_temperature") { settings, _ in settings.maxTemperature = 2 },
      Change(key: "uncertainty_passes") { settings, _ in settings.uncertaintyPasses = 3 },
      Change(key: "anneal_by") { settings, _ in settings.annealBy = .step },
      Change(key: "layer_map") { settings, _ in
        settings.layerMap = .pairs([LayerPair(student: 1, teacher: 1)])
      },
      Change(key: "stage_epochs") { settings, _ in
        settings.stageEpochs = ((try? Recipe.named(settings.method).stages) ?? []).map { _ in 3 }
      },
      Change(key: "weights") { settings, _ in
        let kind = (try? Recipe.named(settings.method).stages[0].terms.first?.kind) ?? nil
        settings.weights = [kind ?? "none": 0.25]
      },
      Change(key: "lesson") { settings, _ in
        settings.lesson = (settings.lesson ?? [:]).merging(["temperature": .number(3)]) { $1 }
      },
      Change(key: "teacher_cache") { $0.teacherCache = $1 + "/cache" },
      Change(
        key: "cache_states", given: { $0.teacherCache = $1 + "/cache" },
        change: { settings, _ in settings.cacheStates = true }),
      Change(key: "other_teachers") { $0.otherTeachers = [$1 + "/other/model"] },
      Change(
        key: "teacher_weights", given: { $0.otherTeachers = [$1 + "/other/model"] },
        change: { settings, _ in settings.teacherWeights = [3, 1] }),
      Change(
        key: "teacher_average", given: { $0.otherTeachers = [$1 + "/other/model"] },
        change: { settings, _ in settings.teacherAverage = .logits }),
      Change(key: "rows") { settings, _ in
        settings.rows = NamedSettings(settings.method == "importance" ? "planned" : "importance")
      },
      Change(key: "anchors") { settings, _ in settings.anchors = .average },
      Change(
        key: "anchor_threshold", given: { settings, _ in settings.anchors = .greedy },
        change: { settings, _ in settings.anchorThreshold = 1e9 }),
      Change(key: "teacher_answers") { $0.teacherAnswers = [$1 + "/answers.tsv"] },
      Change(
        key: "teacher_labels", given: { $0.teacherAnswers = [$1 + "/answers.tsv"] },
        change: { settings, _ in settings.teacherLabels = ["0": "1", "1": "0"] }),
      Change(
        key: "teacher_scores", given: { $0.teacherAnswers = [$1 + "/answers.tsv"] },
        change: { settings, _ in settings.teacherScores = .standardize }),
      Change(
        key: "min_confidence", given: { $0.teacherAnswers = [$1 + "/answers.tsv"] },
        change: { settings, _ in settings.minConfidence = 0.8 }),
      Change(
        key: "skip_unanswered", given: { $0.teacherAnswers = [$1 + "/answers.tsv"] },
        change: { settings, _ in settings.skipUnanswered = true }),
      Change(key: "teacher_seeds") { settings, _ in settings.teacherSeeds = 2 },
      Change(key: "unlabelled") { $0.unlabelled = [$1 + "/texts.txt"] },
      Change(key: "augment") { settings, _ in settings.augment = .auto },
      Change(key: "limit") { settings, _ in settings.limit = 7 },
      Change(key: "columns") { settings, _ in settings.columns = TaskColumns(text: "other") },
      Change(key: "dev_share") { settings, _ in settings.devShare = 0.4 },
      Change(key: "held_out_share") { settings, _ in settings.heldOutShare = 0.3 },
      Change(key: "goal") { settings, _ in settings.goal = Goal() },
    ]

  static let finetuning: [Change<FinetuneSettings>] =
    training(FinetuneSettings.self) + [
      Change(key: "model") { ($0.model, $0.shape, $0.vocabulary) = ($1 + "/teacher/model", nil, nil) },
      Change(key: "shape") { settings, _ in settings.shape = "1x16x2" },
      Change(key: "vocab") { $0.vocabulary = $1 + "/more.txt" },
      Change(key: "new_head") { settings, _ in settings.newHead = true },
      Change(key: "limit") { settings, _ in settings.limit = 7 },
      Change(key: "columns") { settings, _ in settings.columns = TaskColumns(text: "other") },
      Change(key: "dev_share") { settings, _ in settings.devShare = 0.4 },
    ]

  @Test func everySettingIsAmongTheChanges() {
    let training = TrainingSettings.CodingKeys.allCases.map(\.stringValue)
    let distill = Set(DistillSettings.CodingKeys.allCases.map(\.stringValue) + training)
    let finetune = Set(FinetuneSettings.CodingKeys.allCases.map(\.stringValue) + training)
    #expect(Set(Self.distilling.map(\.key)) == distill.subtracting(Self.elsewhere))
    #expect(Set(Self.finetuning.map(\.key)) == finetune.subtracting(Self.elsewhere))
  }

  @Test(arguments: Recipe.all.map(\.name), ["SST-2", "STS-B"])
  func everySettingOfDistillHasAnEffectOrIsSpokenOf(method: String, task: String) throws {
    try withTemporaryDirectory { folder in
      let tiny = try Self.task(in: folder, task)
      var usual = tiny.distill(output: "run", method: method)
      (usual.task, usual.student, usual.training.epochs, usual.overwrite) = (task, "1x8x2", 4, true)
      if method == "takd" { usual.assistants = ["1x8x2"] }
      if method == "self-distillation" { usual.student = "2x12x2" }
      if method == "minimax-knn" { usual.lesson?["bank"] = .array([.text(folder + "/texts.txt")]) }
      Self.expectEffects(of: Self.distilling, on: usual, in: folder, "\(method), \(task)") {
        settings, onEvent in
        try Files.remove(folder + "/cache")
        _ = try Distill.run(settings, onEvent: onEvent)
        // What a cache changes is that it is there.
        try onEvent(.note("cache: \(Files.exists(folder + "/cache"))"))
      }
    }
  }

  @Test(arguments: ["SST-2", "STS-B"])
  func everySettingOfFinetuneHasAnEffectOrIsSpokenOf(task: String) throws {
    try withTemporaryDirectory { folder in
      let tiny = try Self.task(in: folder, task)
      var usual = tiny.finetune(output: "run", shape: "1x8x2")
      (usual.task, usual.training.epochs, usual.overwrite) = (task, 4, true)
      Self.expectEffects(of: Self.finetuning, on: usual, in: folder, "finetune, \(task)") {
        settings, onEvent in
        _ = try Finetune.run(settings, onEvent: onEvent)
      }
    }
  }

  /// Runs without and with each change: the second is refused, or what it logs or says differs.
  static func expectEffects<Settings>(
    of changes: [Change<Settings>], on usual: Settings, in folder: String, _ name: String,
    run: (Settings, @escaping (RunEvent) throws -> Void) throws -> Void
  ) {
    func record(_ settings: Settings) -> Result<TinyTask.Recorder, any Error> {
      Result {
        let recorder = TinyTask.Recorder()
        try run(settings, recorder.handle)
        return recorder
      }
    }
    let plain = record(usual)
    for change in changes {
      var settings = usual
      change.given?(&settings, folder)
      let without = change.given == nil ? plain : record(settings)
      change.change(&settings, folder)
      switch (without, record(settings)) {
      case (_, .failure(is DistillationError)), (_, .failure(is TrainingError)): break
      case (_, .failure(is GLUEError)) where ["columns", "dev_share"].contains(change.key): break
      case (.success(let first), .success(let second)):
        let isSame =
          TinyTask.comparable(first.log) == TinyTask.comparable(second.log) && first.notes == second.notes
        #expect(!isSame, "\(name), \(change.key): changes nothing and nothing is said of it")
      case (.failure(let error), _), (_, .failure(let error)):
        Issue.record("\(name), \(change.key): \(error)")
      }
    }
  }

  /// A task of a dozen rows with two teachers, texts without labels, and a vocabulary with a word more.
  private static func task(in folder: String, _ name: String) throws -> TinyTask {
    let tiny = try TinyTask(in: folder, rows: 12)
    let words = ["good", "bad", "fine", "poor"]
    for (split, rows) in [("train", 12), ("dev", 8)] {
      var text = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
      for row in 0..<rows {
        let first = (0...row % 4).map { words[(row + $0) % 4] }.joined(separator: " ")
        text += "\(row)\tg\tf\ty\t\(row)\ts\ts\t\(first)\t\(words[row % 3]) film\t\(Double(row % 4) + 0.5)\n"
      }
      try Files.write(text, to: "\(folder)/data/STS-B/\(split).tsv")
    }
    let texts = name == "STS-B" ? "good film\tbad plot\nfine\tpoor film\n" : "good film\npoor plot\n"
    try Files.write(texts, to: folder + "/texts.txt")
    let answers = (0..<12).map { "\($0)\t\($0 % 3 == 0 ? "0.1\t0.9" : "0.7\t0.3")\t\(Double($0))\n" }
    try Files.write("id\t0\t1\tscore\n" + answers.joined(), to: folder + "/answers.tsv")
    try Files.write(try Files.read(tiny.vocabulary) + Array("more\n".utf8), to: folder + "/more.txt")
    for (output, seed) in [("teacher", UInt64(1)), ("other", 2)] {
      var settings = tiny.finetune(output: output, shape: "2x12x2")
      // Teachers that are sure of what they say, and not of the same: else a student within the margin of continuation
      // has nothing to learn from them.
      (settings.task, settings.training.seed, settings.training.epochs) = (name, seed, 30)
      (settings.training.learningRate, settings.training.evalSteps) = (1e-2, 1 << 20)
      _ = try Finetune.run(settings) { _ in }
    }
    return tiny
  }
}
