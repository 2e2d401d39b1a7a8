import BERT
import Files
import Foundation
import TestSupport
import Testing

/// `anneal verify`, and the rows that go beside an export.
@Suite struct VerifyTests {
  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<40).map { "w\($0)" }

  private func withModel(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let model = folder + "/model"
      try TinyModels.model(head: .sequenceClassification(labels: 2)).save(to: model)
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: model + "/vocab.txt")
      try body(folder)
    }
  }

  private func verify(_ folder: String, _ options: [String] = []) throws -> Program.Outcome {
    try Program.run(["verify", "model"] + options, in: folder)
  }

  @Test func aModelIsWrittenVerifiedAndFoundChanged() throws {
    try withModel { folder in
      let none = try verify(folder)
      #expect(none.status == 1 && none.error.contains("anneal verify model --write"), "\(none)")
      let written = try verify(folder, ["--write"])
      #expect(
        written.status == 0 && written.output.contains("model/golden_rows.jsonl: ") && written.error.isEmpty)
      let bytes = try Files.read(folder + "/model/golden_rows.jsonl")
      for threads in ["1", "2"] {
        let sound = try verify(folder, ["--threads", threads])
        #expect(sound.status == 0 && sound.output.hasPrefix("model: as it was made: "), "\(sound)")
      }
      #expect(try verify(folder, ["--write", "--json"]).output.contains("\"rows\":"))
      #expect(try Files.read(folder + "/model/golden_rows.jsonl") == bytes)
      // The vocabulary, then the weights become others.
      try Files.write(Self.words.reversed().joined(separator: "\n") + "\n", to: folder + "/model/vocab.txt")
      let tokens = try verify(folder)
      #expect(
        tokens.status == 1 && tokens.output.contains("row 1, input_ids from 0: expected 2 "), "\(tokens)")
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: folder + "/model/vocab.txt")
      try TinyModels.model(head: .sequenceClassification(labels: 2), seed: 2).save(to: folder + "/model")
      let logits = try verify(folder)
      #expect(logits.status == 1 && logits.output.contains("row 1, logits: expected "), "\(logits)")
      #expect(logits.output.contains("NOT as it was made"))
      let json = try verify(folder, ["--json"])
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      #expect(json.status == 1 && (object["logits"] as? [Any])?.isEmpty == false)
      #expect((object["tokens"] as? [Any])?.isEmpty == true)
      // An export would carry rows that its model does not answer.
      let export = try Program.run(["export", "model", "--output", "m.onnx"], in: folder)
      #expect(
        export.status == 1 && export.error.contains("does not answer its golden rows")
          && export.errorLines.count == 1)
      #expect(!Files.exists(folder + "/m.onnx"))
      try Files.write("{\"format_version\": 2}\n", to: folder + "/model/golden_rows.jsonl")
      #expect(try verify(folder).error.contains("format 2"))
      try Files.write("{\"format_version\": 1}\n", to: folder + "/model/golden_rows.jsonl")
      #expect(try verify(folder).error.contains("golden_rows.jsonl:1"))
    }
  }

  @Test func aModelWithoutAHeadIsTold() throws {
    try withTemporaryDirectory { folder in
      try TinyModels.model(head: .none).save(to: folder + "/model")
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: folder + "/model/vocab.txt")
      let outcome = try verify(folder, ["--write"])
      #expect(outcome.status == 1 && outcome.error.contains("no classification head"), "\(outcome)")
      #expect(try Program.run(["export", "model", "--output", "m.onnx"], in: folder).status == 0)
      #expect(!Files.exists(folder + "/m.golden_rows.jsonl"))
    }
  }

  @Test func anExportCarriesItsRows() throws {
    try withModel { folder in
      let export = try Program.run(["export", "model", "--output", "m.onnx", "--json"], in: folder)
      #expect(
        export.status == 0 && export.output.contains("\"golden_rows\":\"m.golden_rows.jsonl\""), "\(export)")
      let rows = try Files.read(folder + "/m.golden_rows.jsonl")
      #expect(try verify(folder, ["--write"]).status == 0)
      #expect(try Files.read(folder + "/model/golden_rows.jsonl") == rows)
      let two = try Program.run(
        ["export", "model", "--output", "two.onnx", "--inputs", "input_ids,attention_mask"], in: folder)
      #expect(two.status == 0, "\(two)")
      let single = String(decoding: try Files.read(folder + "/two.golden_rows.jsonl"), as: UTF8.self)
      #expect(!single.contains("\"pair\"") && String(decoding: rows, as: UTF8.self).contains("\"pair\""))
      // A device takes the model alone.
      #expect(try Program.run(["export", "model", "--output", "/dev/null"], in: folder).status == 0)
      #expect(!Files.exists("/dev/null.golden_rows.jsonl"))
      // A model of pairs needs to know which text is which.
      try Files.write(
        #"{"training": {"max_length": 9}, "settings": {"task": "RTE", "data": "tasks"}}"#,
        to: folder + "/run.json")
      let pairs = try Program.run(
        ["export", folder, "--output", "p.onnx", "--inputs", "input_ids,attention_mask"], in: folder)
      #expect(pairs.status == 1 && pairs.error.contains("whose rows are pairs"), "\(pairs)")
    }
  }

  /// Predict and evaluate read as the folder says, unless they are told otherwise.
  @Test func windowsOfAFolderAreHeeded() throws {
    try withModel { folder in
      let texts = "w5 w6 w7 w8 w9 w10 w11 w12 w13\nw5\n"
      func predict(_ options: [String]) throws -> Program.Outcome {
        try Program.run(["predict", "--model", "model", "--json"] + options, input: texts, in: folder)
      }
      let cut = try predict(["--max-length", "6"])
      #expect(cut.error.contains("1 of 2 rows have more than 6 tokens and were cut there"), "\(cut)")
      let read = try predict(["--max-length", "6", "--windows=1", "--window-pooling", "max"])
      #expect(read.error.contains("1 of 2 rows have more than 6 tokens and were read in windows"), "\(read)")
      #expect(read.output != cut.output && read.status == 0)
      let settings = #"{"window_length": 6, "window_stride": 1, "window_pooling": "max"}"#
      try Files.write(settings, to: folder + "/model/tokenizer_config.json")
      #expect(try predict([]).output == read.output)
      #expect(try predict(["--windows", "none", "--max-length", "6"]).output == cut.output)
      #expect(
        try predict(["--windows", "none"]).output
          == predict(["--windows", "none", "--max-length", "6"]).output)
      #expect(try predict(["--window-pooling", "mean"]).output != read.output)
      let wide = try predict(["--windows", "4"])
      #expect(wide.status == 1 && wide.error.contains("must lie between 0 and 3, not be 4"), "\(wide)")
    }
  }
}
