import BERT
import Distillation
import Files
import Tensors
import TestSupport
import Testing
import Tokenization
import Training

@testable import Runs

/// Anchors of a teacher's way: left, resumed, followed, averaged, and those of others refused.
@Suite(.serialized) struct AnchorTests {
  private struct Killed: Error {}
  private static let model = "/model.safetensors"

  /// Steps at the ends of equal parts, rounded up, the last of them the run's.
  @Test func stepsAreEqualParts() throws {
    #expect(try AnchorKeeper.steps(4, of: 18) == [5, 9, 14, 18])
    #expect(try AnchorKeeper.steps(3, of: 3) == [1, 2, 3])
    #expect { try AnchorKeeper.steps(4, of: 3) } throws: { "\($0)".contains("more than the 3 steps") }
  }

  /// Anchors are whole models of their steps, the same where the run was killed on the way, and leave the run's own bytes.
  @Test func keptAndResumedBytewise() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "plain")
      settings.training.saveSteps = 3
      _ = try Finetune.run(settings) { _ in }
      let plain = try Files.read(settings.output + "/model" + Self.model)
      (settings.keepAnchors, settings.output) = (4, folder + "/whole")
      _ = try Finetune.run(settings) { _ in }
      #expect(try Files.read(settings.output + "/model" + Self.model) == plain)
      let names = ["step-000000005", "step-000000009", "step-000000014", "step-000000018"]
      #expect(try Files.list(settings.output + "/anchors") == ["anchors.json"] + names)
      let whole = try names.map { try Files.read("\(settings.output)/anchors/\($0)\(Self.model)") }
      #expect(Set(whole).count == 4)
      let first = settings.output + "/anchors/" + names[0]
      _ = try (BertModel.load(directory: first), Tokenizer(directory: first))
      settings.output = folder + "/killed"
      for stop in [4, 13] {
        #expect(throws: Killed.self) {
          let onEvent: (RunEvent) throws -> Void = {
            if case .step(let step) = $0, step.step == stop { throw Killed() }
          }
          _ =
            try stop == 4
            ? Finetune.run(settings, onEvent: onEvent) : Resume.run(folder: settings.output, onEvent: onEvent)
        }
      }
      // What a killed writing leaves is no anchor.
      try Files.write("half", to: settings.output + "/anchors/.part-9/model.safetensors")
      _ = try Resume.run(folder: settings.output) { _ in }
      #expect(try Files.list(settings.output + "/anchors").filter { $0.hasPrefix("step-") } == names)
      #expect(!Files.exists(settings.output + "/anchors/.part-9"))
      #expect(try names.map { try Files.read("\(settings.output)/anchors/\($0)\(Self.model)") } == whole)
      #expect(try Files.read(settings.output + "/model" + Self.model) == plain)
    }
  }

  @Test func theForecastCountsThem() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "run")
      settings.keepAnchors = 3
      let disk = try #require(try Finetune.check(settings, seconds: 0.01).disk)
      #expect(disk.anchorBytes == 3 * disk.modelBytes)
      #expect(disk.bytes == 4 * disk.modelBytes + disk.checkpointBytes + disk.reportBytes)
    }
  }

  /// Each station teaches for an equal part of the steps, the last is the teacher.
  @Test func stationsShareTheSteps() throws {
    try withTemporaryDirectory { folder in
      let teachers = try Self.teachers([[0, 0], [1, -1], [4, -4]])
      let way = TeacherCurriculum(teachers)
      func stations(_ steps: Int) -> [Int] {
        (0..<steps).map {
          way.station(at: SchedulePosition(step: $0, stepCount: steps, epoch: 0, epochCount: 1))
        }
      }
      #expect(stations(7) == [0, 0, 0, 1, 1, 2, 2] && stations(3) == [0, 1, 2] && stations(1) == [0])
    }
  }

  /// A greedy way takes the farthest station within reach, and the next where none is.
  @Test func greedyWaysStrideAsFarAsTheyMay() throws {
    let teachers = try Self.teachers([[0.1, 0], [0.5, 0], [1, 0], [6, 0]])
    let rows = Self.rows
    for teacher in teachers { try teacher.answer(rows) }
    let way = TeacherCurriculum(teachers)
    // From evens: KL to (1, 0) is 0.1109, to (0.5, 0) 0.0302; from (1, 0) to (6, 0) it is 0.298.
    try way.choose(rows, threshold: 0.04)
    #expect(way.route == [1, 2, 3])
    try way.choose(rows, threshold: 0.12)
    #expect(way.route == [2, 3])
    try way.choose(rows, threshold: 10)
    #expect(way.route == [3])
    try way.choose(rows, threshold: 1e-9)
    #expect(way.route == [0, 1, 2, 3])
  }

  private static let rows = TaskRows(
    inputIDs: [[2, 5, 3], [2, 6, 3]], tokenTypeIDs: [[0, 0, 0], [0, 0, 0]], targets: [.label(0), .label(1)])

  /// Teachers that give the same logits to every row.
  private static func teachers(_ logits: [[Float]]) throws -> [Teacher] {
    let vocabulary = try Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"])
    let task = DistillSettings(task: "SST-2", output: "")
    return try logits.map { values in
      var config = BertConfig(
        vocabSize: 7, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8)
      config.labels = ["negative", "positive"]
      let model = try BertModel(config: config, head: .sequenceClassification(labels: 2), seed: 3)
      let weight = model.parameters.matrix("classifier.weight")
      for i in 0..<weight.count { weight.base[i] = 0 }
      for (i, value) in values.enumerated() { model.parameters.matrix("classifier.bias")[0, i] = value }
      return try Teacher(
        model: model, tokenizer: Tokenizer(vocabulary: vocabulary), task: task.namedTask(),
        studentLabels: config.labels)
    }
  }

  /// `rco` and `pro-kd` follow the way: the first steps learn from another teacher than the last ones, and a run that is
  /// killed on the way ends with the same bytes.
  @Test(arguments: ["rco", "pro-kd"]) func theWayIsFollowed(method: String) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "whole", method: method)
      (settings.training.saveSteps, settings.teacherCache) = (4, folder + "/cache")
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(settings, onEvent: recorder.handle)
      #expect(recorder.notes.contains { $0.hasPrefix("the teacher's way: step 2, step 4") })
      let whole = try Files.read(settings.output + "/model" + Self.model)
      let kept = try Files.list(folder + "/cache").count
      #expect(kept >= 3, "the logits of each anchor are kept")

      var plain = settings
      (plain.output, plain.method) = (folder + "/plain", method == "rco" ? "kd" : "annealing")
      _ = try Distill.run(plain) { _ in }
      #expect(try Files.read(plain.output + "/model" + Self.model) != whole)

      settings.output = folder + "/killed"
      #expect(throws: Killed.self) {
        try Distill.run(settings) { if case .step(let step) = $0, step.step == 14 { throw Killed() } }
      }
      _ = try Resume.run(folder: settings.output) { _ in }
      #expect(try Files.read(settings.output + "/model" + Self.model) == whole)

      var same = try SettingsFile.read(
        DistillSettings.self, from: RunFolder(folder + "/whole").settings)
      #expect(same.anchors == .equal)
      same.output = folder + "/same"
      _ = try Distill.run(same) { _ in }
      #expect(try Files.read(same.output + "/model" + Self.model) == whole)
    }
  }

  /// Any method may follow a way, or learn from all of it at once.
  @Test func otherMethodsUseAnchorsToo() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var models: Set<[UInt8]> = []
      for use in [nil, AnchorUse.equal, .greedy, .average] {
        var settings = task.distill(output: "run-\(use?.rawValue ?? "none")", method: "pkd")
        settings.anchors = use
        _ = try Distill.run(settings) { _ in }
        models.insert(try Files.read(settings.output + "/model" + Self.model))
      }
      #expect(models.count >= 3)
    }
  }

  @Test func anchorsOfOthersAreRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      func refusal(_ change: (inout DistillSettings) throws -> Void = { _ in }) -> String {
        var settings = task.distill(output: "refused", method: "rco")
        do {
          try change(&settings)
          _ = try Distill.run(settings) { _ in }
          return "nothing was refused"
        } catch { return "\(error)" }
      }
      var other = task.finetune(output: "bare")
      other.training.seed = 5
      _ = try Finetune.run(other) { _ in }
      #expect(refusal { $0.teacher = folder + "/bare" }.contains("the run kept no anchors"))
      #expect(
        refusal { $0.otherTeachers = [folder + "/bare/model"] }.contains("anchors are those of one teacher"))
      #expect(refusal { ($0.method, $0.anchors) = ("labels", .equal) }.contains("asks no teacher"))
      #expect(refusal { $0.anchorThreshold = 0.2 }.contains("anchors: greedy"))
      #expect(
        refusal { ($0.cacheStates, $0.teacherCache) = (true, folder + "/cache") }.contains("cache_states"))
      let anchors = RunFolder(folder + "/bare").anchors
      for name in try Files.list(folder + "/teacher/anchors") where name.hasPrefix("step-") {
        for file in try Files.list(folder + "/teacher/anchors/" + name) {
          try Files.write(
            try Files.read("\(folder)/teacher/anchors/\(name)/\(file)"), to: "\(anchors)/\(name)/\(file)")
        }
      }
      let list = try Files.read(folder + "/teacher/anchors/anchors.json")
      try Files.write(list, to: anchors + "/anchors.json")
      #expect(refusal { $0.teacher = folder + "/bare" }.contains("those of another run"))
      // A teacher of one task says nothing of another.
      let own = RunFolder(folder + "/teacher").anchors + "/anchors.json"
      try Files.write(String(decoding: list, as: UTF8.self).replacing("SST-2", with: "CoLA"), to: own)
      #expect(refusal().contains("its anchors are of CoLA"))
      #expect(!Files.exists(folder + "/refused/run.json"))
    }
  }
}
