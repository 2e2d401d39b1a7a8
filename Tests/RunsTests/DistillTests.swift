import BERT
import Distillation
import Files
import GLUE
import Tensors
import TestSupport
import Testing
import Tokenization
import Training

@testable import Runs

/// Distillation from files to files: every method runs, equal bytes for any threads, and refusals by name.
@Suite(.serialized) struct DistillTests {
  @Test func everyMethodRunsAndLeavesAWholeFolder() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      for recipe in Recipe.all {
        let settings = task.distill(output: "run-\(recipe.name)", method: recipe.name)
        let result = try Distill.run(settings) { _ in }
        #expect(result.stages.count == recipe.stages.count)
        #expect(result.metrics["accuracy"] != nil, "\(recipe.name)")
        for file in ["model/config.json", "model/vocab.txt", "run.json", "predictions/dev.tsv"] {
          #expect(Files.exists(settings.output + "/" + file), "\(recipe.name): \(file)")
        }
      }
    }
  }

  @Test func threadsChangeNothing() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let models = try [1, 2, 3].map { threads in
        var settings = task.distill(output: "threads-\(threads)")
        settings.training.threads = threads
        _ = try Distill.run(settings) { _ in }
        return try SHA256.hexadecimal(ofFile: settings.output + "/model/model.safetensors")
      }
      #expect(models[0] == models[1] && models[0] == models[2])
    }
  }

  @Test func accumulatedBatchesEqualOneLargeBatch() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      // Means over rows, tokens and pairs of tokens, all of one step.
      let steps = try [(8, 1), (2, 4)].map { size, parts in
        var settings = task.distill(output: "batch-\(size)")
        settings.training.batchSize = size
        settings.training.gradientAccumulationSteps = parts
        let recorder = TinyTask.Recorder()
        _ = try Distill.run(settings, onEvent: recorder.handle)
        return recorder.log.compactMap { if case .step(let record) = $0 { record } else { nil } }
      }
      #expect(steps[0].count == 36 && steps[1].count == 36)
      for (large, small) in zip(steps[0], steps[1]) {
        #expect(abs(large.gradientNorm - small.gradientNorm) < 1e-3 * large.gradientNorm)
        for (name, value) in large.terms {
          #expect(abs(value - (small.terms[name] ?? .nan)) < 1e-3 * abs(value) + 1e-7, "\(name)")
        }
      }
    }
  }

  @Test func cacheServesTheSameLogitsAndIsMadeAgainWhereDamaged() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      func run(_ name: String, _ notes: inout [String]) throws -> String {
        var settings = task.distill(output: name, method: "annealing")
        settings.teacherCache = folder + "/cache"
        let recorder = TinyTask.Recorder()
        _ = try Distill.run(settings, onEvent: recorder.handle)
        notes = recorder.notes
        return try SHA256.hexadecimal(ofFile: settings.output + "/model/model.safetensors")
      }
      var notes: [String] = []
      let first = try run("first", &notes)
      let files = try Files.list(folder + "/cache")
      #expect(files.count == 1)
      #expect(try run("second", &notes) == first)
      let path = folder + "/cache/" + files[0]
      var bytes = try Files.read(path)
      bytes[bytes.count - 3] ^= 8
      try Files.write(bytes, to: path)
      #expect(try run("third", &notes) == first)
      #expect(notes.contains { $0.contains("damaged") })
    }
  }

  @Test func teacherLogitsArePermutedByLabelNames() throws {
    let task = try GLUETask.named("MNLI")
    let vocabulary = try Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"])
    let tokenizer = try Tokenizer(vocabulary: vocabulary)
    var config = BertConfig(
      vocabSize: 7, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8)
    config.labels = ["contradiction", "entailment", "neutral"]
    let model = try BertModel(config: config, head: .sequenceClassification(labels: 3), seed: 3)
    for (label, value) in [Float(30), 10, 20].enumerated() {
      model.parameters.matrix("classifier.bias")[0, label] = value
    }
    let teacher = try Teacher(
      model: model, tokenizer: tokenizer, task: task,
      studentLabels: ["entailment", "neutral", "contradiction"])
    try teacher.answer([Example(first: "a", second: "b")], maxLength: nil)
    let batch = LabelledBatch(batch: Batch(inputIDs: [[2, 5, 3]]), targets: [nil], rows: [0])
    let logits = try #require(
      try teacher.outputs(
        for: batch, request: OutputRequest(),
        at: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
      ).logits)
    #expect((0..<3).map { Int(logits[0, $0].rounded()) } == [10, 20, 30])
    var other = config
    other.labels = ["yes", "no", "maybe"]
    let stranger = try BertModel(config: other, head: .sequenceClassification(labels: 3), seed: 3)
    #expect {
      _ = try Teacher(model: stranger, tokenizer: tokenizer, task: task, studentLabels: nil)
    } throws: {
      "\($0)".contains("yes, no, maybe") && "\($0)".contains("entailment, neutral, contradiction")
    }
  }

  /// Recipes made in code are held to what those in files are.
  @Test func recipesMadeInCodeAreChecked() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let kl = TermSettings("kl", KLOptions(temperature: 2))
      var steps = kl
      steps.weight = .steps([])
      let broken: [([StageRecipe], String)] = [
        ([], "the recipe r has no stages"), ([StageRecipe("s", terms: [])], "the stage s has no terms"),
        ([StageRecipe("s", epochs: 0, terms: [kl])], "the stage s needs at least 1 epoch"),
        ([StageRecipe("s", learningRate: -1, terms: [kl])], "the stage s needs a learning_rate above 0"),
        ([StageRecipe("s", terms: [steps])], "a schedule of steps needs at least one value"),
        (
          [StageRecipe("s", terms: [TermSettings("hidden_mse", HiddenOptions(layers: .pairs([])))])],
          "at least one pair"
        ),
      ]
      for (stages, said) in broken {
        var settings = task.distill(output: "refused")
        settings.recipe = Recipe(name: "r", summary: "", paper: "", stages: stages)
        let error = #expect(throws: DistillationError.self) { try Distill.run(settings) { _ in } }
        #expect(error?.description.contains(said) == true, "\(said): \(String(describing: error))")
      }
      #expect(!Files.exists(folder + "/refused/run.json"))
    }
  }

  @Test func refusalsBeforeTheFirstStep() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      func refusal(_ change: (inout DistillSettings) -> Void) -> String {
        var settings = task.distill(output: "refused")
        change(&settings)
        do {
          _ = try Distill.run(settings) { _ in }
          return "nothing was refused"
        } catch { return "\(error)" }
      }
      #expect(refusal { $0.layerMap = .pairs([LayerPair(student: 1, teacher: 4)]) }.contains("layers 1 to 3"))
      #expect(
        refusal {
          $0.studentLayers = [1, 9]
          $0.student = nil
        }.contains("no layer 9"))
      #expect(refusal { $0.student = "2x15x2" }.contains("a divisor of hidden_size 15"))
      #expect(
        refusal { $0.method = "magic" }.contains("there is no method 'magic'; there are annealing-inter"))
      #expect(refusal { $0.method = "anealing" }.contains("did you mean annealing?"))
      #expect(refusal { $0.teacher = nil }.contains("needs a teacher"))
      #expect(refusal { $0.stageEpochs = [1] }.contains("2 stages"))
      #expect(refusal { $0.weights = ["kl": 1] }.contains("no term kl"))
      #expect(
        refusal {
          $0.recipe = Recipe(
            name: "r", summary: "", paper: "",
            stages: [StageRecipe("s", terms: [TermSettings("relations", RelationOptions(relationHeads: 5))])])
        }
        .contains("relation_heads 5 does not divide"))
      #expect(
        refusal {
          let pairs = [LayerPair(student: 0, teacher: 0), LayerPair(student: 2, teacher: 3)]
          let term = TermSettings("contextual_layers", LayerMapOptions(layers: .pairs(pairs)))
          $0.recipe = Recipe(
            name: "r", summary: "", paper: "", stages: [StageRecipe("s", terms: [term])])
        }
        .contains("relates at least three layers"))
      #expect(refusal { $0.output = "" }.contains("output is missing"))
      #expect(!Files.exists(folder + "/refused/run.json"), "a refused run leaves nothing")
    }
  }

  /// Half the stage's weight is labels' at 10 of 30 epochs; a distance below the margin times the scale is free.
  @Test func continuationIsFreeWithinItsMarginAlone() throws {
    let config = BertConfig(
      vocabSize: 8, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8)
    let arena = Arena()
    func logits(_ rows: [[Float]]) -> EncoderOutput {
      var output = EncoderOutput()
      let matrix = arena.matrix(rows.count, 2)
      for (i, row) in rows.enumerated() { for j in 0..<2 { matrix[i, j] = row[j] } }
      output.logits = matrix
      return output
    }
    // At epoch 9 of 30 with τmax 10 the scale is 0.4: the student is 0.9 and 1.1 times sqrt(m φ) from 0.4 z_t.
    let margin = 2.5
    let position = SchedulePosition(step: 0, stepCount: 1, epoch: 9, epochCount: 30)
    let radius = Float((margin * 0.4).squareRoot())
    let teacher = logits([[2, -1], [1, 3]])
    let student = logits([[0.8 + 0.9 * radius, -0.4], [0.4, 1.2 - 1.1 * radius]])
    let batch = LabelledBatch(
      batch: Batch(inputIDs: [[2, 3], [2, 3]]), targets: [nil, nil], rows: [0, 1])
    let term = try TermTable.standard.make(
      TermSettings("continuation", ContinuationOptions(maxTemperature: 10, margin: margin)),
      name: "continuation",
      in: TermTable.Setting(student: config, teacher: config, isRegression: false))
    let gradient = logits([[0, 0], [0, 0]])
    var sink = OutputGradient()
    sink.logits = gradient.logits
    let value = try term.evaluate(
      TermContext(
        student: student, teacher: teacher, batch: batch, position: position, weight: 1, gradient: sink,
        parameters: nil, ownGradients: nil))
    // (1 - 10/40) mean over 2 rows of (1.21 - 1) m φ, which is 1 here.
    #expect(abs(value - 0.75 * 0.5 * 0.21) < 1e-5)
    let found = try #require(gradient.logits)
    #expect(found[0, 0] == 0 && found[0, 1] == 0)
    #expect(abs(found[1, 1] + 0.75 * 0.5 * 2 * 1.1 * radius) < 1e-5 && abs(found[1, 0]) < 1e-6)
  }

  @Test func notANumberStopsWithTermAndRows() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "run")
      settings.training.learningRate = 1e30
      settings.training.warmupRatio = 0
      #expect {
        _ = try Finetune.run(settings) { _ in }
      } throws: {
        if case .notFinite(let step, _, let rows)? = $0 as? TrainingError {
          step >= 2 && rows.count <= 8
        } else {
          false
        }
      }
    }
  }
}
