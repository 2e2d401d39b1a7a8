import BERT
import Distillation
import Files
import TestSupport
import Testing
import Tokenization
import Training

@testable import Runs

/// Every method with more than one learner, or with text of its own, from settings to a saved model.
@Suite(.serialized) struct LessonRunTests {
  private struct Killed: Error {}

  static let methods = [
    "codistill", "codistill stale", "mate", "minimax-knn", "imitation", "meta", "reinforced",
  ]

  /// A task with two teachers, a generator and a bank.
  struct Surroundings {
    let task: TinyTask
    let folder: String

    init(in folder: String) throws {
      self.folder = folder
      task = try TinyTask(in: folder)
      for (name, seed) in [("teacher", UInt64(1)), ("other", 2)] {
        var settings = task.finetune(output: name)
        settings.training.seed = seed
        _ = try Finetune.run(settings) { _ in }
      }
    }

    func settings(_ method: String, _ output: String) -> DistillSettings {
      let name = String(method.split(separator: " ")[0])
      var settings = task.distill(output: output, method: name)
      (settings.training.epochs, settings.training.saveSteps) = (2, 3)
      switch method {
      case "codistill":
        settings.teacher = nil
        settings.vocabulary = task.vocabulary
        settings.lesson = ["peers": .array([.text("1x12x3"), .text("2x16x2")]), "burn_in": .number(0.5)]
      case "codistill stale":
        settings.teacher = nil
        settings.vocabulary = task.vocabulary
        settings.lesson = ["exchange_steps": .whole(4), "burn_in": .whole(0), "divergence": .text("mse")]
      case "mate":
        settings.lesson?["generator_steps"] = .whole(2)
        settings.lesson?["student_steps"] = .whole(3)
        settings.lesson?["generator_learning_rate"] = .number(1e-3)
      case "minimax-knn":
        settings.lesson?["candidates"] = .whole(3)
        settings.lesson?["start_epoch"] = .whole(2)
        settings.teacherCache = folder + "/cache"
      case "imitation": settings.lesson?["places"] = .text("gradient")
      case "meta":
        settings.lesson = ["teacher_learning_rate": .number(1e-3), "pilot_learning_rate": .number(1e-2)]
      default: settings.otherTeachers = [folder + "/other/model"]
      }
      return settings
    }
  }

  @Test(arguments: methods) func killedAnywhereAndResumedBytewise(method: String) throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      let whole = surroundings.settings(method, "whole")
      let expected = TinyTask.Recorder()
      let result = try Distill.run(whole, onEvent: expected.handle)
      #expect(result.metrics["accuracy"] != nil)
      var settings = whole
      settings.output = folder + "/killed"
      settings.training.threads = 2
      let recorder = TinyTask.Recorder()
      var (events, kills, isOver) = (0, 0, false)
      recorder.onEvent = { _ in
        events += 1
        if events % 13 == 0 {
          kills += 1
          throw Killed()
        }
      }
      while !isOver && kills < 30 {
        do {
          _ =
            try kills == 0
            ? Distill.run(settings, onEvent: recorder.handle)
            : Resume.run(folder: settings.output, onEvent: recorder.handle)
          isOver = true
        } catch is Killed {}
      }
      #expect(isOver && kills > 1)
      let products: [String] =
        switch method {
        case "codistill": ["learners/peer-2", "learners/peer-3"]
        case "codistill stale": ["learners/peer-2"]
        case "mate": ["learners/generator"]
        case "meta": ["learners/teacher"]
        default: []
        }
      for part in ["model"] + products {
        let file = "/\(part)/model.safetensors"
        #expect(
          try SHA256.hexadecimal(ofFile: whole.output + file)
            == SHA256.hexadecimal(ofFile: settings.output + file), "\(part)")
        #expect(try Tokenizer(directory: whole.output + "/" + part).vocabulary.count == 15)
      }
      #expect(Files.exists(whole.output + "/learners") == !products.isEmpty)
      #expect(TinyTask.comparable(recorder.log) == TinyTask.comparable(expected.log))
    }
  }

  /// What a lesson moves is another after the run; what it only reads is not.
  @Test func generatorAndTeacherAreMoved() throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      for (method, from, to) in [
        ("mate", "/generator", "/run-mate/learners/generator"),
        ("meta", "/teacher/model", "/run-meta/learners/teacher"),
      ] {
        let before = try SHA256.hexadecimal(ofFile: folder + from + "/model.safetensors")
        _ = try Distill.run(surroundings.settings(method, "run-" + method)) { _ in }
        #expect(try SHA256.hexadecimal(ofFile: folder + from + "/model.safetensors") == before)
        #expect(try SHA256.hexadecimal(ofFile: folder + to + "/model.safetensors") != before)
      }
    }
  }

  @Test(arguments: methods) func checkTriesThem(method: String) throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      let preview = try Distill.check(surroundings.settings(method, "run"), seconds: 0.2)
      #expect(preview.forecast.measuredSteps > 1 && preview.forecast.trainingSeconds > 0)
      #expect(!Files.exists(folder + "/run/run.json") && !Files.exists(folder + "/cache"))
    }
  }

  /// While the burn-in lasts a peer is a student of labels alone, to the last bit.
  @Test func aPeerThatIsAloneLearnsLabels() throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      var alone = surroundings.settings("codistill", "alone")
      alone.lesson?["burn_in"] = .whole(100)
      var labels = alone
      (labels.method, labels.lesson, labels.output) = ("labels", nil, folder + "/labels")
      for settings in [alone, labels] { _ = try Distill.run(settings) { _ in } }
      let file = "/model/model.safetensors"
      #expect(
        try SHA256.hexadecimal(ofFile: alone.output + file)
          == SHA256.hexadecimal(ofFile: labels.output + file))
    }
  }

  @Test func textsAndMeasuresStandInTheLog() throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      for (method, kind, measure) in [
        ("mate", "generated", "divergence, student's steps"),
        ("imitation", "rewritten", "share of real rows"),
        ("minimax-knn", "neighbour", "divergence of the chosen neighbours"),
      ] {
        let recorder = TinyTask.Recorder()
        _ = try Distill.run(surroundings.settings(method, method), onEvent: recorder.handle)
        let steps = recorder.log.compactMap { if case .step(let record) = $0 { record } else { nil } }
        let texts = steps.flatMap { $0.texts ?? [] }
        #expect(!texts.isEmpty && texts.allSatisfy { $0.kind == kind })
        for text in texts {
          #expect(text.divergence >= 0 && text.source.count == 1 && !text.text[0].contains("["))
          #expect(Set(text.teacher.keys) == ["0", "1"] && Set(text.student.keys) == ["0", "1"])
          #expect(abs(text.teacher.values.reduce(0, +) - 1) < 1e-9)
        }
        #expect(steps.contains { $0.measures?[measure] != nil })
      }
    }
  }

  @Test func whatDoesNotFitIsRefusedBeforeTheFirstStep() throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      let other = try Tokenizer(
        vocabulary: Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good"]))
      try BertModel(config: BertConfig(shape: "1x12x2", vocabSize: 6), head: .maskedLM, seed: 4)
        .save(to: folder + "/stranger", with: other)
      try Files.write("", to: folder + "/empty.txt")
      let cases: [(String, [String: JSONValue?], String)] = [
        ("mate", ["generator": nil], "give --generator DIR"),
        ("mate", ["generator": .text(folder + "/teacher/model")], "must be a masked language model"),
        ("mate", ["generator": .text(folder + "/stranger")], "different vocabularies"),
        ("mate", ["generator": .text(folder + "/nowhere")], "nowhere"),
        ("mate", ["mask_probability": .whole(2)], "mask_probability must be in 0.01...1.0, not 2"),
        ("mate", ["mask_probabilty": .number(0.1)], "mask_probability"),
        ("mate", ["anneal": .bool(true)], "divergence: mse"),
        ("imitation", ["places": .text("everywhere")], "places"),
        ("minimax-knn", ["bank": .array([])], "give --bank FILE"),
        ("minimax-knn", ["bank": .array([.text(folder + "/empty.txt")])], "empty.txt"),
        ("minimax-knn", ["max_distance": .number(1e-9)], "raise max_distance"),
        ("codistill", ["peers": .array([.text("big")])], "peers"),
        ("codistill", ["peers": .array([])], "1 to 16 shapes"),
        ("codistill", ["exchange_steps": .whole(0)], "exchange_steps"),
        ("meta", ["quiz_share": .number(0.9)], "quiz_share"),
        ("meta", ["divergence": .text("cross-entropy")], "must be kl or mse"),
      ]
      for (number, (method, changes, said)) in cases.enumerated() {
        var settings = surroundings.settings(method, "refused-\(number)")
        for (key, value) in changes { settings.lesson?[key] = value }
        if method == "meta", changes["quiz_share"] != nil { settings.limit = 3 }
        let error = #expect(throws: (any Error).self) { try Distill.run(settings) { _ in } }
        #expect(
          error.map { "\($0)".contains(said) } == true, "\(method) \(changes): \(String(describing: error))")
        #expect(!Files.exists(settings.output + "/run.json"))
      }
      var one = surroundings.settings("reinforced", "refused")
      one.otherTeachers = nil
      #expect(throws: DistillationError.self) { try Distill.run(one) { _ in } }
      var none = surroundings.task.distill(output: "refused", method: "kd")
      none.lesson = ["burn_in": .whole(1)]
      #expect(throws: DistillationError.self) { try Distill.run(none) { _ in } }
    }
  }

  /// One epoch of codistillation whose burn-in is an epoch is training on labels: who asks for it is told.
  @Test(arguments: [
    ("codistill", "burn_in", 2.0, 1.5, "peers never hear one another"),
    ("reinforced", "warmup", 2, 1.5, "no teacher is ever chosen"),
    ("minimax-knn", "start_epoch", 3, 2, "neighbours are never learnt from"),
  ])
  func whatIsNeverReachedIsSaid(method: String, key: String, late: Double, early: Double, said: String) throws
  {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      for (value, isSaid) in [(late, true), (early, false)] {
        var settings = surroundings.settings(method, "run \(value)")
        settings.lesson = (settings.lesson ?? [:]).merging([key: .number(value)]) { $1 }
        let recorder = TinyTask.Recorder()
        _ = try Distill.run(settings, onEvent: recorder.handle)
        #expect(recorder.notes.contains { $0.hasSuffix(said) } == isSaid, "\(recorder.notes)")
      }
    }
  }

  /// A run goes on only with the generator that it began with.
  @Test func aGeneratorThatChangedIsNoticed() throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      let settings = surroundings.settings("mate", "run")
      let recorder = TinyTask.Recorder()
      recorder.onEvent = { if case .checkpointed = $0 { throw Killed() } }
      #expect(throws: Killed.self) { try Distill.run(settings, onEvent: recorder.handle) }
      let tokenizer = try Tokenizer(vocabularyFile: surroundings.task.vocabulary)
      try BertModel(
        config: BertConfig(shape: "1x12x2", vocabSize: 15), head: .maskedLM, seed: 5
      ).save(to: folder + "/generator", with: tokenizer)
      let error = #expect(throws: TrainingError.self) {
        try Resume.run(folder: settings.output, onEvent: { _ in })
      }
      #expect(error.map { "\($0)".contains("lesson file 1") } == true)
    }
  }

  /// Rows of one method, terms of another: annealed logits on generated text with relations (Li and others 2021,
  /// Combined-KD).
  @Test func methodsCombine() throws {
    try withTemporaryDirectory { folder in
      let surroundings = try Surroundings(in: folder)
      var settings = surroundings.settings("mate", "combined")
      settings.lesson = nil
      settings.recipe = Recipe(
        name: "combined", summary: "", paper: "",
        stages: [
          StageRecipe(
            "generated",
            terms: [TermSettings("annealed_mse", weight: 0.5), TermSettings("relations", weight: 0.3)],
            lesson: try NamedSettings(
              "mate",
              [
                "generator": JSONValue.text(folder + "/generator"), "divergence": .text("mse"),
                "anneal": .bool(true), "weight": .number(0.5), "generator_steps": .whole(1),
                "student_steps": .whole(2),
              ])),
          StageRecipe("labels", terms: [TermSettings("labels")]),
        ])
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(settings, onEvent: recorder.handle)
      let steps = recorder.log.compactMap { if case .step(let record) = $0 { record } else { nil } }
      #expect(Set(steps.flatMap(\.terms.keys)) == ["annealed_mse", "relations", "generated", "labels"])
      #expect(Set(steps.compactMap(\.annealingScale)).count > 1)
    }
  }
}
