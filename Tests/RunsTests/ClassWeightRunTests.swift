import BERT
import Distillation
import Files
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// Runs whose classes count unequally.
@Suite struct ClassWeightRunTests {
  private static func terms(_ settings: FinetuneSettings) throws -> [Double] {
    let recorder = TinyTask.Recorder()
    _ = try Finetune.run(settings, onEvent: recorder.handle)
    return recorder.log.compactMap { if case .step(let step) = $0 { step.loss } else { nil } }
  }

  private static func model(_ output: String) throws -> [UInt8] {
    try Files.read(output + "/model/model.safetensors")
  }

  @Test func equalWeightsChangeNoByteAndOthersDo() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      func trained(_ name: String, _ weights: ClassWeights?) throws -> [UInt8] {
        var settings = tiny.finetune(output: name, shape: "1x8x2")
        settings.training.classWeights = weights
        _ = try Self.terms(settings)
        return try Self.model(settings.output)
      }
      let plain = try trained("plain", nil)
      #expect(try trained("equal", .list([1, 1])) == plain)
      #expect(try trained("unequal", .list([1, 4])) != plain)
    }
  }

  /// The weights of the whole step divide, however the step is cut.
  @Test func accumulatedBatchesEqualOneLargeBatch() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      let steps = try [(8, 1), (2, 4)].map { size, parts in
        var settings = tiny.finetune(output: "batch-\(size)", shape: "1x8x2")
        settings.training.classWeights = .list([0.25, 3])
        (settings.training.batchSize, settings.training.gradientAccumulationSteps) = (size, parts)
        return try Self.terms(settings)
      }
      #expect(steps[0].count == steps[1].count && !steps[0].isEmpty)
      for (large, small) in zip(steps[0], steps[1]) { #expect(abs(large - small) < 1e-5 * large) }
    }
  }

  /// Weights stand in the task's order, whatever the order of the model's labels.
  @Test func weightsGoByName() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      var first = tiny.finetune(output: "first", shape: "1x8x2")
      first.training.epochs = 1
      _ = try Self.terms(first)
      // The same model with its labels the other way round.
      let turned = folder + "/turned"
      for name in try Files.list(first.output + "/model") {
        try Files.write(try Files.read("\(first.output)/model/\(name)"), to: "\(turned)/\(name)")
      }
      var other = try String(decoding: Files.read(turned + "/config.json"), as: UTF8.self)
      for (old, new) in [
        (#""0" : "0""#, #""0" : "x""#), (#""1" : "1""#, #""1" : "0""#), (#""0" : "x""#, #""0" : "1""#),
        (#""0" : 0"#, #""0" : 9"#), (#""1" : 1"#, #""1" : 0"#), (#""0" : 9"#, #""0" : 1"#),
      ] {
        #expect(other.contains(old))
        other = other.replacing(old, with: new)
      }
      try Files.write(other, to: turned + "/config.json")
      func losses(_ name: String, model: String, _ weights: [Double], flipped: Bool) throws -> Double {
        var settings = tiny.finetune(output: name)
        (settings.model, settings.shape, settings.vocabulary) = (model, nil, nil)
        (settings.training.classWeights, settings.training.epochs) = (.list(weights), 1)
        settings.data = folder + (flipped ? "/flipped" : "/data")
        return try #require(try Self.terms(settings).first)
      }
      for split in ["train", "dev"] {
        let text = String(decoding: try Files.read("\(tiny.data)/SST-2/\(split).tsv"), as: UTF8.self)
        let flipped = text.replacing("\t1\n", with: "\t2\n").replacing("\t0\n", with: "\t1\n")
          .replacing("\t2\n", with: "\t0\n")
        try Files.write(flipped, to: "\(folder)/flipped/SST-2/\(split).tsv")
      }
      // Labels turned in data and model alike: the same loss needs the weights turned too.
      let model = first.output + "/model"
      let plain = try losses("a", model: model, [0.25, 3], flipped: false)
      let same = try losses("b", model: turned, [3, 0.25], flipped: true)
      let wrong = try losses("c", model: turned, [0.25, 3], flipped: true)
      #expect(abs(plain - same) < 1e-6 && abs(plain - wrong) > 1e-3, "\(plain), \(same), \(wrong)")
    }
  }

  @Test func balancedWeightsAreTold() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      let rows = (0..<12).map { "good film\t\($0 % 4 == 0 ? 0 : 1)\n" }.joined()
      try Files.write("sentence\tlabel\n" + rows, to: tiny.data + "/SST-2/train.tsv")
      var settings = tiny.finetune(output: "run", shape: "1x8x2")
      settings.training.classWeights = .balanced
      #expect(try Finetune.check(settings, seconds: 0).notes.contains("class weights: 0 2.0, 1 0.667"))
      settings.training.classWeights = .list([1])
      #expect(
        throws: TrainingError.settings(
          "class_weights must be a number for each of the 2 classes (0, 1), not 1")
      ) { try Finetune.check(settings, seconds: 0) }
      var teacher = tiny.finetune(output: "teacher")
      teacher.keepAnchors = nil
      _ = try Finetune.run(teacher) { _ in }
      var student = tiny.distill(output: "student", method: "distilbert")
      student.recipe = Recipe(
        name: "own", summary: "", paper: "", stages: [StageRecipe("own", terms: [TermSettings("kl")])])
      student.training.classWeights = .balanced
      #expect(
        throws: DistillationError.settings("the method own has nothing that class_weights would change")
      ) {
        try Distill.check(student, seconds: 0)
      }
      student.recipe = nil
      student.method = "labels"
      #expect(try Distill.check(student, seconds: 0).notes.contains("class weights: 0 2.0, 1 0.667"))
    }
  }
}
