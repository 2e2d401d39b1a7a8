import BERT
import Files
import GLUE
import Glibc
import Tensors
import TestSupport
import Testing
import Tokenization
import Training

@testable import Distillation
@testable import Runs

/// Whole runs of tasks whose rows have several labels, probabilities, or scores of any range.
@Suite(.serialized) struct AnswerKindRunTests {
  enum Kind: String, CaseIterable { case several, soft, scores }

  private static let words = ["good", "bad", "fine", "poor", "film", "plot", "very", "not", "the", "a"]

  /// Rows whose answers follow from which words they have.
  private static func table(_ kind: Kind, rows: Int, seed: UInt64) -> String {
    let random = CounterRandom(seed: seed, purpose: .init("kinds of answers"))
    var text = ["several": "text\tlabels\n", "soft": "text\tp:no\tp:yes\n"][kind.rawValue] ?? "text\tscore\n"
    for row in 0..<rows {
      let at = UInt64(row * 16)
      let picks = (0..<4).map { Int(random.below(UInt64(words.count), at + UInt64($0))) }
      text += picks.map { words[$0] }.joined(separator: " ") + "\t"
      switch kind {
      case .several:
        let labels = ["film", "plot", "very"].filter { picks.map { words[$0] }.contains($0) }
        text += labels.isEmpty ? "[]" : labels.joined(separator: "|")
      case .soft:
        let share = [0.9, 0.1, 0.75, 0.25][picks[0] % 4]
        text += "\(1 - share)\t\(share)"
      case .scores: text += "\(1000 + 50 * (picks[0] % 4))"
      }
      text += "\n"
    }
    return text
  }

  private static func task(_ kind: Kind, in folder: String) throws -> TinyTask {
    let task = try TinyTask(in: folder)
    try Files.write(table(kind, rows: 48, seed: 1), to: "\(folder)/data/mine/train.tsv")
    try Files.write(table(kind, rows: 20, seed: 2), to: "\(folder)/data/mine/dev.tsv")
    return task
  }

  private static func finetune(_ task: TinyTask, _ output: String) -> FinetuneSettings {
    var settings = task.finetune(output: output, shape: "2x24x3")
    settings.task = "mine"
    return settings
  }

  private static func distill(_ task: TinyTask, _ output: String, method: String) -> DistillSettings {
    var settings = task.distill(output: output, method: method)
    settings.task = "mine"
    return settings
  }

  /// Every method takes every kind of answer, but for those of one class a row, which are refused where there are several.
  @Test(arguments: Kind.allCases) func everyMethodLearnsFromThem(kind: Kind) throws {
    try withTemporaryDirectory { folder in
      let task = try Self.task(kind, in: folder)
      _ = try Finetune.run(Self.finetune(task, "teacher")) { _ in }
      for recipe in Recipe.all {
        var settings = Self.distill(task, "student-\(recipe.name)", method: recipe.name)
        // Rows drawn by loss hear every row first.
        settings.training.epochs = max(recipe.stages.count, 2)
        let terms = try recipe.stages.flatMap(\.terms).map { try TermTable.standard.entry($0.kind) }
        if kind == .several,
          terms.contains(where: \.needsOneLabel)
            || recipe.stages.contains(where: { $0.lesson != nil || $0.rows != nil })
        {
          let error = #expect(throws: DistillationError.self, "\(recipe.name)") {
            try Distill.run(settings) { _ in }
          }
          #expect(error?.description.contains("several") == true, "\(recipe.name)")
          continue
        }
        let result = try Distill.run(settings) { _ in }
        #expect(result.metrics.values.allSatisfy { $0.isFinite }, "\(recipe.name)")
        let config = try BertConfig(file: settings.output + "/model/config.json")
        switch kind {
        case .several:
          #expect(config.problemType == "multi_label_classification" && result.metrics["micro_f1"] != nil)
        case .soft: #expect(config.labels == ["no", "yes"] && result.metrics["accuracy"] != nil)
        case .scores: #expect(config.scoreScale != nil && result.metrics["pearson"] != nil)
        }
      }
    }
  }

  /// Interrupted and gone on with, a run ends with the same bytes.
  @Test(arguments: Kind.allCases) func resumedRunsEndWithTheSameBytes(kind: Kind) throws {
    try withTemporaryDirectory { folder in
      let task = try Self.task(kind, in: folder)
      func model(_ output: String) throws -> [UInt8] {
        try Files.read(output + "/model/model.safetensors") + Files.read(output + "/model/config.json")
      }
      func check<Settings: RunSettings>(
        _ whole: Settings, _ stopped: Settings,
        _ run: (Settings, StopFlag?, @escaping (RunEvent) throws -> Void) throws -> RunResult
      ) throws {
        _ = try run(whole, nil) { _ in }
        let stop = StopFlag()
        var taken = 0
        #expect(throws: TrainingError.interrupted(folder: stopped.output, step: 7)) {
          _ = try run(stopped, stop) {
            if case .step = $0 { taken += 1 }
            if taken == 7 { stop.raise() }
          }
        }
        _ = try Resume.run(folder: stopped.output) { _ in }
        #expect(try model(whole.output) == model(stopped.output))
      }
      try check(Self.finetune(task, "teacher"), Self.finetune(task, "again")) {
        try Finetune.run($0, stop: $1, onEvent: $2)
      }
      try check(
        Self.distill(task, "whole", method: "annealing"), Self.distill(task, "stopped", method: "annealing")
      ) { try Distill.run($0, stop: $1, onEvent: $2) }
    }
  }

  /// Scores are learnt standardised and answered in their own units; a teacher of other units teaches the same.
  @Test func scoresOfAnyRangeComeBackInTheirUnits() throws {
    try withTemporaryDirectory { folder in
      let task = try Self.task(.scores, in: folder)
      var settings = Self.finetune(task, "teacher")
      (settings.training.epochs, settings.shape) = (40, "1x32x4")
      #expect(try Finetune.run(settings) { _ in }.selected > 0.9)
      let asked = try GLUETask.named("mine", in: task.data)
      let train = try asked.load(.train, from: task.data).examples.compactMap { $0.label?.score }
      let scale = try #require(try BertConfig(file: task.teacher + "/config.json").scoreScale)
      #expect(scale == ScoreScale(of: train))
      // A run that was begun on scores as they are is not gone on with.
      let folder = RunFolder(settings.output)
      #expect(
        try RunRecord<FinetuneSettings>.read(folder).inputs["units of the scores"]
          == "mean \(scale.mean), deviation \(scale.deviation)")
      let answers = try PredictionTable(file: settings.output + "/predictions/dev.tsv").rows
      let scores = answers.compactMap { Double($0.prediction) }
      #expect(scores.count == 20 && scores.allSatisfy { (900...1250).contains($0) })
      #expect((scores.max() ?? 0) - (scores.min() ?? 0) > 80)

      // The same teacher in other units: what is said to a student of these units is the same.
      let loaded = try BertModel.load(directory: task.teacher, head: .asStored).model
      let tokenizer = try Tokenizer(directory: task.teacher)
      var config = loaded.config
      config.scoreScale = nil
      let own = try BertModel(config: config, head: loaded.head, seed: 1)
      own.parameters.values.base.update(
        from: loaded.parameters.values.base, count: loaded.parameters.values.count)
      let (weights, bias) = (
        own.parameters.matrix("classifier.weight"), own.parameters.matrix("classifier.bias")
      )
      for column in 0..<weights.columns { weights[0, column] *= Float(scale.deviation) }
      bias[0, 0] = Float(scale.score(Double(bias[0, 0])))
      let rows = try TaskRows(
        asked.load(.dev, from: task.data).examples, tokenizer: tokenizer, maxLength: 16, toModel: nil,
        scale: scale)
      let position = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
      let said = try [loaded, own].map { model in
        let teacher = try Teacher(
          model: model, tokenizer: tokenizer, task: asked, studentLabels: nil, studentTokenizer: tokenizer,
          studentScale: scale)
        let live = try teacher.outputs(for: rows.batch([0, 1, 2]), request: OutputRequest(), at: position)
          .logits
        let first = (0..<3).map { Double(live?[$0, 0] ?? .nan) }
        try teacher.answer(rows)
        let kept = try teacher.outputs(for: rows.batch([0, 1, 2]), request: OutputRequest(), at: position)
          .logits
        return first + (0..<3).map { Double(kept?[$0, 0] ?? .nan) }
      }
      for (a, b) in zip(said[0], said[1]) { #expect(abs(a - b) < 1e-4 && abs(a) < 3) }
    }
  }

  /// Steps that are too few for the scores, and a score that is far from all others, are said before training.
  @Test func scoresOutOfReachAreSaid() throws {
    try withTemporaryDirectory { folder in
      let task = try Self.task(.scores, in: folder)
      var settings = Self.finetune(task, "never")
      settings.training.epochs = 60
      #expect(try !Finetune.check(settings, seconds: 0).data.odd.contains { $0.hasPrefix("scores") })
      (settings.training.learningRate, settings.training.epochs) = (1e-5, 1)
      let odd = try Finetune.check(settings, seconds: 0).data.odd.filter { $0.hasPrefix("scores") }
      #expect(odd.count == 1)
      #expect(
        odd.first
          == "scores are learnt as numbers of about 1.0, and 6 steps at this learning rate move an answer by less than "
          + "0.01: give more --epochs or a larger --learning-rate")
      let path = task.data + "/mine/train.tsv"
      let rows = String(decoding: try Files.read(path), as: UTF8.self)
      var many = rows
      for _ in 0..<3 { many += rows.split(separator: "\n").dropFirst().map { $0 + "\n" }.joined() }
      try Files.write(many + "good\t99999\n", to: path)
      #expect(
        try Finetune.check(Self.finetune(task, "never"), seconds: 0).data.odd.contains {
          $0.hasPrefix("line 194 of the training rows has the score 99999.0, ")
        })
    }
  }

  /// Probabilities of a teacher of one's own take its place: labels alone learn them.
  @Test func softLabelsNeedNoTeacher() throws {
    try withTemporaryDirectory { folder in
      let task = try Self.task(.soft, in: folder)
      var settings = Self.distill(task, "student", method: "labels")
      (settings.teacher, settings.vocabulary) = (nil, task.vocabulary)
      (settings.student, settings.training.epochs, settings.training.learningRate) = ("1x32x4", 60, 3e-3)
      let recorder = TinyTask.Recorder()
      #expect(try Distill.run(settings, onEvent: recorder.handle).selected > 0.9)
      let losses = recorder.log.compactMap { if case .step(let step) = $0 { step.loss } else { nil } }
      // No lower than the entropy of the labels: they are learnt as they are, not as their largest class.
      let entropy = [0.9, 0.75].map { -$0 * log($0) - (1 - $0) * log(1 - $0) }
      let last = losses.suffix(12).reduce(0, +) / 12
      #expect(last > entropy[0] && last < entropy[1] + 0.1, "\(last)")
    }
  }

  /// The most frequent answers and weights of labels of which several may hold.
  @Test func weightsOfLabelsThatHoldAreTold() throws {
    try withTemporaryDirectory { folder in
      let task = try Self.task(.several, in: folder)
      try Files.write(
        "text\tlabels\ngood\tx|y\nbad\tx\nfine\t[]\npoor\tx\n", to: task.data + "/mine/train.tsv")
      try Files.write("text\tlabels\ngood\tx\n", to: task.data + "/mine/dev.tsv")
      var settings = Self.finetune(task, "never")
      settings.training.classWeights = .balanced
      let preview = try Finetune.check(settings, seconds: 0)
      #expect(preview.notes.contains("class weights: x 0.333, y 3.0"))
      #expect(preview.data.splits[0].classes == [3, 1])
      #expect(preview.run.baseline["micro_f1"] == 1)
      try Files.write("text\tlabels\ngood\tx|y\nbad\tx\n", to: task.data + "/mine/train.tsv")
      #expect(
        throws: TrainingError.settings(
          "class_weights balanced needs training rows without each label, and all have 'x'")
      ) { try Finetune.check(settings, seconds: 0) }
    }
  }
}
