import Files
import TestSupport
import Testing

@Suite struct UsageTests {
  private static let wrong: [[String]] = [
    ["--no-such-option"],
    ["no-such-command"],
    ["finetune"],
    ["finetune", "--task", "SST-2", "--output", "x"],
    ["finetune", "--task", "NOPE", "--shape", "2x16x2", "--vocab", "v", "--output", "x"],
    ["finetune", "--task", "SST-2", "--shape", "2x16x2", "--output", "x"],
    ["finetune", "--task", "SST-2", "--shape", "2x16x2", "--model", "m", "--output", "x"],
    ["finetune", "--task", "SST-2", "--shape", "2x16x2", "--vocab", "v", "--output", "x", "--epochs", "0"],
    ["finetune", "--task", "SST-2", "--shape", "2x16x2", "--vocab", "v", "--output", "x", "--epochs", "two"],
    ["finetune", "--task", "SST-2", "--shape", "2x16x2", "--vocab", "v", "--output", "x", "--threads", "0"],
    [
      "finetune", "--task", "SST-2", "--shape", "2x16x2", "--vocab", "v", "--output", "x", "--dropout", "1.5",
    ],
    ["distill", "--task", "SST-2", "--output", "x"],
    ["distill", "--task", "SST-2", "--output", "x", "--student", "2x16x2"],
    ["distill", "--task", "SST-2", "--teacher", "t", "--output", "x"],
    ["distill", "--task", "SST-2", "--teacher", "t", "--student", "2x16x2"],
    [
      "distill", "--task", "SST-2", "--teacher", "t", "--student", "2x16x2", "--output", "x", "--method",
      "magic",
    ],
    ["distill", "--task", "SST-2", "--teacher", "t", "--student-layers", "1,x", "--output", "x"],
    [
      "distill", "--task", "SST-2", "--teacher", "t", "--student", "2x16x2", "--output", "x", "--weight",
      "kl",
    ],
    [
      "distill", "--task", "SST-2", "--teacher", "t", "--student", "2x16x2", "--output", "x",
      "--teacher-weights", "1,x",
    ],
    [
      "distill", "--task", "SST-2", "--teacher", "t", "--student", "2x16x2", "--output", "x", "--epochs", "3",
      "--stage-epochs", "2,1",
    ],
    ["predict", "--model", "m", "--pair-column", "2"],
    ["predict", "--model", "m", "--column", "0"],
    ["predict", "--model", "m", "--column", "text", "--task", "RTE"],
    ["finetune", "--print-settings", "--shape", "2x16x2", "--model", "m"],
    ["check", "finetune", "--task", "RTE", "--model", "m", "--output", "x", "--no-such-option"],
    [
      "check", "distill", "--task", "RTE", "--teacher", "t", "--student", "1x8x1", "--output", "x",
      "--no-such-option",
    ],
    ["tokenize", "--vocab", "v", "--threads", "9223372036854775807"],
    ["tokenize", "--vocab", "v", "--verify", "f", "--max-length", "8"],
    ["tokenize", "--vocab", "v", "--header"],
    ["vocab", "train", "x", "--output", "v", "--size", "50", "--header"],
    ["benchmark", "tokenize", "x", "--vocab", "v", "--header"],
    ["predict", "--model", "m", "--split", "dev"],
    ["predict", "--model", "m", "--data", "tasks"],
    [
      "finetune", "--task", "SST-2", "--shape", "2x16x2", "--vocab", "v", "--output", "x", "--batch-size",
      "8",
      "--batch-tokens", "512",
    ],
    ["vocab", "train", "x", "--output", "v", "--threads", "1025"],
    ["check", "finetune", "--shape", "2x16x2", "--vocab", "v"],
    ["sweep"],
    ["resume"],
    ["report"],
  ]

  @Test(arguments: wrong)
  func wrongUsageEndsWith64AndHelp(arguments: [String]) throws {
    try withTemporaryDirectory { folder in
      let outcome = try Program.run(arguments, in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errorLines.first?.hasPrefix("Error: ") == true)
      let usage = try #require(outcome.errorLines.first { $0.hasPrefix("Usage: anneal") }).split(
        separator: " ")
      #expect(zip(usage, usage.dropFirst()).allSatisfy { $0 != $1 }, "a command is named twice")
      #expect(try Files.list(folder).isEmpty)
    }
  }

  @Test func methodsAreListedWithTheirPapers() throws {
    let outcome = try Program.run(["distill", "--list-methods"])
    #expect(outcome.status == 0)
    for name in [
      "annealing-intermediate", "labels", "kd", "annealing", "Jafari et al. 2021", "takd",
      "contextual_angles", "rco", "importance", "--sequence FILE",
    ] {
      #expect(outcome.output.contains(name))
    }
    // By what they need, the cheapest first, each with its cost.
    let lines = outcome.output.split(separator: "\n").map(String.init)
    let places = [
      "Gold labels alone", "labels", "A teacher alone", "kd", "Several models", "takd", "A sequence of tasks",
    ]
    .map { lines.firstIndex(of: $0) ?? -1 }
    #expect(places[0] == 0 && places == places.sorted(), "\(places)")
    #expect(lines.count { $0.contains("costs ") } >= 23)
  }

  @Test func aReaderThatLeavesEarlyIsNoError() throws {
    let outcome = try Program.shell("$ANNEAL distill --list-methods | head -n 1")
    #expect(outcome.status == 0)
    #expect(outcome.error.isEmpty)
  }

  @Test func aFullDiskIsSaid() throws {
    let outcome = try Program.shell("$ANNEAL distill --list-methods > /dev/full")
    #expect(outcome.status == 1)
    #expect(outcome.errorLines == ["anneal: standard output: cannot write: No space left on device"])
  }

  @Test func aFolderWithoutARunIsNamed() throws {
    try withTemporaryDirectory { folder in
      let outcome = try Program.run(["report", folder])
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.count == 1)
      #expect(
        outcome.error
          == "anneal: \(folder): there is no run in this folder: neither run.json nor events.jsonl\n")
    }
  }
}
