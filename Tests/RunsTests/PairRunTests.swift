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

/// Bi-encoders for pairs: trained, distilled out of cross-encoders, gone on with, read by others; what does not fit.
@Suite(.serialized) struct PairRunTests {
  /// A task of scores and one of classes: pairs that begin with the same word are alike.
  private struct Pairs {
    let tiny: TinyTask
    let folder: String

    init(in folder: String) throws {
      self.folder = folder
      tiny = try TinyTask(in: folder)
      let words = ["good", "bad", "fine", "poor"]
      for (split, rows) in [("train", 48), ("dev", 16)] {
        var scores =
          "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
        var classes = "sentence1\tsentence2\tlabel\n"
        for row in 0..<rows {
          let (first, second) = (
            "\(words[row % 4]) film", "\(words[row % 2 == 0 ? row % 4 : (row + 1) % 4]) plot"
          )
          scores += "\(row)\tg\tf\ty\t\(row)\ts\ts\t\(first)\t\(second)\t\(row % 2 == 0 ? "4.5" : "0.5")\n"
          classes += "\(first)\t\(second)\t\(row % 2 == 0 ? "same" : "other")\n"
        }
        try Files.write(scores, to: "\(folder)/data/STS-B/\(split).tsv")
        try Files.write(classes, to: "\(folder)/data/alike/\(split).tsv")
      }
    }

    func finetune(_ name: String, task: String = "STS-B", _ pairs: PairEncoding? = .bi) -> FinetuneSettings {
      var settings = tiny.finetune(output: name, shape: "1x16x2")
      (settings.task, settings.training.pairEncoding, settings.keepAnchors) = (task, pairs, nil)
      return settings
    }

    func distill(_ name: String, task: String = "STS-B", method: String = "kd") -> DistillSettings {
      var settings = tiny.distill(output: name, method: method)
      (settings.task, settings.student, settings.training.epochs) = (task, "1x16x2", 2)
      return settings
    }

    func config(_ run: String) throws -> BertConfig {
      try BertConfig(file: "\(folder)/\(run)/model/config.json")
    }
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "done"
    } catch { return "\(error)" }
  }

  @Test func bothKindsAreLearnt() throws {
    try withTemporaryDirectory { folder in
      let pairs = try Pairs(in: folder)
      var scores = pairs.finetune("scores")
      (scores.training.epochs, scores.training.learningRate) = (30, 3e-3)
      #expect(try Finetune.run(scores) { _ in }.metrics["pearson"].map { $0 > 0.9 } == true)
      var classes = pairs.finetune("classes", task: "alike")
      (classes.training.epochs, classes.training.learningRate) = (40, 3e-3)
      #expect(try Finetune.run(classes) { _ in }.metrics["accuracy"].map { $0 > 0.9 } == true)
      for run in ["scores", "classes"] {
        let config = try pairs.config(run)
        #expect(config.pairEncoding == .bi && config.pooling == .mean)
        let stored = try Tokenizer(directory: "\(folder)/\(run)/model")
        #expect(stored.settings.readsPairsApart)
      }
    }
  }

  /// A cosine of 0 is the least score and 1 the largest until something is learnt.
  @Test func aNewCosineAnswersInTheRangeOfTheScores() throws {
    try withTemporaryDirectory { folder in
      let pairs = try Pairs(in: folder)
      var settings = pairs.finetune("run")
      (settings.training.epochs, settings.training.learningRate) = (1, 1e-12)
      _ = try Finetune.run(settings) { _ in }
      let model = try BertModel.load(directory: folder + "/run/model").model
      #expect(abs(model.parameters.matrix("classifier.weight")[0, 0] - 5) < 1e-4)
      #expect(abs(model.parameters.matrix("classifier.bias")[0, 0]) < 1e-4)
      // Scores of a task of one's own are those of its rows, in the model's units.
      for split in ["train", "dev"] {
        try Files.write(
          "text_a\ttext_b\tscore\ngood\tbad\t10\nfine\tfine\t30\npoor\tpoor\t30\nbad\tgood\t10\n".replacing(
            "text_a\ttext_b", with: "sentence1\tsentence2"), to: "\(folder)/data/own/\(split).tsv")
      }
      settings = pairs.finetune("own", task: "own")
      (settings.training.epochs, settings.training.learningRate) = (1, 1e-12)
      _ = try Finetune.run(settings) { _ in }
      let own = try BertModel.load(directory: folder + "/own/model").model
      let scale = try #require(own.config.scoreScale)
      #expect(abs(scale.score(Double(own.parameters.matrix("classifier.bias")[0, 0])) - 10) < 1e-3)
      #expect(abs(Double(own.parameters.matrix("classifier.weight")[0, 0]) * scale.deviation - 20) < 1e-3)
    }
  }

  @Test(arguments: ["STS-B", "alike"]) func aCrossEncoderTeaches(task: String) throws {
    try withTemporaryDirectory { folder in
      let pairs = try Pairs(in: folder)
      _ = try Finetune.run(pairs.finetune("teacher", task: task, nil)) { _ in }
      #expect(try pairs.config("teacher").pairEncoding == .cross)
      for (name, method) in [("kd", "kd"), ("annealing", "annealing"), ("layers", "kd")] {
        var settings = pairs.distill(name, task: task, method: method)
        settings.training.pairEncoding = .bi
        if name == "layers" { (settings.student, settings.studentLayers) = (nil, [1]) }
        let recorder = TinyTask.Recorder()
        _ = try Distill.run(settings, onEvent: recorder.handle)
        #expect(try pairs.config(name).pairEncoding == .bi)
        #expect(
          recorder.notes.contains { $0.contains("its head is a new one") } == (name == "layers"),
          "\(recorder.notes)"
        )
        #expect(try TeacherComparison.make(run: RunFolder(settings.output))?.attention.isEmpty == true)
      }
      // A teacher that is one itself makes its students so, whole or cut, unless they are told.
      var student = pairs.distill("taught", task: task)
      student.teacher = folder + "/kd/model"
      _ = try Distill.run(student) { _ in }
      #expect(try pairs.config("taught").pairEncoding == .bi)
      student.output = folder + "/cut"
      (student.student, student.studentLayers) = ("1x8x2", [1])
      _ = try Distill.run(student) { _ in }
      #expect(try pairs.config("cut").pairEncoding == .bi)
      student.output = folder + "/told"
      (student.student, student.studentLayers, student.training.pairEncoding) = ("1x8x2", nil, .cross)
      _ = try Distill.run(student) { _ in }
      #expect(try pairs.config("told").pairEncoding == .cross)
      // Two of them may compare hidden states of tokens.
      student = pairs.distill("hidden", task: task)
      student.teacher = folder + "/kd/model"
      student.recipe = Recipe(
        name: "own", summary: "", paper: "",
        stages: [StageRecipe("hidden", terms: [TermSettings("hidden_mse")])])
      _ = try Distill.run(student) { _ in }
    }
  }

  /// Whatever a method does beside logits, it is done or refused before the first step.
  @Test func everyMethodRunsOrIsRefused() throws {
    try withTemporaryDirectory { folder in
      let pairs = try Pairs(in: folder)
      var teacher = pairs.finetune("teacher", nil)
      teacher.keepAnchors = 9
      _ = try Finetune.run(teacher) { _ in }
      var ran: [String] = []
      for method in Recipe.all.map(\.name) {
        var settings = pairs.distill("student-\(method)", method: method)
        settings.training.pairEncoding = .bi
        if method == "self-distillation" { settings.student = nil }
        if method == "takd" { settings.assistants = ["1x12x2"] }
        if method == "minimax-knn" {
          try Files.write("good film\tbad plot\nfine film\tpoor plot\n", to: folder + "/pairs.txt")
          settings.lesson?["bank"] = .array([.text(folder + "/pairs.txt")])
        }
        do {
          _ = try Distill.run(settings) { _ in }
          ran.append(method)
        } catch let error where error is DistillationError || error is TrainingError {
          #expect(!Files.exists(settings.output + "/events.jsonl"), "\(method): \(error)")
        } catch { Issue.record("\(method): \(error)") }
      }
      #expect(Set(["labels", "kd", "annealing", "continuation", "takd"]).isSubset(of: ran), "\(ran)")
    }
  }

  /// A cut bi-encoder's classifier has the first numbers of u, of v and of their distance.
  @Test func aCutTakesTheFirstOfEachVector() throws {
    try withTemporaryDirectory { folder in
      let pairs = try Pairs(in: folder)
      var settings = pairs.finetune("teacher", task: "alike")
      settings.training.epochs = 1
      _ = try Finetune.run(settings) { _ in }
      let teacher = try BertModel.load(directory: folder + "/teacher/model").model
      let task = try GLUETask.named("alike", in: pairs.tiny.data)
      var source = StudentBuilder.Source(
        task: task, training: TrainingSettings(),
        teacher: (teacher, try Tokenizer(directory: folder + "/teacher/model")))
      (source.student, source.layers) = ("1x8x2", [1])
      let student = try StudentBuilder.make(source).model
      let (wide, narrow) = (
        teacher.parameters.matrix("classifier.weight"), student.parameters.matrix("classifier.weight")
      )
      #expect(wide.columns == 48 && narrow.columns == 24)
      for column in 0..<24 { #expect(narrow[1, column] == wide[1, column / 8 * 16 + column % 8]) }
    }
  }

  @Test func aRunGoesOnBytewise() throws {
    try withTemporaryDirectory { folder in
      let pairs = try Pairs(in: folder)
      func bytes(_ name: String) throws -> [UInt8] {
        try Files.read("\(folder)/\(name)/model/model.safetensors")
      }
      func settings(_ name: String, threads: Int) -> FinetuneSettings {
        var settings = pairs.finetune(name)
        (settings.training.threads, settings.training.epochs) = (threads, 2)
        return settings
      }
      _ = try Finetune.run(settings("whole", threads: 2)) { _ in }
      for place in [1, 6, 9] {
        let (name, stop) = ("stopped-\(place)", StopFlag())
        var taken = 0
        #expect(throws: TrainingError.self) {
          _ = try Finetune.run(settings(name, threads: 1), stop: stop) {
            if case .step = $0 { taken += 1 }
            if taken == place { stop.raise() }
          }
        }
        _ = try Resume.run(folder: "\(folder)/\(name)") { _ in }
        #expect(try bytes(name) == bytes("whole"))
      }
    }
  }

  @Test func whatDoesNotFitIsRefusedByName() throws {
    try withTemporaryDirectory { folder in
      let pairs = try Pairs(in: folder)
      var single = pairs.tiny.finetune(output: "single", shape: "1x16x2")
      single.training.pairEncoding = .bi
      #expect(
        message { _ = try Finetune.run(single) { _ in } }.contains("the rows of SST-2 are single texts"))
      var windows = pairs.finetune("windows")
      (windows.training.windows, windows.training.maxLength) = (1, 8)
      #expect(
        message { _ = try Finetune.run(windows) { _ in } }.contains("compares one vector of each text"))
      for (name, encoding) in [("cross", PairEncoding.cross), ("bi", .bi)] {
        var settings = pairs.finetune(name, encoding)
        settings.training.epochs = 1
        _ = try Finetune.run(settings) { _ in }
      }
      for (teacher, student, method, said) in [
        (
          "cross", PairEncoding.bi, "annealing-intermediate",
          "of a cross-encoder and a bi-encoder one reads both"
        ),
        ("bi", .cross, "two-stage", "of a cross-encoder and a bi-encoder one reads both"),
        ("bi", .bi, "tinybert", "a bi-encoder reads the two texts of a row in two sequences"),
        ("bi", .bi, "two-stage", "a bi-encoder reads the two texts of a row in two sequences"),
      ] {
        var settings = pairs.distill("never", method: method)
        (settings.teacher, settings.training.pairEncoding) = ("\(folder)/\(teacher)/model", student)
        let found = message { _ = try Distill.run(settings) { _ in } }
        #expect(found.contains(said), "\(teacher), \(method): \(found)")
        #expect(!Files.exists(folder + "/never"))
      }
      // A folder whose two files differ is no model.
      let path = folder + "/bi/model/tokenizer_config.json"
      let text = String(decoding: try Files.read(path), as: UTF8.self)
      try Files.write(text.replacing(#""pair_encoding": "bi""#, with: #""pair_encoding": "cross""#), to: path)
      let found = message {
        _ = try Evaluator.evaluate(
          model: BertModel.load(directory: folder + "/bi/model").model,
          tokenizer: Tokenizer(directory: folder + "/bi/model"),
          dataSet: GLUETask.named("STS-B").load(.dev, from: pairs.tiny.data))
      }
      #expect(found.contains("differ in how pairs are read: anneal_pair_encoding is bi, pair_encoding cross"))
    }
  }
}
