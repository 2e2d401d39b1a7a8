import Files
import Foundation
import TestSupport
import Testing

/// The embedded tasks with several labels, probabilities and unequal classes, and scores, through every command.
@Suite struct AnswerKindTests {
  private static let shape = ["--shape", "1x32x2", "--vocab", "vocab/vocab.txt", "--learning-rate", "3e-3"]

  private func succeed(_ arguments: [String], input: String = "") throws -> String {
    let outcome = try Program.run(arguments, input: input)
    #expect(outcome.status == 0, "\(arguments) \(outcome.error)")
    return outcome.output
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func severalLabelsGoThroughEveryCommand() throws {
    try withTemporaryDirectory { folder in
      let task = ["--task", "aspects"]
      let short = ["--epochs", "12", "--batch-size", "16", "--quiet"]
      let check = try succeed(["check", "finetune", "--output", "\(folder)/never"] + task + Self.shape)
      #expect(check.contains("film") && check.contains("music") && check.contains("600 training rows"))
      _ = try succeed(["finetune", "--output", "\(folder)/teacher"] + task + Self.shape + short)
      _ = try succeed(
        [
          "distill", "--teacher", "\(folder)/teacher", "--student", "1x32x2", "--method", "kd", "--output",
          "\(folder)/student", "--learning-rate", "3e-3",
        ] + task + short)
      let plain = try object(
        try succeed(["evaluate", "--json", "--model", "\(folder)/student"] + task))
      let names = ["micro_f1", "macro_f1", "subset_accuracy", "ece"]
      #expect(names.allSatisfy { (plain[$0] as? Double).map { (0...1).contains($0) } == true })
      #expect((plain["classes"] as? [Any])?.count == 4)
      let fitted = try succeed(
        ["evaluate", "--fit-thresholds", "--fit-temperature", "--model", "\(folder)/student"] + task)
      #expect(fitted.contains("thresholds that fit these rows: film 0."))
      #expect(fitted.contains("with thresholds fitted on other rows: micro_f1 0."))
      // They are kept, and used from now on by both commands.
      let kept = try object(
        String(decoding: try Files.read("\(folder)/student/model/thresholds.json"), as: UTF8.self))
      #expect(Set(kept.keys) == ["film", "food", "hotel", "music"])
      let after = try object(try succeed(["evaluate", "--json", "--model", "\(folder)/student"] + task))
      let (now, then) = (after["macro_f1"] as? Double ?? 0, plain["macro_f1"] as? Double ?? 1)
      #expect(now >= then)
      let answers = try succeed(
        ["predict", "--json", "--model", "\(folder)/student", "--split", "dev"] + task)
      for line in answers.split(separator: "\n") {
        let row = try object(String(line))
        let probabilities = try #require(row["probabilities"] as? [Double])
        let holding = zip(["film", "food", "hotel", "music"], probabilities).filter {
          $0.1 >= kept[$0.0] as? Double ?? 2
        }
        #expect(row["labels"] as? [String] == holding.map(\.0))
      }
      let lines = try succeed(["predict", "--model", "\(folder)/student"], input: "the bed was good\n")
      #expect(lines.hasPrefix("labels\tfilm\tfood\thotel\tmusic\n"))
      let report = String(decoding: try Files.read("\(folder)/student/report.html"), as: UTF8.self)
      #expect(report.contains("rows are answered with just their labels"))
      #expect(report.contains("they give one answer") && report.contains("Farthest off"))
      #expect(try succeed(["report", "\(folder)/teacher", "\(folder)/student"]).contains("subset_accuracy"))
      _ = try succeed(["export", "\(folder)/student", "--output", "\(folder)/student.onnx"])
      let graph = String(decoding: try Files.read("\(folder)/student.onnx"), as: UTF8.self)
      #expect(graph.contains("multi_label_classification") && graph.contains("thresholds"))
      // A model of one answer, and a task of one, are told apart.
      let other = try Program.run(["evaluate", "--task", "complaints", "--model", "\(folder)/student"])
      #expect(other.status == 1)
      let submit = try Program.run(["submit", "\(folder)/student", "--output", "\(folder)/x.zip"])
      #expect(submit.status == 1 && submit.errorLines.count == 1, "\(submit.error)")
      try Files.write(
        """
        output: \(folder)/sweep
        data: tasks
        seeds: [1]
        baseline: labels
        teacher: {shape: 1x32x2, vocab: vocab/vocab.txt, training: {num_train_epochs: 1}}
        tasks: {aspects: {}}
        students: {small: {student: 1x16x2, training: {num_train_epochs: 1}}}
        methods: {labels: {}, annealing: {training: {num_train_epochs: 2}}}
        """, to: "\(folder)/sweep.yaml")
      let table = try succeed(["sweep", "\(folder)/sweep.yaml", "--quiet"])
      #expect(table.contains("| aspects | micro_f1 | small"), "\(table)")
    }
  }

  @Test func probabilitiesNeedNoTeacherAndAreNormalizedOnRequest() throws {
    try withTemporaryDirectory { folder in
      let run = [
        "--task", "votes", "--learning-rate", "3e-3", "--epochs", "12", "--batch-size", "16", "--quiet",
      ]
      _ = try succeed(
        [
          "distill", "--method", "labels", "--vocab", "vocab/vocab.txt", "--student", "1x32x2", "--output",
          "\(folder)/labels",
        ] + run)
      let found = try object(
        try succeed(["evaluate", "--json", "--task", "votes", "--model", "\(folder)/labels"]))
      #expect(try #require(found["accuracy"] as? Double) > 0.6)
      _ = try succeed(
        [
          "distill", "--method", "kd", "--temperature", "1", "--weight", "labels=0.3", "--weight", "kl=0.7",
          "--teacher", "\(folder)/labels", "--student", "1x32x2", "--output", "\(folder)/both",
        ] + run)
      // Counts of votes, with the same shares, give the same model.
      let table = String(
        decoding: try Files.read(Program.repository + "/tasks/votes/train.tsv"), as: UTF8.self)
      let counts = table.split(separator: "\n").enumerated().map { number, line in
        let cells = line.split(separator: "\t")
        return number == 0
          ? String(line)
          : ([String(cells[0])] + cells.dropFirst().map { String(Int((Double($0) ?? 0) * 10 + 0.5)) })
            .joined(separator: "\t")
      }
      try Files.write(counts.joined(separator: "\n") + "\n", to: "\(folder)/my/votes/train.tsv")
      try Files.write(
        try Files.read(Program.repository + "/tasks/votes/dev.tsv"), to: "\(folder)/my/votes/dev.tsv")
      let again = [
        "distill", "--method", "labels", "--vocab", "vocab/vocab.txt", "--student", "1x32x2", "--output",
        "\(folder)/counts", "--data", "\(folder)/my",
      ]
      let refused = try Program.run(again + run)
      #expect(
        refused.status == 1
          && refused.error.contains(
            "train.tsv:2: expected probabilities with a sum of 1, found a sum of 10.0")
      )
      _ = try succeed(again + run + ["--normalize"])
      let settings = String(decoding: try Files.read("\(folder)/counts/settings.yaml"), as: UTF8.self)
      #expect(settings.contains("normalize: true"))
      #expect(
        try Files.read("\(folder)/counts/model/model.safetensors")
          == Files.read("\(folder)/labels/model/model.safetensors"))
    }
  }

  @Test func scoresOfAnyRangeAreAnsweredInTheirUnits() throws {
    try withTemporaryDirectory { folder in
      let rows = (0..<96).map { row in
        "\(row % 2 == 0 ? "good" : "bad") film \(row % 5)\t\(row % 2 == 0 ? 3.5e6 : 1.5e6)\n"
      }
      try Files.write("text\tscore\n" + rows.joined(), to: "\(folder)/my/prices/train.tsv")
      try Files.write("text\tscore\n" + rows.prefix(20).joined(), to: "\(folder)/my/prices/dev.tsv")
      let run = [
        "--task", "prices", "--data", "\(folder)/my", "--epochs", "20", "--batch-size", "8", "--quiet",
      ]
      _ = try succeed(["finetune", "--output", "\(folder)/teacher"] + Self.shape + run)
      _ = try succeed(
        [
          "distill", "--teacher", "\(folder)/teacher", "--student", "1x32x2", "--method", "annealing",
          "--output",
          "\(folder)/student", "--learning-rate", "3e-3",
        ] + run)
      for name in ["teacher", "student"] {
        let found = try object(
          try succeed(
            [
              "evaluate", "--json", "--model", "\(folder)/\(name)", "--task", "prices", "--data",
              "\(folder)/my",
            ]))
        #expect(try #require(found["mean_absolute_error"] as? Double) < 3e5, "\(name)")
        let answer = try succeed(["predict", "--model", "\(folder)/\(name)"], input: "good film 1\n")
        let score = try #require(answer.split(separator: "\n").last.flatMap { Double($0) })
        #expect((3e6...4e6).contains(score), "\(name): \(score)")
        let row = try object(
          try succeed(["predict", "--json", "--model", "\(folder)/\(name)"], input: "bad film 1\n"))
        #expect((1e6...2e6).contains(try #require(row["score"] as? Double)))
      }
    }
  }

  @Test func kindsThatDoNotGoTogetherAreRefused() throws {
    for (arguments, said) in [
      (
        ["evaluate", "--task", "votes", "--model", "x", "--fit-thresholds"],
        "--fit-thresholds is for rows with several"
      ),
      (
        [
          "check", "finetune", "--task", "votes", "--label-column", "a", "--labels-column", "b", "--model",
          "x",
        ],
        "Give --label-column (one label a row) or --labels-column (several), not both."
      ),
      (
        ["evaluate", "--task", "SST-2", "--normalize", "--model", "x"],
        "not for GLUE's SST-2"
      ),
      (
        ["predict", "--model", "x", "--labels-column", "a"], "--labels-column and --dev-share go with --task"
      ),
    ] {
      let outcome = try Program.run(arguments)
      #expect(outcome.status == 64 && outcome.error.contains(said), "\(arguments): \(outcome.error)")
    }
  }
}
