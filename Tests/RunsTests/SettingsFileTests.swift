import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Settings as files: the one in a run folder runs the same run again, recipes read back as they are.
@Suite(.serialized) struct SettingsFileTests {
  @Test func theFileOfARunRunsTheSameRunAgain() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let model = "/model/model.safetensors"
      let teacher = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var again = try SettingsFile.read(FinetuneSettings.self, from: RunFolder(teacher.folder).settings)
      again.output = folder + "/teacher-again"
      _ = try Finetune.run(again) { _ in }
      #expect(try Files.read(again.output + model) == Files.read(teacher.folder + model))

      (again.model, again.shape, again.vocabulary) = (teacher.folder, nil, nil)
      again.output = folder + "/more"
      _ = try Finetune.check(again, seconds: 0)
      _ = try Finetune.run(again) { _ in }
      let more = try SettingsFile.read(FinetuneSettings.self, from: RunFolder(again.output).settings)
      #expect(more.model == teacher.folder + "/model")

      var settings = task.distill(output: "student")
      settings.maxTemperature = 2
      settings.layerMap = .pairs([LayerPair(student: 1, teacher: 2)])
      settings.weights = ["hidden_mse": 0.1 + 0.2]
      settings.training.learningRate = 1e-3 / 3
      let student = try Distill.run(settings) { _ in }
      var same = try SettingsFile.read(DistillSettings.self, from: RunFolder(student.folder).settings)
      #expect(same.training.learningRate == 1e-3 / 3)
      #expect(same.stageEpochs == [5, 1] && same.weights.isEmpty)
      same.output = folder + "/student-again"
      same.teacher = teacher.folder
      _ = try Distill.check(same, seconds: 0)
      _ = try Distill.run(same) { _ in }
      #expect(try Files.read(same.output + model) == Files.read(student.folder + model))
    }
  }

  @Test func runsStandForTheirModels() throws {
    try withTemporaryDirectory { folder in
      for name in ["run", "other"] { try Files.makeDirectory("\(folder)/\(name)/model") }
      try Files.makeDirectory(folder + "/checkpoint/model")
      try Files.write("{}", to: folder + "/checkpoint/config.json")
      let (run, other, checkpoint) = (folder + "/run", folder + "/other", folder + "/checkpoint")
      var settings = DistillSettings(task: "RTE", output: run)
      (settings.teacher, settings.otherTeachers) = (run, [checkpoint, other])
      (settings.student, settings.studentFrom) = (run, other)
      settings.resolveModels()
      #expect(settings.output == run && settings.teacher == run + "/model")
      #expect(settings.otherTeachers == [checkpoint, other + "/model"])
      #expect(settings.student == run + "/model" && settings.studentFrom == other + "/model")
      settings.student = "2x128x2"
      settings.resolveModels()
      #expect(settings.student == "2x128x2" && settings.teacher == run + "/model")
      var finetune = FinetuneSettings(task: "RTE", output: run)
      finetune.model = other
      finetune.resolveModels()
      #expect(finetune.model == other + "/model")
    }
  }

  @Test(arguments: Recipe.all.map(\.name))
  func everyMethodIsAFileToCopy(name: String) throws {
    try withTemporaryDirectory { folder in
      var settings = DistillSettings(task: "RTE", output: "x")
      settings.method = name
      let path = folder + "/settings.yaml"
      try Files.write(try settings.text(), to: path)
      var expected = settings
      let recipe = try Recipe.named(name)
      (expected.recipe, expected.anchors) = (recipe, TeacherWay.use(settings, recipe))
      #expect(try SettingsFile.read(DistillSettings.self, from: path) == expected)
    }
  }
}
