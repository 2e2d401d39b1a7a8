import BERT
import Distillation
import Files
import GLUE
import Tensors
import TestSupport
import Testing
import Training

@testable import Runs

/// Whole distillations whose teacher has its labels in another order.
@Suite(.serialized) struct LabelContractTests {
  private static let order = ["contradiction", "entailment", "neutral"]

  /// Sentence pairs of MNLI whose label follows from the first word.
  private static func writeMNLI(_ folder: String) throws {
    let words = ["good", "bad", "fine"]
    let labels = ["entailment", "neutral", "contradiction"]
    let random = CounterRandom(seed: 5, purpose: .init("mnli"))
    func table(_ name: String, rows: Int, gold: Int, columns: Int) -> String {
      var header = (0..<columns).map { "column\($0)" }
      (header[0], header[8], header[9]) = ("index", "sentence1", "sentence2")
      header[columns - 1] = "gold_label"
      var text = header.joined(separator: "\t") + "\n"
      for row in 0..<rows {
        let word = Int(random.below(3, UInt64(row + gold * 1000)))
        var fields = [String](repeating: "x", count: columns)
        (fields[0], fields[8], fields[9]) = (String(row), "\(words[word]) film", "the plot")
        fields[columns - 1] = labels[word]
        text += fields.joined(separator: "\t") + "\n"
      }
      return text
    }
    try Files.write(table("train", rows: 96, gold: 1, columns: 12), to: folder + "/data/MNLI/train.tsv")
    for (number, name) in ["dev_matched", "dev_mismatched"].enumerated() {
      try Files.write(
        table(name, rows: 30, gold: 2 + number, columns: 16), to: "\(folder)/data/MNLI/\(name).tsv")
    }
  }

  /// The same model with its labels in another order: rows of the classifier and names move together.
  private static func permute(_ directory: String, to path: String) throws {
    let model = try BertModel.load(directory: directory, head: .asStored).model
    let labels = try #require(model.config.labels)
    var config = model.config
    config.labels = order
    let other = try BertModel(config: config, head: model.head, seed: 1)
    for entry in other.parameters.layout.entries {
      let from = try #require(model.parameters.layout.entry(entry.name))
      (other.parameters.values.base + entry.offset).update(
        from: model.parameters.values.base + from.offset, count: entry.count)
    }
    for (row, name) in order.enumerated() {
      let old = try #require(labels.firstIndex(of: name))
      for part in ["classifier.weight", "classifier.bias"] {
        let (source, target) = (model.parameters.matrix(part), other.parameters.matrix(part))
        if part.hasSuffix("bias") {
          target[0, row] = source[0, old]
        } else {
          for column in 0..<source.columns { target[row, column] = source[old, column] }
        }
      }
    }
    try other.save(to: path)
    try Files.write(try Files.read(directory + "/vocab.txt"), to: path + "/vocab.txt")
    try Files.write(
      try Files.read(directory + "/tokenizer_config.json"), to: path + "/tokenizer_config.json")
  }

  @Test func aTeacherWithItsLabelsInAnotherOrderTeachesTheSame() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      try Self.writeMNLI(folder)
      // One layer: deeper ones of this size can stay where two of three classes are the same to them.
      var settings = task.finetune(output: "teacher", shape: "1x32x4")
      settings.task = "MNLI"
      settings.training.epochs = 20
      settings.training.learningRate = 3e-3
      let teacher = try Finetune.run(settings) { _ in }
      #expect(teacher.selected > 0.5, "a teacher that knows nothing shows nothing")
      try Self.permute(task.teacher, to: folder + "/permuted")
      // Every row's logits alone: gold labels would hide a wrong order.
      let models = try [task.teacher, folder + "/permuted"].enumerated().map { number, directory in
        var student = task.distill(output: "student-\(number)")
        (student.task, student.teacher, student.training.epochs) = ("MNLI", directory, nil)
        (student.student, student.training.learningRate) = ("1x32x4", 3e-3)
        student.recipe = Recipe(
          name: "logits", summary: "", paper: "",
          stages: [StageRecipe("logits", epochs: 20, terms: [TermSettings("logits_mse")])])
        let result = try Distill.run(student) { _ in }
        // In a wrong order a third of the answers or none would be right.
        #expect(result.selected > 0.5 && result.metrics["dev_mismatched_accuracy"] != nil)
        return try SHA256.hexadecimal(ofFile: student.output + "/model/model.safetensors")
      }
      #expect(models[0] == models[1])
    }
  }
}
