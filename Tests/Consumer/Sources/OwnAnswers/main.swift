// Answers of other kinds than one class each, through the library: several labels in JSON lines, votes in CSV, scores of any
// range. Of each a model is trained and distilled, loaded from its folder, and asked in the answers' own terms.
import BERT
import Distillation
import Foundation
import GLUE
import Runs
import Tokenization
import Training

let good = ["a fine film", "a warm story", "a bright cast", "fine warm songs", "a bright fine tale"]
let bad = ["a dull film", "a cold story", "a weak cast", "dull cold songs", "a weak dull tale"]
let texts = good + bad
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anneal-own-answers").path
try? FileManager.default.removeItem(atPath: folder)

/// Whether the labels `film` and `good` hold of a text.
func labels(_ text: String) -> [String] {
  (text.contains("film") ? ["film"] : []) + (good.contains(text) ? ["good"] : [])
}

/// Writes the training rows of a task, which are its dev rows too.
func write(_ task: String, _ end: String, _ text: String) throws {
  try FileManager.default.createDirectory(atPath: "\(folder)/\(task)", withIntermediateDirectories: true)
  for name in ["train", "dev"] {
    try text.write(toFile: "\(folder)/\(task)/\(name).\(end)", atomically: true, encoding: .utf8)
  }
}
try write(
  "aspects", "jsonl",
  texts.map { text in
    "{\"text\": \"\(text)\", \"labels\": [\(labels(text).map { "\"\($0)\"" }.joined(separator: ", "))]}\n"
  }.joined())
// Three of four people agree.
try write(
  "votes", "csv",
  "text,p:bad,p:good\r\n" + texts.map { "\"\($0)\",\(good.contains($0) ? "1,3" : "3,1")\r\n" }.joined())
try write("stars", "tsv", "text\tscore\n" + texts.map { "\($0)\t\(good.contains($0) ? 90 : 20)\n" }.joined())
let words = Set(texts.flatMap { $0.split(separator: " ").map(String.init) }).sorted()
try (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words).joined(separator: "\n").write(
  toFile: folder + "/vocab.txt", atomically: true, encoding: .utf8)

let training: TrainingSettings = {
  var training = TrainingSettings()
  (training.epochs, training.batchSize, training.learningRate) = (100, 5, 3e-3)
  return training
}()

/// Trains a teacher of a task, distils a student of it, and reads what the student says of two texts.
func answers(_ name: String, columns: TaskColumns = TaskColumns()) throws -> [(
  label: Label, probabilities: [Double]
)] {
  var teacher = FinetuneSettings(task: name, output: "\(folder)/\(name)-teacher")
  (teacher.data, teacher.shape, teacher.vocabulary) = (folder, "1x32x2", folder + "/vocab.txt")
  (teacher.columns, teacher.training) = (columns, training)
  _ = try Finetune.run(teacher) { _ in }
  var settings = DistillSettings(task: name, output: "\(folder)/\(name)-student")
  (settings.data, settings.student, settings.teacher) = (folder, "1x32x2", teacher.output)
  settings.recipe = try Recipe.named("kd")
  (settings.columns, settings.training) = (columns, training)
  let result = try Distill.run(settings) { _ in }
  print("\(name): \(result.selectionMetric) \(result.selected)")

  let model = try BertModel.load(directory: "\(folder)/\(name)-student/model").model
  let tokenizer = try Tokenizer(directory: "\(folder)/\(name)-student/model")
  let task = try GLUETask.named(name, in: folder, columns: columns)
  let reading = try AnswerReading(task, modelLabels: model.config.labels, scale: model.config.scoreScale)
  let predictor = Predictor(model: model)
  return try ["a fine film", "a weak cast"].map { text in
    let encoding = try tokenizer.encode(text)
    let rows = TaskRows(inputIDs: [encoding.ids], tokenTypeIDs: [encoding.tokenTypeIDs], targets: [nil])
    let logits = try predictor.logits(rows)[0]
    print("  \(text): \(reading.label(logits))")
    return (reading.label(logits), task.isRegression ? [] : reading.probabilities(logits))
  }
}

let aspects = try answers("aspects").map(\.label)
let votes = try answers("votes", columns: TaskColumns(normalize: true))
let stars = try answers("stars").map { $0.label.score ?? 0 }
let holds =
  aspects == [.set([0, 1]), .set([])]
  // What was learnt is that people disagree, not that they are sure.
  && votes.map(\.label) == [.index(1), .index(0)] && votes.allSatisfy { abs($0.probabilities[1] - 0.5) < 0.4 }
  && abs(stars[0] - 90) < 20 && abs(stars[1] - 20) < 20
if !holds { exit(1) }
