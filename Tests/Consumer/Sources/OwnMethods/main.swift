// Trains with an objective, a lesson and a term of its own, each named in a recipe: stopped in the middle, gone on with, the
// same bytes as without, and a report at the end.
import Distillation
import Foundation
import Reporting
import Runs
import Training

let tables = MethodTables(
  terms: .standard + [MarginTerm.entry],
  lessons: .standard + [FocalObjective.entry, MeanTeacherLesson.entry])
let recipes = [
  Recipe(
    name: "focal", summary: "", paper: "",
    stages: [StageRecipe("focal", lesson: try NamedSettings("focal", FocalObjective.Settings(gamma: 1.5)))]),
  Recipe(
    name: "mean-teacher", summary: "", paper: "",
    stages: [StageRecipe("average", lesson: NamedSettings("mean-teacher"))]),
  Recipe(
    name: "margin", summary: "", paper: "",
    stages: [
      StageRecipe(
        "margins",
        terms: [
          TermSettings("margin", MarginTerm.Options(scale: 2)),
          TermSettings("labels", weight: 0.1),
        ])
    ]),
]

let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anneal-own-methods").path
try? FileManager.default.removeItem(atPath: folder)
try FileManager.default.createDirectory(atPath: folder + "/films", withIntermediateDirectories: true)
let good = ["a fine film", "a warm story", "a bright cast", "fine warm songs", "a bright fine tale"]
let bad = ["a dull film", "a cold story", "a weak cast", "dull cold songs", "a weak dull tale"]
let rows = "text\tlabel\n" + good.map { "\($0)\tgood\n" }.joined() + bad.map { "\($0)\tbad\n" }.joined()
let words = Set((good + bad).flatMap { $0.split(separator: " ") }).sorted().joined(separator: "\n")
for name in ["films/train.tsv", "films/dev.tsv"] {
  try rows.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
}
try "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\(words)\n".write(
  toFile: folder + "/vocab.txt", atomically: true, encoding: .utf8)

let training: TrainingSettings = {
  var training = TrainingSettings()
  (training.epochs, training.batchSize, training.learningRate) = (40, 5, 5e-3)
  return training
}()
var teacher = FinetuneSettings(task: "films", output: folder + "/teacher")
(teacher.data, teacher.shape, teacher.vocabulary) = (folder, "1x16x2", folder + "/vocab.txt")
teacher.training = training
_ = try Finetune.run(teacher) { _ in }

/// Runs a recipe; with a step to stop after, it is stopped there and gone on with.
func run(_ recipe: Recipe, to output: String, stopAfter step: Int? = nil) throws -> RunResult {
  var settings = DistillSettings(task: "films", output: output)
  (settings.data, settings.student, settings.teacher) = (folder, "1x16x2", folder + "/teacher")
  settings.recipe = recipe
  settings.training = training
  let stop = StopFlag()
  let recorder = RunRecorder(folder: RunFolder(output), progress: nil)
  func handle(_ event: RunEvent) throws {
    try recorder.handle(event)
    if case .step(let record) = event, record.step == step { stop.raise() }
  }
  do {
    return try Distill.run(settings, with: tables, stop: stop, onEvent: handle)
  } catch let error as TrainingError where error.isInterruption {
    return try Resume.run(folder: output, with: tables, onEvent: handle)
  }
}

for recipe in recipes {
  let (whole, stopped) = ("\(folder)/\(recipe.name)", "\(folder)/\(recipe.name)-stopped")
  let result = try run(recipe, to: whole)
  _ = try run(recipe, to: stopped, stopAfter: 33)
  let same = FileManager.default.contentsEqual(
    atPath: whole + "/model/model.safetensors", andPath: stopped + "/model/model.safetensors")
  let page = try ReportFiles.page(of: stopped)
  print("\(recipe.name): \(result.selected), \(same ? "the same" : "other") bytes after a stop")
  if !same || result.selected < 0.9 || !page.contains(recipe.name) { exit(1) }
}
