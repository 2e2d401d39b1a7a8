import BERT
import Distillation
import Files
import FoundationEssentials
import TestSupport
import Testing
import Training

@testable import Runs

/// Schedules, layer maps, annealing and recipes by their definitions, and what each refuses.
@Suite struct DistillationSettingsTests {
  private func position(_ epoch: Int, of count: Int) -> SchedulePosition {
    SchedulePosition(step: 0, stepCount: 1, epoch: epoch, epochCount: count)
  }

  @Test func annealingGoesAsTheOfficialRelease() {
    let scales = (0..<14).map { Annealing.scale(at: position($0, of: 14), maxTemperature: 7) * 7 }
    #expect(scales.map { Int($0.rounded()) } == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7])
  }

  /// For every number of epochs or steps: above 0, never falling, 1 in the last and in no other sooner than its share;
  /// all multiples of 1/τmax in equal parts where they divide the stage.
  @Test func annealingEndsAtTheTeacher() {
    for count in 1...40 {
      for steps in 1...20 {
        let byEpoch = (0..<count).map { Annealing.scale(at: position($0, of: count), maxTemperature: steps) }
        let byStep = (0..<count).map {
          Annealing.scale(
            at: SchedulePosition(step: $0, stepCount: count, epoch: 0, epochCount: 1), maxTemperature: steps,
            by: .step)
        }
        #expect(byEpoch == byStep)
        #expect(byEpoch.last == 1 && byEpoch == byEpoch.sorted() && byEpoch.allSatisfy { $0 > 0 && $0 <= 1 })
        for (index, scale) in byEpoch.enumerated() {
          let multiple = scale * Double(steps)
          #expect(abs(multiple - multiple.rounded()) < 1e-12)
          let line = Double(index + 1) / Double(count)
          #expect(scale > line - 1e-12 && scale < line + 1 / Double(steps))
        }
        if count % steps == 0 {
          let parts = (0..<count).map { Double(1 + $0 / (count / steps)) / Double(steps) }
          #expect(byEpoch == parts)
        }
      }
    }
  }

  @Test func continuationGoesAsThePaperWhileTheTeacherCounts() throws {
    let config = BertConfig(
      vocabSize: 8, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8)
    let term = try TermTable.standard.make(
      Recipe.named("continuation").stages[0].terms[0], name: "continuation",
      in: TermTable.Setting(student: config, teacher: config, isRegression: false))
    let scales = (0..<30).compactMap { term.annealingScale(at: position($0, of: 30)) }
    #expect(scales.map { Int(($0 * 10).rounded()) } == (0..<30).map { 1 + $0 / 3 })
    for epochs in 1...40 { #expect(term.annealingScale(at: position(epochs - 1, of: epochs)) == 1) }
  }

  @Test func schedules() {
    #expect(Schedule.linear(from: 10, to: 1).value(at: position(9, of: 10)) == 1)
    #expect(Schedule.linear(from: 10, to: 1).value(at: position(0, of: 1)) == 10)
    #expect(abs(Schedule.cosine(from: 4, to: 2).value(at: position(1, of: 3)) - 3) < 1e-12)
    let steps = (0..<5).map { Schedule.steps([4, 2]).value(at: position($0, of: 5)) }
    #expect(steps == [4, 4, 4, 2, 2])
    for epochs in 1...8 {
      #expect(Schedule.steps([4, 3, 2, 1]).value(at: position(epochs - 1, of: epochs)) == 1)
    }
  }

  @Test(arguments: [
    Schedule.constant(0.5), .linear(from: 2, to: 0), .cosine(from: 1, to: 0), .steps([1, 2, 3]),
  ])
  func schedulesReadBack(_ schedule: Schedule) throws {
    #expect(try JSONDecoder().decode(Schedule.self, from: JSONEncoder().encode(schedule)) == schedule)
  }

  @Test func layerMaps() throws {
    func pairs(_ map: LayerMap, _ student: Int, _ teacher: Int, embeddings: Bool = false) throws -> [[Int]] {
      try map.resolved(student: student, teacher: teacher, embeddings: embeddings).map {
        [$0.student, $0.teacher]
      }
    }
    #expect(try pairs(.uniform, 3, 12, embeddings: true) == [[0, 0], [1, 4], [2, 8], [3, 12]])
    #expect(try pairs(.uniform, 4, 6) == [[1, 2], [2, 3], [3, 5], [4, 6]])
    #expect(try pairs(.last, 3, 12) == [[1, 10], [2, 11], [3, 12]])
    #expect(try pairs(.skip, 6, 12) == [[1, 2], [2, 4], [3, 6], [4, 8], [5, 10]])
    #expect(try pairs(LayerMap("0:0,2:5"), 2, 6, embeddings: true) == [[0, 0], [2, 5]])
    #expect(throws: DistillationError.layer(model: "teacher", layer: 7, layers: 1...6)) {
      try pairs(LayerMap("1:7"), 2, 6)
    }
    #expect(
      "\(DistillationError.layer(model: "student", layer: 0, layers: 1...2))".hasSuffix(
        "it has layers 1 to 2"))
    #expect(
      "\(DistillationError.layer(model: "student", layer: 3, layers: 0...2))".hasSuffix(
        "and 0 for the embeddings"))
    #expect(throws: DistillationError.layer(model: "student", layer: 0, layers: 1...2)) {
      try pairs(LayerMap("0:0"), 2, 6)
    }
    #expect(throws: DistillationError.self) { try LayerMap("1-2") }
  }

  /// What would change nothing is a mistake, not a wish to be passed over.
  @Test(arguments: [
    ("annealing", "temperature: 4", "no term that temperature would change"),
    ("kd", "max_temperature: 5", "no term that max_temperature would change"),
    ("kd", "anneal_by: step", "no term that anneal_by would change"),
    ("annealing", "anneal_by: step", nil), ("continuation", "anneal_by: step", nil),
    ("kd", "layer_map: uniform", "no term that layer_map would change"),
    ("minilm", "layer_map: '1:2'", nil),
    (
      "kd", "recipe: {name: x, stages: [{name: y, learning_rate: -0.001, terms: [{kind: labels}]}]}",
      "above 0"
    ),
    ("kd", "training: {adam_epsilon: 1.0e-50}", "single precision"),
    ("kd", "training: {adam_epsilon: .inf}", "single precision"),
    ("kd", "teacher_weights: [1.0e+308, 1.0e+308]\nother_teachers: [b]", "teacher_weights needs"),
  ])
  func settingsThatDoNothingOrCannotBeAreRefused(method: String, line: String, message: String?) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let text = "method: \(method)\ntask: SST-2\noutput: x\nstudent: 2x16x2\n\(line)\n"
      try Files.write(text, to: folder + "/s.yaml")
      func check() throws {
        var settings = try SettingsFile.read(DistillSettings.self, from: folder + "/s.yaml")
        (settings.data, settings.teacher, settings.output) = (task.data, task.teacher, folder + "/x")
        _ = try Distill.check(settings, seconds: 0.01)
      }
      guard let message else { return try check() }
      #expect {
        try check()
      } throws: {
        "\($0)".contains(message)
      }
    }
  }

  @Test func scalesThatARunWillTakeAreSaid() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      func parts(_ change: (inout DistillSettings) -> Void) throws -> [[Double]] {
        var settings = task.distill(output: "x", method: "annealing")
        settings.stageEpochs = [4, 1]
        change(&settings)
        let annealing = try Distill.check(settings, seconds: 0.01).annealing
        #expect(annealing.map(\.stage) == ["annealed"])
        // What is said is what the steps of the run take.
        var scales: [Double] = []
        _ = try Distill.run(settings) {
          if case .step(let step) = $0, let scale = step.annealingScale { scales.append(scale) }
        }
        #expect(annealing[0].parts.last?.lastStep == scales.count)
        var first = 0
        for part in annealing[0].parts {
          #expect(scales[first..<part.lastStep].allSatisfy { $0 == part.scale })
          first = part.lastStep
        }
        try Files.remove(settings.output)
        return annealing[0].parts.map { [($0.scale * 7).rounded(), $0.epochs] }
      }
      #expect(try parts { _ in } == [[2, 1], [4, 2], [6, 3], [7, 4]])
      #expect(try parts { $0.stageEpochs = [1, 1] } == [[7, 1]])
      let byStep = try parts { ($0.stageEpochs, $0.annealBy) = ([2, 1], .step) }
      #expect(byStep.map { $0[0] }.last == 7 && byStep.count > 2 && byStep.last?[1] == 2)
    }
  }

  @Test func layersThatAMethodComparesByItself() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      for (method, student, maps) in [
        ("distilbert", "2x16x2", ["hidden_cosine: 2 from 3"]), ("pkd", "1x16x2", ["pkd: 1 from 3"]),
        ("pkd", "2x16x2", ["pkd: 1 from 2"]), ("minilm", "2x16x2", ["relations: 2 from 3"]),
        ("kd", "2x16x2", []),
      ] {
        var settings = task.distill(output: "x", method: method)
        settings.student = student
        #expect(try Distill.check(settings, seconds: 0.01).layerMaps == maps)
      }
    }
  }

  @Test func everyRecipeReadsBackAndNamesTermsThatThereAre() throws {
    for recipe in Recipe.all {
      #expect(try JSONDecoder().decode(Recipe.self, from: JSONEncoder().encode(recipe)) == recipe)
      for term in recipe.stages.flatMap(\.terms) { _ = try TermTable.standard.entry(term.kind) }
    }
    #expect(Recipe.all[0].name == DistillSettings(task: "RTE", output: "").method)
  }
}
