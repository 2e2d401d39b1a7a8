import BERT
import Distillation
import Files
import Runs
import Sentences
import TestSupport
import Testing
import Tokenization
import Training

/// Sentence encoders of another width or another vocabulary than their teacher's.
@Suite(.serialized) struct ProjectionTests {
  /// A teacher for sentences, its vocabulary in another order than the text's and with other pieces.
  private static func teacher(in folder: String, width: Int = 24) throws -> String {
    let words = [
      "long", "far", "well", "fast", "away", "home", "sleeps", "jumps", "swims", "sings", "barks", "runs",
      "sheep",
      "horse", "fish", "bird", "dog", "cat", ".", "a", "the", "ba", "##rks",
    ].filter { $0 != "barks" }
    let tokenizer = try Tokenizer(
      vocabulary: Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words))
    var config = try BertConfig(shape: "1x\(width)x2", vocabSize: words.count + 5)
    config.initializerRange = 0.4
    let model = try BertModel(config: config, head: .none, seed: 8)
    try SentenceEncoder(model: model, tokenizer: tokenizer).save(to: folder + "/teacher")
    return folder + "/teacher"
  }

  private static func settings(_ text: TinyText, _ output: String, _ teacher: String, shape: String)
    -> PretrainSettings
  {
    var settings = text.settings(output: output, method: "sentence-vectors")
    (settings.teacher, settings.shape) = (teacher, shape)
    return settings
  }

  private static func notes(_ settings: PretrainSettings) throws -> (notes: [String], result: RunResult) {
    let recorder = TinyTask.Recorder()
    let result = try Pretrain.run(settings, onEvent: recorder.handle)
    return (recorder.notes, result)
  }

  private func message(_ settings: PretrainSettings) -> String {
    do {
      _ = try Pretrain.run(settings) { _ in }
      return "done"
    } catch { return "\(error)" }
  }

  /// The loss on held-out lines is that of the vectors which both folders give of the same texts.
  @Test func aTeacherOfAnotherVocabularyReadsTheSameLines() throws {
    try withTemporaryDirectory { folder in
      let (text, teacher) = (try TinyText(in: folder), try Self.teacher(in: folder))
      let lines = TinyText.lines(20, seed: 5)
      try Files.write(lines, to: folder + "/dev.txt")
      var settings = Self.settings(text, "run", teacher, shape: "1x24x2")
      (settings.devText, settings.devShare) = ([folder + "/dev.txt"], nil)
      settings.recipe = Recipe(
        name: "own", summary: "", paper: "",
        stages: [
          StageRecipe(
            "vectors", terms: [TermSettings("sentence_vector", SentenceVectorOptions(distance: .cosine))])
        ])
      settings.training.epochs = 8
      let (notes, result) = try Self.notes(settings)
      #expect(notes.contains { $0.contains("reads the same lines by its own vocabulary") })
      let texts = lines.split(separator: "\n").map(String.init)
      let vectors = try [folder + "/run/model", teacher].map {
        try SentenceEncoder(directory: $0).vectors(texts)
      }
      let far =
        zip(vectors[0], vectors[1]).map { 1 - cosineSimilarity($0, $1) }.reduce(0, +) / Double(texts.count)
      let loss = try #require(result.metrics["loss"])
      #expect(abs(loss - far) < 1e-5 && far < 0.3, "\(loss), \(far)")
      // Layers are not compared between two vocabularies.
      settings = Self.settings(text, "layers", teacher, shape: "1x24x2")
      settings.method = "minilm"
      #expect(message(settings).contains("or compare whole sentences (--method sentence-vectors)"))
      settings = Self.settings(text, "packed", teacher, shape: "1x24x2")
      settings.rows = .packed
      #expect(message(settings).contains("have different vocabularies"))
    }
  }

  @Test(arguments: [false, true]) func aProjectionIsKeptOrLeftBehind(otherVocabulary: Bool) throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      var teacher = try Self.teacher(in: folder)
      if !otherVocabulary {
        let tokenizer = try Tokenizer(vocabularyFile: text.vocabulary)
        var config = try BertConfig(shape: "1x24x2", vocabSize: tokenizer.vocabulary.count)
        config.initializerRange = 0.4
        teacher = folder + "/same"
        try SentenceEncoder(model: BertModel(config: config, head: .none, seed: 8), tokenizer: tokenizer)
          .save(to: teacher)
      }
      var settings = Self.settings(text, "dropped", teacher, shape: "1x12x2")
      let dropped = try Self.notes(settings)
      #expect(dropped.notes.contains { $0.contains("is left behind: vectors will have the student's 12") })
      #expect(!Files.exists(folder + "/dropped/model/2_Dense"))
      #expect(try SentenceEncoder(directory: folder + "/dropped/model").vectors(["a cat"])[0].count == 12)

      settings = Self.settings(text, "kept", teacher, shape: "1x12x2")
      (settings.projection, settings.training.epochs) = (.keep, 30)
      let kept = try Self.notes(settings)
      #expect(kept.notes.contains { $0.contains("is kept with the last weights as 2_Dense") })
      let encoder = try SentenceEncoder(directory: folder + "/kept/model")
      #expect(encoder.dense?.outputs == 24)
      let texts = TinyText.lines(30, seed: 9).split(separator: "\n").map(String.init)
      let (own, its) = (try encoder.vectors(texts), try SentenceEncoder(directory: teacher).vectors(texts))
      let mean = zip(own, its).map { cosineSimilarity($0, $1) }.reduce(0, +) / Double(texts.count)
      #expect(own[0].count == 24 && mean > 0.9, "\(mean)")
      // Stopped and gone on with, it ends with the same bytes.
      let stop = StopFlag()
      settings.output = folder + "/stopped"
      var taken = 0
      #expect(throws: TrainingError.self) {
        _ = try Pretrain.run(settings, stop: stop) {
          if case .step = $0 { taken += 1 }
          if taken == 41 { stop.raise() }
        }
      }
      _ = try Resume.run(folder: settings.output) { _ in }
      for file in ["model.safetensors", "2_Dense/model.safetensors", "modules.json"] {
        #expect(
          try Files.read("\(folder)/kept/model/\(file)") == Files.read("\(folder)/stopped/model/\(file)"))
      }
    }
  }

  @Test func whatHasNoProjectionIsRefused() throws {
    try withTemporaryDirectory { folder in
      let (text, teacher) = (try TinyText(in: folder), try Self.teacher(in: folder))
      var settings = Self.settings(text, "run", teacher, shape: "1x24x2")
      for use in ProjectionUse.allCases {
        settings.projection = use
        #expect(message(settings).contains("there is no projection to keep or to drop"))
      }
      settings = Self.settings(text, "run", teacher, shape: "1x12x2")
      (settings.projection, settings.training.patience) = (.keep, 2)
      #expect(message(settings).contains("patience ends a run by the best"))
      settings = text.settings(output: "run")
      settings.projection = .keep
      #expect(message(settings).contains("ends without the term sentence_vector"))
      #expect(!Files.exists(folder + "/run"))
    }
  }
}
