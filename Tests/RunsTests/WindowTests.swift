import BERT
import Distillation
import Files
import GLUE
import Tensors
import TestSupport
import Testing
import Tokenization

@testable import Runs
@testable import Training

/// Long texts in windows: each window a row to learn from, the answers to a text joined, the same wherever a model goes.
@Suite(.serialized) struct WindowTests {
  private static func tokenizer(_ task: TinyTask, _ windows: TextWindows, pairs: Bool = false) throws
    -> Tokenizer
  {
    try Tokenizer(vocabularyFile: task.vocabulary).reading(windows, pairs: pairs)
  }

  /// Windows of seven tokens that share two.
  private static func finetune(_ task: TinyTask, _ output: String, pooling: TextWindows.Pooling? = nil)
    -> FinetuneSettings
  {
    var settings = task.finetune(output: output, shape: "1x16x2")
    (settings.training.maxLength, settings.training.windows) = (7, 2)
    settings.training.windowPooling = pooling
    settings.training.learningRate = 1e-2
    return settings
  }

  @Test func eachWindowIsARowWithTheLabelOfItsText() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let tokenizer = try Self.tokenizer(task, TextWindows(length: 6, stride: 1))
      let words = ["good", "bad", "fine", "poor", "film", "plot", "very", "not"]
      func ids(_ range: Range<Int>) -> [Int32] {
        [2] + words[range].map { tokenizer.vocabulary.id(of: $0) ?? -1 } + [3]
      }
      let rows = try TaskRows(
        [
          Example(first: "good film", label: .index(1)),
          Example(first: words.joined(separator: " "), label: .index(0)),
          Example(first: "", label: nil),
        ], tokenizer: tokenizer, maxLength: 6, toModel: [1, 0])
      #expect(rows.inputIDs[1...3] == [ids(0..<4), ids(3..<7), ids(6..<8)])
      #expect(
        rows.inputIDs.count == 5 && rows.windows?.starts == [0, 1, 4, 5] && rows.windows?.longCount == 1)
      #expect(rows.targets == [.label(0), .label(1), .label(1), .label(1), nil])
      #expect([0, 1, 2, 3].map { rows.count(ofExamples: $0) } == [0, 1, 4, 5])
      // Of a pair it is the longer text that slides.
      let pairs = try TaskRows(
        [Example(first: "good", second: words.joined(separator: " "))],
        tokenizer: Self.tokenizer(task, TextWindows(length: 8, stride: 1), pairs: true), maxLength: 8,
        toModel: nil)
      #expect(
        pairs.inputIDs
          == [0..<4, 3..<7, 6..<8].map {
            [2, tokenizer.vocabulary.id(of: "good") ?? -1, 3] + ids($0).dropFirst()
          })
      #expect(pairs.tokenTypeIDs[0] == [0, 0, 0, 1, 1, 1, 1, 1])
    }
  }

  @Test func answersAreJoinedByTheirDefinition() {
    let logits: [[Float]] = [[1, -2], [3, 0.5], [-1, 9], [0, 0]]
    func joined(_ pooling: TextWindows.Pooling) -> [[Float]] {
      RowWindows(counts: [3, 1], pooling: pooling).joined(logits)
    }
    #expect(joined(.mean) == [[1, 2.5], [0, 0]])
    #expect(joined(.max) == [[3, 9], [0, 0]])
  }

  @Test(arguments: TextWindows.Pooling.allCases) func aModelIsMeasuredByWhatItsWindowsSay(
    pooling: TextWindows.Pooling
  )
    throws
  {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let recorder = TinyTask.Recorder()
      let result = try Finetune.run(Self.finetune(task, "run", pooling: pooling), onEvent: recorder.handle)
      #expect(recorder.notes.contains { $0.contains("longer than 7 tokens and read in windows") })
      #expect(!recorder.notes.contains { $0.contains("cut") })
      // The folder alone says how the model reads.
      let model = try BertModel.load(directory: result.folder + "/model").model
      let tokenizer = try Tokenizer(directory: result.folder + "/model")
      #expect(tokenizer.settings.windows == TextWindows(length: 7, stride: 2, pooling: pooling))
      let data = try GLUETask.named("SST-2").load(.dev, from: task.data)
      let found = try Evaluator.evaluate(model: model, tokenizer: tokenizer, dataSet: data)
      #expect(found.metrics?["accuracy"] == result.metrics["accuracy"])
      // By hand: every window by itself.
      for (row, example) in data.examples.enumerated() {
        let windows = try tokenizer.encodeWindows(example.first, maxLength: 7, stride: 2)
        let logits = try windows.map { window in
          let output = try model.forward(
            Batch(inputIDs: [window.ids], tokenTypeIDs: [window.tokenTypeIDs]), workspace: Workspace()
          ).logits
          return try #require(output).row(0).map { Double($0) }
        }
        for label in 0..<2 {
          let each = logits.map { $0[label] }
          let expected = pooling == .max ? each.max() ?? 0 : each.reduce(0, +) / Double(each.count)
          #expect(abs(Double(found.logits[row][label]) - expected) < 1e-5)
        }
      }
      // A run that starts from the model and cuts leaves no windows behind.
      var cut = Self.finetune(task, "cut")
      (cut.model, cut.shape, cut.vocabulary) = (result.folder + "/model", nil, nil)
      (cut.training.windows, cut.training.windowPooling) = (nil, nil)
      _ = try Finetune.run(cut) { _ in }
      #expect(try Tokenizer(directory: folder + "/cut/model").settings.windows == nil)
    }
  }

  @Test func aTeacherIsAskedWindowByWindow() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(Self.finetune(task, "teacher")) { _ in }
      var settings = task.distill(output: "run", method: "kd")
      (settings.training.maxLength, settings.training.windows) = (7, 2)
      // The same words under other ids, and one more of them.
      var lines = String(decoding: try Files.read(task.vocabulary), as: UTF8.self).split(separator: "\n").map(
        String.init)
      lines.append("more")
      lines.swapAt(5, 9)
      try Files.write(lines.joined(separator: "\n") + "\n", to: folder + "/other.txt")
      for vocabulary in [nil, folder + "/other.txt"] {
        settings.vocabulary = vocabulary
        let preparation = try Preparation(settings, of: settings, with: .standard)
        let run = try preparation.prepared()
        #expect(run.train.count > 44 && run.train.windows?.starts.count == 45)
        try preparation.answer(run) { _ in }
        let teacher = try #require(preparation.teachers.first?.teacher)
        let batch = run.train.batch(Array(0..<run.train.count))
        let said = try #require(
          try teacher.outputs(
            for: batch, request: OutputRequest(),
            at: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
          ).logits)
        // Each window's text, as the teacher reads it.
        for row in 0..<run.train.count {
          let words = run.train.inputIDs[row].dropFirst().dropLast().compactMap {
            run.tokenizer.vocabulary.token($0)
          }
          let encoding = try teacher.tokenizer.encode(words.joined(separator: " "))
          let alone = try #require(
            try teacher.model.forward(
              Batch(inputIDs: [encoding.ids], tokenTypeIDs: [encoding.tokenTypeIDs]), workspace: Workspace()
            ).logits)
          for label in 0..<2 { #expect(abs(said[row, label] - alone[0, label]) < 1e-5) }
        }
      }
    }
  }

  @Test(arguments: ["kd", "annealing-intermediate"]) func interruptedAndResumedWithWindows(method: String)
    throws
  {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var whole = task.distill(output: "whole", method: method)
      (whole.training.maxLength, whole.training.windows, whole.training.windowPooling) = (7, 2, .max)
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(whole, onEvent: recorder.handle)
      #expect(recorder.notes.contains { $0.contains("read in windows") })
      let expected = TinyTask.comparable(recorder.log)
      for place in [2, 25] {
        var settings = whole
        settings.output = folder + "/stopped-\(place)"
        settings.training.threads = 1
        let (stop, log) = (StopFlag(), TinyTask.Recorder())
        var taken = 0
        log.onEvent = {
          if case .step = $0 { taken += 1 }
          if taken == place { stop.raise() }
        }
        #expect(throws: TrainingError.interrupted(folder: settings.output, step: place)) {
          _ = try Distill.run(settings, stop: stop, onEvent: log.handle)
        }
        log.onEvent = { _ in }
        _ = try Resume.run(folder: settings.output, onEvent: log.handle)
        for file in ["model.safetensors", "golden_rows.jsonl", "tokenizer_config.json"] {
          #expect(
            try Files.read("\(settings.output)/model/\(file)") == Files.read("\(whole.output)/model/\(file)"),
            "\(file)")
        }
        #expect(TinyTask.comparable(log.log) == expected)
      }
    }
  }

  @Test func rowsWithoutLabelsAreReadInWindowsToo() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let long = "good bad fine poor film plot very not the a good bad"
      try Files.write("\(long)\n\(long) film\n", to: folder + "/texts.txt")
      var settings = task.distill(output: "run", method: "annealing")
      (settings.training.maxLength, settings.training.windows) = (7, 2)
      settings.unlabelled = [folder + "/texts.txt"]
      let run = try Preparation(settings, of: settings, with: .standard).prepared()
      let labelled = run.train.targets.count { $0 != nil }
      #expect(run.train.count - labelled == 8 && labelled > 44)
      // The stage of labels reads the labelled windows alone.
      #expect((run.stages.last?.rows as? PlannedRows)?.count == labelled)
      _ = try Distill.run(settings) { _ in }
    }
  }

  @Test func windowsThatCannotBeAreRefusedBeforeTraining() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = Self.finetune(task, "run")
      settings.training.windows = 5
      #expect(throws: TokenizerError.self) { try Finetune.check(settings) }
      (settings.training.windows, settings.training.windowPooling) = (nil, .max)
      #expect(throws: TrainingError.self) { try Finetune.check(settings) }
    }
  }
}
