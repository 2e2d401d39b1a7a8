// Fine-tunes a small model on ten sentences and asks it about two more.
import BERT
import Distillation
import Foundation
import Runs
import Tokenization
import Training

let good = ["a fine film", "a warm story", "a bright cast", "fine warm songs", "a bright fine tale"]
let bad = ["a dull film", "a cold story", "a weak cast", "dull cold songs", "a weak dull tale"]

// The sentences as a task on the disk, and a vocabulary of their words.
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anneal-consumer").path
let rows = good.map { "\($0)\tgood\n" } + bad.map { "\($0)\tbad\n" }
let words = Set((good + bad).flatMap { $0.split(separator: " ").map(String.init) }).sorted()
let vocabulary = try Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words)
try FileManager.default.createDirectory(atPath: folder + "/films", withIntermediateDirectories: true)
for name in ["train", "dev"] {
  let text = "text\tlabel\n" + rows.joined()
  try text.write(toFile: "\(folder)/films/\(name).tsv", atomically: true, encoding: .utf8)
}
try vocabulary.tokens.joined(separator: "\n").write(
  toFile: folder + "/vocab.txt", atomically: true, encoding: .utf8)

// Training: everything that decides the run is a value.
var settings = FinetuneSettings(task: "films", output: folder + "/run")
settings.data = folder
settings.shape = "1x16x2"
settings.vocabulary = folder + "/vocab.txt"
settings.overwrite = true
settings.training.epochs = 40
settings.training.batchSize = 5
settings.training.learningRate = 5e-3
let result = try Finetune.run(settings) { _ in }
print("accuracy on the ten: \(result.selected)")

// Use: a folder gives a model and a tokenizer, texts give probabilities.
let model = try BertModel.load(directory: folder + "/run/model").model
let tokenizer = try Tokenizer(directory: folder + "/run/model")
let predictor = Predictor(model: model)
var answers: [Bool] = []
for text in ["a warm bright film", "a cold weak film"] {
  let encoding = try tokenizer.encode(text)
  let input = TaskRows(inputIDs: [encoding.ids], tokenTypeIDs: [encoding.tokenTypeIDs], targets: [nil])
  let probabilities = Answer.probabilities(try predictor.logits(input)[0])
  print("\(text): \(model.config.labels ?? []) \(probabilities)")
  answers.append(probabilities[1] > 0.5)
}
if answers != [true, false] { exit(1) }
