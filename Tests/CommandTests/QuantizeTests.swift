import BERT
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// `anneal quantize`, and every command on the folder that it writes.
@Suite struct QuantizeTests {
  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<40).map { "w\($0)" }

  private func withModel(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let model = folder + "/model"
      try TinyModels.model(
        head: .sequenceClassification(labels: 2), hidden: 32, labels: ["negative", "positive"]
      ).save(to: model)
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: model + "/vocab.txt")
      for split in ["train", "dev"] {
        let rows = (0..<12).map { "w\(5 + $0) w\(30 - $0) w7\t\($0 % 2 == 0 ? "negative" : "positive")" }
        try Files.write(
          "text\tlabel\n" + rows.joined(separator: "\n") + "\n", to: "\(folder)/data/moods/\(split).tsv")
      }
      try body(folder)
    }
  }

  private func run(_ folder: String, _ words: String) throws -> Program.Outcome {
    try Program.run(words.split(separator: " ").map(String.init), in: folder)
  }

  /// Other logits than in float32 and near them, whatever stands beside a row; weights in 8 bits are none to be rounded.
  @Test func modelsAnswerInBFloat16() throws {
    try withModel { folder in
      let input = (0..<9).map { "w\(5 + $0) w\(30 - $0)\n" }
      func predict(_ words: String, _ rows: some Sequence<String>) throws -> Program.Outcome {
        try Program.run(
          ["predict", "--model"] + words.split(separator: " ").map(String.init) + ["--json"],
          input: rows.joined(), in: folder)
      }
      let exact = try predict("model", input)
      let rounded = try predict("model --precision bfloat16", input)
      #expect(rounded.status == 0 && rounded.output != exact.output)
      let isSlow = rounded.error.contains("no fast instruction for bfloat16")
      #expect(isSlow != ProductPrecision.isBFloat16Native)
      let (one, other) = try (Self.logits(exact.output), Self.logits(rounded.output))
      #expect(one.count == 18 && zip(one, other).allSatisfy { abs($0 - $1) < 0.05 })
      let parts = try input.map { try predict("model --precision bfloat16 --threads 1 --quiet", [$0]).output }
      #expect(parts.joined() == rounded.output)
      let float32 = try predict("model --precision float32", input)
      #expect(float32.output == exact.output && float32.error.isEmpty)

      let task = " --task moods --data data --precision bfloat16"
      for command in ["evaluate --model model", "evaluate --cascade model model --threshold 0.9"] {
        let outcome = try run(folder, command + task)
        #expect(outcome.status == 0 && outcome.output.contains("accuracy"), "\(command): \(outcome)")
      }
      #expect(try run(folder, "quantize model --output small").status == 0)
      let refused = try run(folder, "evaluate --model small" + task)
      #expect(refused.status == 1 && refused.output.isEmpty)
      #expect(
        refused.error.contains("small: --precision bfloat16: expected a model in float32")
          && refused.error.contains("found weights in int8"), "\(refused)")
    }
  }

  private static func logits(_ lines: String) throws -> [Double] {
    struct Answer: Decodable { let logits: [Double] }
    return try lines.split(separator: "\n").flatMap { line in
      try JSONDecoder().decode(Answer.self, from: Data(line.utf8)).logits
    }
  }

  @Test func aFolderIsQuantizedMeasuredUsedAndUndone() throws {
    try withModel { folder in
      let made = try run(folder, "quantize model --output small --task moods --data data --rows 12")
      #expect(made.status == 0 && made.error.isEmpty, "\(made)")
      for said in [
        "moves logits by", "bert.encoder.layer.0.attention.self", "int8", "accuracy ",
        "other answers than before: ",
        " after: ", "small: ",
      ] { #expect(made.output.contains(said), "\(said): \(made.output)") }
      for command in [
        "evaluate --model small --task moods --data data", "verify small", "inspect small",
        "benchmark infer --model small --task moods --data data --examples 8 --json",
        "benchmark infer --model model --precision int8 --task moods --data data --examples 8",
      ] {
        let outcome = try run(folder, command)
        #expect(outcome.status == 0, "\(command): \(outcome)")
      }
      let bench = try run(
        folder, "benchmark infer --model small --task moods --data data --examples 8 --json")
      #expect(
        bench.output.contains("\"precision\":\"int8\"") && bench.output.contains("\"speedup_over_float32\":"))
      #expect(!bench.output.contains("p50_ms") && !bench.output.contains("peak_gflops"))
      let exact = try run(
        folder, "benchmark infer --model model --task moods --data data --examples 8 --json")
      #expect(exact.output.contains("\"peak_gflops\":") && exact.output.contains("\"share_of_peak\":"))
      let single = try run(
        folder, "benchmark infer --model small --task moods --data data --examples 8 --batch-size 1 --json")
      #expect(single.output.contains("\"p50_ms\":") && single.output.contains("\"p99_ms\":"))
      // The same bytes for any number of threads, of the answers and of the folder.
      let answers = try ["1", "2"].map {
        try Program.run(
          ["predict", "--model", "small", "--threads", $0, "--json"], input: "w5 w6 w7\nw9\n", in: folder
        ).output
      }
      #expect(answers[0] == answers[1] && answers[0].contains("positive"))
      let again = try run(folder, "quantize model --output again --threads 1 --json")
      #expect(again.status == 0 && again.output.contains("\"bytes_after\":"), "\(again)")
      let third = try run(folder, "quantize model --output third --threads 2")
      #expect(third.output.contains("moves logits by") == false)
      for name in ["model.safetensors", "config.json", "golden_rows.jsonl", "vocab.txt"] {
        #expect(try Files.read("\(folder)/again/\(name)") == Files.read("\(folder)/third/\(name)"), "\(name)")
      }
      let undone = try run(folder, "quantize small --undo --output back")
      #expect(undone.status == 0 && undone.output.contains("back: float32"), "\(undone)")
      #expect(try BertModel.load(directory: folder + "/back").model.precision == "float32")
      #expect(
        !String(decoding: try Files.read(folder + "/back/config.json"), as: UTF8.self).contains("quant"))
    }
  }

  @Test func whatCannotBeIsRefusedInALine() throws {
    try withModel { folder in
      #expect(try run(folder, "quantize model --output small").status == 0)
      for (words, said, status) in [
        ("quantize model --output small", "small: cannot write", 1),
        ("quantize small --output other", "anneal quantize --undo", 1),
        ("quantize model --undo --output other", "float32 already", 1),
        ("quantize model --output other --keep bert.nothing", "'bert.nothing'", 1),
        ("quantize nowhere --output other", "nowhere", 1),
        ("quantize model --output other --tolerance 0.1", "--task", 64),
        ("quantize model --output other --task SST-2 --tolerance -1", "--tolerance", 64),
        ("quantize small --undo --output other --keep x", "--undo", 64),
        (
          "finetune --task moods --data data --model small --output run --epochs 1", "anneal quantize --undo",
          1
        ),
        ("export small --precision float32 --output m.onnx", "anneal quantize --undo", 1),
        (
          "benchmark finetune --model small --task moods --data data --examples 8 -q",
          "anneal quantize --undo", 1
        ),
        ("vocab extend --model small --add model/vocab.txt --output other", "anneal quantize --undo", 1),
        ("benchmark infer --model small --precision int3 --task moods --data data", "int3", 64),
      ] {
        let outcome = try run(folder, words)
        #expect(outcome.status == status && outcome.error.contains(said), "\(words): \(outcome)")
        if status == 1 { #expect(outcome.errorLines.count == 1, "\(words): \(outcome.error)") }
      }
      #expect(!Files.exists(folder + "/other") && !Files.exists(folder + "/run"))
    }
  }

  /// A student is made of a quantized teacher's layers, and taught by it.
  @Test func aQuantizedTeacherTeaches() throws {
    try withModel { folder in
      #expect(try run(folder, "quantize model --output small").status == 0)
      let outcome = try run(
        folder,
        "distill --task moods --data data --teacher small --student-layers 1,3 --method kd --epochs 1 --output run -q"
      )
      #expect(outcome.status == 0, "\(outcome)")
      #expect(try BertModel.load(directory: folder + "/run/model").model.precision == "float32")
    }
  }
}
