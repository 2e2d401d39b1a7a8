import Files
import Foundation
import TestSupport
import Testing

/// A teacher, students, and their use, on an embedded task with very few steps.
@Suite struct EndToEndTests {
  /// Words of the embedded task are enough of a vocabulary here.
  private static func makeVocabulary(_ path: String) throws {
    let text = String(decoding: try Files.read(Program.repository + "/tasks/SST-2/train.tsv"), as: UTF8.self)
    let words = Set(text.split { " \t\n".contains($0) }.map { $0.lowercased() }).sorted()
    let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words.filter { $0.allSatisfy(\.isLetter) }
    try Files.write(tokens.joined(separator: "\n") + "\n", to: path)
  }

  private static func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func finetuneDistillEvaluatePredictReport() throws {
    try withTemporaryDirectory { folder in
      try Self.makeVocabulary(folder + "/vocab.txt")
      let small = ["--limit", "200", "--batch-size", "16", "--quiet"]
      let teacher = try Program.run(
        [
          "finetune", "--task", "SST-2", "--shape", "2x32x2", "--vocab", folder + "/vocab.txt", "--epochs",
          "1",
          "--output", folder + "/teacher", "--json",
        ] + small)
      #expect(teacher.status == 0)
      #expect(teacher.error.isEmpty)
      let result = try Self.object(teacher.output)
      #expect((result["metrics"] as? [String: Any])?["accuracy"] != nil)
      #expect(result["parameters"] != nil)

      let student = try Program.run(
        [
          "distill", "--task", "SST-2", "--teacher", folder + "/teacher/model", "--student", "1x16x2",
          "--stage-epochs", "2,1", "--output", folder + "/student",
        ] + small.dropLast())
      #expect(student.status == 0, "\(student.error)")
      #expect(student.error.contains("annealing-intermediate"))
      #expect(student.output.contains("parameters"))
      for part in [
        "model/config.json", "model/model.safetensors", "model/vocab.txt", "run.json", "events.jsonl",
        "report.html",
        "tensorboard",
      ] {
        #expect(Files.exists("\(folder)/student/\(part)"), "\(part) is missing")
      }

      let report = String(decoding: try Files.read(folder + "/student/report.html"), as: UTF8.self)
      for part in ["Student and teacher", "they give one answer", "layer 2", "[CLS]"] {
        #expect(report.contains(part), "the report lacks \(part)")
      }
      try checkUse(of: folder + "/student")
      let layers = try Program.run(
        [
          "distill", "--task", "SST-2", "--teacher", folder + "/teacher", "--student-layers", "2",
          "--method", "kd", "--epochs", "1", "--output", folder + "/layers",
        ] + small)
      #expect(layers.status == 0, "\(layers.error)")
      let comparison = try Program.run(["report", folder + "/student", folder + "/layers"])
      #expect(comparison.output.contains("annealing-intermediate") && comparison.output.contains("kd"))
      let check = try Program.run(
        [
          "check", "distill", "--task", "SST-2", "--teacher", folder + "/teacher/model", "--student",
          "1x16x2",
          "--output", folder + "/never",
        ])
      #expect(check.status == 0, "\(check.error)")
      #expect(check.output.contains("4,000 training rows") && !Files.exists(folder + "/never"))
      for part in [
        "labels      0, 1", "baseline ", "layers      hidden", "memory      about", "time        about",
      ] {
        #expect(check.output.contains(part), "\(part) is missing in\n\(check.output)")
      }
      let zip = folder + "/glue.zip"
      let submit = ["submit", folder + "/student", "--any-count", "--output", zip]
      #expect(try Program.run(submit).status == 1)
      #expect(!Files.exists(zip))
      #expect(try Program.run(submit + ["--fill"]).status == 0)
      #expect(try Files.read(zip).prefix(2) == [0x50, 0x4B])
      try checkRefusals(teacher: folder + "/teacher/model", in: folder)
    }
  }

  @Test func verifyHoldsTheTokenizerAgainstAFile() throws {
    try withTemporaryDirectory { folder in
      let vocabulary = folder + "/vocab.txt"
      try Self.makeVocabulary(vocabulary)
      let rows = try Program.run(
        ["tokenize", "--vocab", vocabulary, "--format", "jsonl"], input: "a fine film\nünd, {}\n")
      try Files.write(rows.output, to: folder + "/same.jsonl")
      let same = try Program.run(["tokenize", "--vocab", vocabulary, "--verify", folder + "/same.jsonl"])
      #expect(same.status == 0 && same.output.hasSuffix("2 lines compared, 0 differ\n"), "\(same)")
      try Files.write(
        rows.output.replacing("\"ids\":[", with: "\"ids\":[1,", maxReplacements: 1),
        to: folder + "/other.jsonl")
      let other = try Program.run(["tokenize", "--vocab", vocabulary, "--verify", folder + "/other.jsonl"])
      #expect(other.status == 1 && other.output.hasSuffix("2 lines compared, 1 differ\n"), "\(other)")
      #expect(other.output.contains("other.jsonl:1: a fine film"))
    }
  }

  private func checkUse(of run: String) throws {
    let evaluation = try Program.run(["evaluate", "--task", "SST-2", "--model", run, "--json"])
    #expect(evaluation.status == 0)
    let figures = try Self.object(evaluation.output)
    #expect(figures["rows"] as? Int == 800)
    #expect((figures["accuracy"] as? Double).map { (0...1).contains($0) } == true)
    #expect(figures["ece"] != nil && figures["temperature"] == nil)
    let fitted = try Program.run(["evaluate", "--task", "SST-2", "--model", run, "--fit-temperature"])
    #expect(fitted.output.contains("temperature ") && fitted.output.contains("precision"))

    let texts = "a fine film\na dull film\n\nlast line"
    let table = try Program.run(["predict", "--model", run], input: texts)
    #expect(table.status == 0)
    let lines = table.output.split(separator: "\n")
    #expect(lines.first == "label\t0\t1")
    #expect(lines.count == 5)
    let json = try Program.run(["predict", "--model", run, "--json"], input: texts)
    // A large temperature makes all classes alike and changes no answer.
    let flat = try Program.run(["predict", "--model", run, "--json", "--temperature", "1e6"], input: texts)
    for (line, other) in zip(json.output.split(separator: "\n"), flat.output.split(separator: "\n")) {
      let (row, flatRow) = (try Self.object(String(line)), try Self.object(String(other)))
      #expect(row["label"] as? String == flatRow["label"] as? String)
      #expect((flatRow["probabilities"] as? [Double]).map { abs($0[0] - 0.5) < 1e-4 } == true)
    }
    for line in json.output.split(separator: "\n") {
      let row = try Self.object(String(line))
      let probabilities = try #require(row["probabilities"] as? [Double])
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-9)
      #expect((row["logits"] as? [Double])?.count == 2)
      #expect(["0", "1"].contains(row["label"] as? String))
    }
    let rows = try Program.run(["predict", "--model", run, "--task", "SST-2", "--split", "test"])
    #expect(rows.output.split(separator: "\n").count == 601)
    #expect(try Program.run(["inspect", run]).output.contains("1x16x2"))
    #expect(try Program.run(["tokenize", "--model", run], input: texts).status == 0)
    #expect(try Program.run(["export", run, "--output", run + "/student.onnx"]).status == 0)
  }

  private func checkRefusals(teacher: String, in folder: String) throws {
    let start = ["distill", "--output", folder + "/refused", "--teacher", teacher]
    let refused: [([String], String)] = [
      (["--task", "MNLI", "--student", "1x16x2"], "entailment"),
      (["--task", "SST-2", "--student-layers", "1,7"], "7"),
      (["--task", "SST-2", "--student", "1x16x2", "--layer-map", "1:9"], "9"),
    ]
    for (arguments, part) in refused {
      let outcome = try Program.run(start + arguments)
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.last?.hasPrefix("anneal: ") == true)
      #expect(outcome.error.contains(part), "\(outcome.error)")
      #expect(!Files.exists(folder + "/refused/model"))
    }
  }

  @Test func aRunThatIsStoppedSavesAndGoesOn() throws {
    try withTemporaryDirectory { folder in
      try Self.makeVocabulary(folder + "/vocab.txt")
      let arguments =
        "finetune --task SST-2 --shape 1x16x2 --vocab \(folder)/vocab.txt --epochs 20000 --limit 200 --quiet"
      // Interrupted once it has made a step, however long that takes.
      let stopped = try Program.shell(
        """
        "$ANNEAL" \(arguments) --output \(folder)/run & run=$!
        until grep -qs '"event":"step"' \(folder)/run/events.jsonl; do kill -0 $run || break; sleep 0.1; done
        kill -INT $run; wait $run
        """)
      #expect(stopped.status == 130)
      #expect(stopped.errorLines.last?.contains("anneal resume \(folder)/run") == true)
      #expect(!Files.exists(folder + "/run/model/model.safetensors"))
      #expect(try !Files.list(folder + "/run/checkpoints").isEmpty)
    }
  }
}
