import BERT
import Files
import TestSupport
import Testing

/// Paths that are not what a command wants: what they are is said, and what to do.
@Suite struct WrongFolderTests {
  /// Calls `body` with a folder of runs as they are left: finished, killed, without a model, part of a sweep.
  private func withFolders(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let model = folder + "/whole/model"
      try TinyModels.model(head: .sequenceClassification(labels: 2)).save(to: model)
      let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<40).map { "w\($0)" }
      try Files.write(words.joined(separator: "\n") + "\n", to: model + "/vocab.txt")
      func record(_ run: String, _ status: String) throws {
        try Files.write(
          #"{"format_version": 1, "kind": "finetune", "status": "\#(status)", "training": {}}"#,
          to: "\(folder)/\(run)/run.json")
      }
      try record("whole", "finished")
      try record("killed", "running")
      try Files.write("{}", to: folder + "/killed/checkpoints/step-000000003/state.json")
      try record("gone", "finished")
      try record("sweep/RTE/teacher", "finished")
      try Files.write("task\n", to: folder + "/sweep/table.tsv")
      #expect(try Program.run(["export", model, "--output", folder + "/student.onnx"]).status == 0)
      try Files.makeDirectory(folder + "/exported")
      #expect(try Program.run(["export", model, "--output", folder + "/exported/m.onnx"]).status == 0)
      try Files.makeDirectory(folder + "/empty")
      try body(folder)
    }
  }

  /// Paths, and what is said of them where a model is wanted.
  private static let models = [
    ("killed", "found an unfinished run: anneal resume killed"),
    ("killed/checkpoints", "found an unfinished run: anneal resume killed"),
    ("killed/checkpoints/step-000000003", "found an unfinished run: anneal resume killed"),
    ("killed/model", "found an unfinished run: anneal resume killed"),
    ("gone", "found a finished run whose model is gone"),
    ("whole/checkpoints", "found something else of the run whole: did you mean whole/model?"),
    ("whole/modle", "found something else of the run whole: did you mean whole/model?"),
    (".", "found a folder of models or runs: did you mean ./gone or ./killed or ./whole?"),
    ("student.onnx", "found an ONNX file, which other runtimes run"),
    ("exported", "but the ONNX file m.onnx"),
    ("whole/model/model.safetensors", "found a file of weights: give the folder that it lies in"),
    ("whole/model/vocab.txt", "found a file"),
    ("nowhere", "found nothing of that name"),
  ]

  @Test func aModelThatIsNotThereIsTold() throws {
    try withFolders { folder in
      for (path, said) in Self.models {
        let data = ["--task", "SST-2", "--data", Program.repository + "/tasks"]
        var calls = [
          ["evaluate", "--model", path] + data, ["predict", "--model", path],
          ["export", path, "--output", "x.onnx"],
          ["finetune", "--model", path, "--output", "x"] + data,
          ["distill", "--teacher", path, "--student", "1x8x1", "--output", "x"] + data,
          ["benchmark", "infer", "--model", path] + data, ["tokenize", "--model", path],
        ]
        if !path.hasSuffix("safetensors") { calls.append(["inspect", path]) }
        for call in calls where !(call[0] == "inspect" && path.hasSuffix("vocab.txt")) {
          let outcome = try Program.run(call, in: folder)
          #expect(
            outcome.status == 1 && outcome.errorLines.count == 1 && outcome.error.contains(said),
            "\(call): \(outcome)")
          #expect(outcome.output.isEmpty && !Files.exists(folder + "/x") && !Files.exists(folder + "/x.onnx"))
        }
      }
    }
  }

  /// Paths, and what is said of them where a run is wanted.
  private static let runs = [
    ("whole/model", "whole/model: this is a part of a run: did you mean whole?"),
    ("killed/checkpoints/step-000000003", "this is a part of a run: did you mean killed?"),
    ("empty", "empty: there is no run in this folder"),
    ("whol", "whol: there is nothing of that name: did you mean whole?"),
    ("nowhere", "nowhere: there is nothing of that name\n"),
    ("student.onnx", "this is a file, not the folder of a run"),
    (".", "this is a folder of runs: give ./gone, ./killed, ./sweep/RTE/teacher and 1 more"),
    ("sweep", "this is the folder of a sweep: its table is sweep/table.md, its runs are sweep/RTE/teacher"),
    ("exported", "exported: there is no run in this folder"),
  ]

  @Test func aRunThatIsNotThereIsTold() throws {
    try withFolders { folder in
      for (path, said) in Self.runs {
        for call in [
          ["report", path], ["report", "whole", path], ["resume", path], ["submit", path, "--output", "z"],
        ]
        where call != ["report", "whole", path] {
          let outcome = try Program.run(call, in: folder)
          #expect(
            outcome.status == 1 && outcome.errorLines.count == 1 && outcome.error.contains(said),
            "\(call): \(outcome)")
        }
      }
      let finished = try Program.run(["resume", "whole"], in: folder)
      #expect(finished.status == 1 && finished.errorLines.count == 1)
    }
  }

  @Test func aLengthBeyondTheModelIsSaid() throws {
    try withFolders { folder in
      let said = "--max-length 9999 is more than the model takes: texts are cut after "
      for call in [
        ["predict", "--model", "whole", "--max-length", "9999"],
        [
          "evaluate", "--task", "SST-2", "--data", Program.repository + "/tasks", "--model", "whole",
          "--max-length", "9999",
        ],
      ] {
        let outcome = try Program.run(call, input: "w5\n", in: folder)
        #expect(outcome.status == 0 && outcome.error.contains(said), "\(outcome)")
        #expect(try !Program.run(call + ["--quiet"], input: "w5\n", in: folder).error.contains(said))
      }
      let check = try Program.run(
        [
          "check", "finetune", "--task", "SST-2", "--data", Program.repository + "/tasks", "--model",
          "whole/model",
          "--max-length", "9999", "--limit", "50", "--output", "x",
        ], in: folder)
      #expect(
        check.status == 0 && check.output.contains("(--max-length) 9999 is more than the model takes"),
        "\(check)")
    }
  }

  /// GLUE's own names of folders, with a task of one's own in them.
  @Test func aTaskOfOnesOwnUnderANameOfGLUEsIsExplained() throws {
    try withFolders { folder in
      for (name, task) in [("sts", "STS-B"), ("diagnostic", "AX"), ("cola", "CoLA")] {
        for split in ["train", "dev", "test"] {
          try Files.write("text\tlabel\nw5\tgood\nw6\tbad\n", to: "\(folder)/my/\(name)/\(split).tsv")
        }
        let split = task == "AX" ? "test" : "dev"
        let outcome = try Program.run(
          ["predict", "--task", name, "--split", split, "--data", "my", "--model", "whole"], in: folder)
        #expect(outcome.status == 1 && outcome.errorLines.count == 1)
        #expect(
          outcome.error.contains(
            "; a folder of this name is read as GLUE's \(task): give a task of your own another"),
          "\(outcome.error)")
      }
    }
  }
}
