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

  @Test func annealingNeverPassesOneNorDividesByZero() {
    for epochs in 1...40 {
      for steps in 1...20 {
        let scales = (0..<epochs).map { Annealing.scale(at: position($0, of: epochs), maxTemperature: steps) }
        #expect(scales.allSatisfy { $0 > 0 && $0 <= 1 } && scales == scales.sorted())
        #expect(epochs < steps || (scales.first == 1 / Double(steps) && scales.last == 1))
      }
    }
  }

  @Test func schedules() {
    #expect(Schedule.linear(from: 10, to: 1).value(at: position(9, of: 10)) == 1)
    #expect(Schedule.linear(from: 10, to: 1).value(at: position(0, of: 1)) == 10)
    #expect(abs(Schedule.cosine(from: 4, to: 2).value(at: position(1, of: 3)) - 3) < 1e-12)
    let steps = (0..<5).map { Schedule.steps([4, 2]).value(at: position($0, of: 5)) }
    #expect(steps == [4, 4, 4, 2, 2])
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
      for term in recipe.stages.flatMap(\.terms) { _ = try TermTable.entry(term.kind) }
    }
    #expect(Recipe.all[0].name == DistillSettings(task: "RTE", output: "").method)
  }
}
