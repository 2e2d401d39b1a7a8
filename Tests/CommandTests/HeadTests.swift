import Files
import Foundation
import TestSupport
import Testing

/// Heads that read the mean of tokens, from the command line: options, settings, sweeps, and what is said of them.
@Suite struct HeadTests {
  /// A small task of reviews in a folder, and its vocabulary.
  private static func write(to folder: String) throws {
    let words = ["good", "bad", "fine", "poor", "film", "plot", "very", "not"]
    try Files.write(
      (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words).joined(separator: "\n") + "\n",
      to: folder + "/vocab.txt")
    for (split, count) in [("train", 24), ("dev", 8)] {
      let rows = (0..<count).map { row in
        "\(words[row % 8]) \(words[row * 3 % 8]) \(words[row * 5 % 7])\t\(row % 2 == 0 ? "yes" : "no")"
      }
      try Files.write(
        "text\tlabel\n" + rows.joined(separator: "\n") + "\n", to: "\(folder)/reviews/\(split).tsv")
    }
  }

  private static let small = ["--epochs", "1", "--batch-size", "8", "--quiet"]
  private static let scratch = [
    "finetune", "--task", "reviews", "--data", ".", "--shape", "1x16x2", "--vocab", "vocab.txt",
  ]

  @Test func aMeanIsTrainedVerifiedExportedAndInspected() throws {
    try withTemporaryDirectory { folder in
      try Self.write(to: folder)
      func run(_ arguments: [String], status: Int32 = 0) throws -> Program.Outcome {
        let outcome = try Program.run(arguments, in: folder)
        #expect(outcome.status == status, "\(arguments): \(outcome)")
        return outcome
      }
      _ = try run(Self.scratch + ["--pooling", "mean", "--output", "run"] + Self.small)
      let inspected = try run(["inspect", "run"]).output
      #expect(inspected.contains("the head reads the mean of all tokens (anneal_pooling)"), "\(inspected)")
      #expect(try run(["inspect", "run", "--json"]).output.contains(#""anneal_pooling""#))
      #expect(try run(["verify", "run"]).output.contains("as it was made"))
      let exported = try run(["export", "run", "--output", "run.onnx"])
      #expect(exported.error.contains("BertForSequenceClassification does not"), "\(exported.error)")
      #expect(try run(["export", "run", "--output", "run.onnx", "--quiet"]).error.isEmpty)
      _ = try run(["quantize", "run", "--output", "small", "--quiet"])
      #expect(try run(["verify", "small"]).output.contains("as it was made"))
      _ = try run(["evaluate", "--task", "reviews", "--data", ".", "--model", "run", "--quiet"])
      // The golden rows are those of the mean.
      let config = String(decoding: try Files.read(folder + "/run/model/config.json"), as: UTF8.self)
      try Files.write(
        config.replacing(#""anneal_pooling" : "mean""#, with: #""anneal_pooling" : "cls""#),
        to: folder + "/run/model/config.json")
      #expect(try run(["verify", "run"], status: 1).output.contains("NOT as it was made"))
    }
  }

  @Test func aBiEncoderIsTrainedVerifiedAndAsked() throws {
    try withTemporaryDirectory { folder in
      try Self.write(to: folder)
      for (split, count) in [("train", 24), ("dev", 8)] {
        let rows = (0..<count).map { "good film \($0)\t\($0 % 2 == 0 ? "good" : "bad") plot\t\($0 % 5)" }
        try Files.write(
          "sentence1\tsentence2\tscore\n" + rows.joined(separator: "\n") + "\n",
          to: "\(folder)/alike/\(split).tsv")
      }
      func run(_ arguments: [String], status: Int32 = 0, input: String = "") throws -> Program.Outcome {
        let outcome = try Program.run(arguments, input: input, in: folder)
        #expect(outcome.status == status, "\(arguments): \(outcome)")
        return outcome
      }
      let scratch = Self.scratch.map { $0 == "reviews" ? "alike" : $0 }
      _ = try run(scratch + ["--pair-encoding", "bi", "--output", "run"] + Self.small)
      for file in ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json"] {
        #expect(Files.exists("\(folder)/run/model/\(file)"), "\(file)")
      }
      #expect(try run(["inspect", "run"]).output.contains("compares the vectors of a pair's two texts"))
      #expect(try run(["verify", "run"]).output.contains("as it was made"))
      _ = try run(["quantize", "run", "--output", "small", "--quiet"])
      #expect(try run(["verify", "small"]).output.contains("as it was made"))
      #expect(Files.exists(folder + "/small/1_Pooling/config.json"))
      _ = try run(["evaluate", "--task", "alike", "--data", ".", "--model", "small", "--quiet"])
      let answers = try run(
        ["predict", "--model", "run", "--quiet"], input: "good film\tgood plot\nbad\tbad\n")
      #expect(answers.output.split(separator: "\n").count >= 2, "\(answers)")
      let one = ["export", "run", "--output", "run.onnx", "--quiet", "--inputs", "input_ids,attention_mask"]
      let refused = try run(one, status: 1)
      #expect(
        refused.error.contains("is for models that read one sequence, and this is a bi-encoder")
          && refused.errorLines.count == 1, "\(refused)")
      #expect(!Files.exists(folder + "/run.onnx"))
      let exported = try run(["export", "run", "--output", "run.onnx", "--quiet", "--json"])
      #expect(exported.output.contains(#""inputs":"input_ids,attention_mask,input_ids_2,attention_mask_2""#))
      #expect(Files.exists(folder + "/run.onnx"))
      // The file answers in the scores' own units, and so do the rows beside it.
      let config = try JSON.decode(Scaled.self, from: folder + "/run/model/config.json").scale
      let (raw, own) = (
        try Self.logits(folder + "/run/model/golden_rows.jsonl"),
        try Self.logits(folder + "/run.golden_rows.jsonl")
      )
      #expect(raw.count == 4 && own.count == 4 && config.deviation != 1)
      for (raw, own) in zip(raw, own) { #expect(abs(config.mean + config.deviation * raw - own) < 1e-4) }
      let single = try run(
        Self.scratch + ["--pair-encoding", "bi", "--output", "single"] + Self.small, status: 1)
      #expect(single.error.contains("the rows of reviews are single texts"), "\(single)")
    }
  }

  /// What `config.json` says of the units of a score.
  private struct Scaled: Decodable {
    struct Scale: Decodable {
      let mean: Double
      let deviation: Double
    }
    let scale: Scale
    enum CodingKeys: String, CodingKey { case scale = "anneal_score_scale" }
  }

  /// The first logit of each golden row.
  private static func logits(_ path: String) throws -> [Double] {
    struct Row: Decodable { let logits: [Double]? }
    return try Files.read(path).split(separator: 0x0A).compactMap {
      try JSON.decode(Row.self, from: $0, path: path).logits?[0]
    }
  }

  @Test func settingsAndSweepsHaveTheKey() throws {
    try withTemporaryDirectory { folder in
      try Self.write(to: folder)
      let printed = try Program.run(
        Self.scratch + ["--pooling", "mean", "--output", "run", "--print-settings"], in: folder)
      #expect(printed.output.contains("pooling: mean"), "\(printed)")
      let wrong = try Program.run(Self.scratch + ["--pooling", "max", "--output", "run"], in: folder)
      #expect(wrong.status == 64 && wrong.error.contains("'max' is invalid for '--pooling"), "\(wrong)")
      try Files.write(
        """
        output: sweep
        data: .
        seeds: [1]
        teacher: {shape: 1x16x2, vocab: vocab.txt, training: {num_train_epochs: 1, pooling: mean}}
        tasks: {reviews: {}}
        students:
          told: {student: 1x8x1, training: {num_train_epochs: 1, pooling: cls}}
          taught: {student: 1x8x2, training: {num_train_epochs: 1}}
        methods: {kd: {}}
        """, to: folder + "/sweep.yaml")
      let swept = try Program.run(["sweep", "sweep.yaml", "--quiet"], in: folder)
      #expect(swept.status == 0, "\(swept)")
      let files =
        FileManager.default.enumerator(atPath: folder + "/sweep")?.compactMap { $0 as? String } ?? []
      let read = try files.filter { $0.hasSuffix("/model/config.json") }.map {
        String(decoding: try Files.read("\(folder)/sweep/\($0)"), as: UTF8.self)
          .contains(#""anneal_pooling" : "mean""#)
      }
      #expect(read.count == 3 && read.count { $0 } == 2, "\(read)")
      try Files.write("training: {pooling: mean}\n", to: folder + "/text.yaml")
      let text = try Program.run(
        [
          "pretrain", "--text", "vocab.txt", "--shape", "1x16x2", "--vocab", "vocab.txt", "--output", "text",
          "--settings", "text.yaml",
        ], in: folder)
      #expect(text.error.contains("pooling of training is for the rows of a task"), "\(text)")
    }
  }
}
