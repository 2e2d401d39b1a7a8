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

/// Texts without labels, and teachers that read with another vocabulary: all that passes is text and logits.
@Suite(.serialized) struct TransferTests {
  /// A student that learns logits alone, then labels alone.
  private static func settings(_ task: TinyTask, _ name: String) -> DistillSettings {
    var settings = task.distill(output: name)
    settings.recipe = Recipe(
      name: "transfer", summary: "", paper: "",
      stages: [
        StageRecipe("logits", epochs: 2, terms: [TermSettings("logits_mse")]),
        StageRecipe("labels", epochs: 2, terms: [TermSettings("labels")]),
      ])
    settings.training.epochs = nil
    return settings
  }

  private static func model(_ settings: DistillSettings) throws -> String {
    try SHA256.hexadecimal(ofFile: settings.output + "/model/model.safetensors")
  }

  @Test func aVocabularyFileOfTheTeachersTokensIsTheTeachersVocabulary() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "run")
      settings.vocabulary = task.vocabulary
      #expect(try Distill.check(settings, seconds: 0.01).layerMaps.count == 2)
    }
  }

  @Test func unlabelledRowsAreLearntByWhatTheTeacherSays() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      // The last 20 of 44 rows lose their labels; what is left has no part in learning logits.
      var all = Self.settings(task, "all")
      all.recipe?.stages.removeLast()
      _ = try Distill.run(all) { _ in }
      let rows = String(decoding: try Files.read(task.data + "/SST-2/train.tsv"), as: UTF8.self)
        .split(separator: "\n").dropFirst().suffix(20)
      let texts = rows.compactMap { $0.split(separator: "\t").first }
      let file = folder + "/texts.txt"
      try Files.write(texts.joined(separator: "\n") + "\n", to: file)
      var some = all
      (some.output, some.limit, some.unlabelled) = (folder + "/some", 24, [file])
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(some, onEvent: recorder.handle)
      #expect(try Self.model(some) == Self.model(all))
      #expect(recorder.notes.contains { $0.hasPrefix("20 rows have no label") })

      // Labels alone are learnt from the rows that have some.
      var both = some
      (both.recipe, both.output) = (Self.settings(task, "both").recipe, folder + "/both")
      let result = try Distill.run(both) { _ in }
      #expect(result.stages.map(\.steps) == [2 * 6, 2 * 3])
      let preview = try Distill.check(both, seconds: 0.01)
      #expect(preview.run.stepCount == 18 && preview.run.trainingRows == 44)
      let inputs = try RunRecord<DistillSettings>.read(RunFolder(both.output)).inputs
      #expect(try inputs["unlabelled rows 1"] == SHA256.hexadecimal(ofFile: file))
    }
  }

  @Test func textsThatCannotBeReadAreNamedWithTheirLine() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      func refusal(_ text: String, method: String = "kd") throws -> String {
        let file = folder + "/texts.txt"
        try Files.write(text, to: file)
        var settings = task.distill(output: "refused", method: method)
        settings.unlabelled = [file]
        do {
          _ = try Distill.run(settings) { _ in }
          return "nothing was refused"
        } catch { return "\(error)" }
      }
      #expect(try refusal("good film\ngood\tfilm\n").contains("texts.txt:2: expected 1 columns, found 2"))
      #expect(try refusal("").contains("expected rows"))
      #expect(try refusal("good film\n", method: "labels").contains("learns from labels alone"))
      try Files.write("a text\tanother\nb\tc\nalone\n", to: folder + "/pairs.txt")
      let read = try GLUETask.named("RTE").loadTexts(folder + "/pairs.txt", skipMalformed: true)
      let pairs = read.examples
      #expect(read.skippedLines == [3])
      #expect(pairs.map(\.first) == ["a text", "b"] && pairs.map(\.second) == ["another", "c"])
      #expect(pairs.allSatisfy { $0.label == nil })
    }
  }

  /// The same teacher with the rows of its vocabulary in another order says the same, and is asked by text.
  @Test func aTeacherWithAnotherVocabularyTeachesByText() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let (stranger, vocabulary) = (folder + "/stranger", folder + "/turned.txt")
      let tokens = try Tokenizer(directory: task.teacher).vocabulary.tokens
      let turned = tokens.prefix(5) + tokens.dropFirst(5).reversed()
      try Files.write(turned.joined(separator: "\n") + "\n", to: vocabulary)
      let model = try BertModel.load(directory: task.teacher, head: .asStored).model
      let words = model.parameters.matrix(BertModel.wordEmbeddings)
      let copy = (0..<words.rows).map { Array(words.row($0)) }
      for (row, token) in turned.enumerated() {
        let from = try #require(tokens.firstIndex(of: token))
        for column in 0..<words.columns { words[row, column] = copy[from][column] }
      }
      try model.save(to: stranger)
      try Tokenizer(vocabularyFile: vocabulary).save(to: stranger)

      var own = Self.settings(task, "own")
      own.vocabulary = task.vocabulary
      var other = own
      (other.teacher, other.output) = (stranger, folder + "/other")
      _ = try Distill.run(own) { _ in }
      for keeps in [false, true] {
        other.teacherCache = keeps ? folder + "/cache" : nil
        other.overwrite = true
        _ = try Distill.run(other) { _ in }
        #expect(try Self.model(other) == Self.model(own))
      }
      // Ids of one vocabulary mean other words in the other: layers cannot be compared token by token.
      other.recipe = nil
      #expect {
        _ = try Distill.run(other) { _ in }
      } throws: {
        "\($0)".contains("different vocabularies: choose a method of logits alone")
      }
    }
  }
}
