import ArgumentParser
import Files
import TestSupport
import Testing

@testable import anneal

/// Every option of every command with values that it cannot have.
@Suite struct OptionWalkTests {
  /// A command with the words that it needs, whose files are nowhere: whatever is wrong is found, and nothing is run.
  private static let bases: [String: [String]] = [
    "check finetune": ["--task", "SST-2", "--model", "nowhere", "--output", "run"],
    "check distill": ["--task", "SST-2", "--teacher", "nowhere", "--student", "1x8x1", "--output", "run"],
    "finetune": ["--task", "SST-2", "--model", "nowhere", "--output", "run"],
    "distill": ["--task", "SST-2", "--teacher", "nowhere", "--student", "1x8x1", "--output", "run"],
    "check pretrain": ["--text", "nowhere", "--model", "nowhere", "--output", "run"],
    "pretrain": ["--text", "nowhere", "--model", "nowhere", "--output", "run"],
    "benchmark pretrain": ["--model", "nowhere"],
    "resume": ["nowhere"],
    "sweep": ["nowhere.yaml"],
    "demo": ["--output", "file/run"],
    "predict": ["--model", "nowhere"],
    "evaluate": ["--task", "SST-2", "--model", "nowhere"],
    "verify": ["nowhere"],
    "quantize": ["nowhere", "--output", "x"],
    "export": ["nowhere", "--output", "x.onnx"],
    "submit": ["nowhere", "--output", "x.zip"],
    "tokenize": ["--vocab", "nowhere"],
    "augment": ["SST-2", "--data", "nowhere"],
    "vocab train": ["nowhere", "--size", "10", "--output", "v"],
    "vocab extend": ["--model", "nowhere", "--add", "nowhere", "--output", "v"],
    "benchmark tokenize": ["nowhere", "--vocab", "nowhere"],
    "benchmark infer": ["--model", "nowhere"],
    "benchmark finetune": ["--model", "nowhere"],
    "benchmark distill": ["--model", "nowhere", "--student", "1x8x1"],
    "benchmark gemm": ["--size", "5"],
    "inspect": ["nowhere"],
    "report": ["nowhere"],
    "manual": ["--output", "file/man"],
  ]

  /// What any text may be: the demo and the manual would go there.
  private static let anyText: Set<String> = ["demo --output", "manual --output"]

  private static let values = [
    "", "-1", "0", "foo", "99999999999999999999", "nan", "\u{1B}[31mx\ny", "file", "folder",
  ]

  /// The commands that do something, with their shapes.
  private static let commands: [(name: String, shape: CommandShape)] = {
    func leaves(_ shape: CommandShape, _ words: [String]) -> [(name: String, shape: CommandShape)] {
      let below = (shape.subcommands ?? []).filter { $0.commandName != "help" }
      if below.isEmpty { return [(words.joined(separator: " "), shape)] }
      return below.flatMap { leaves($0, words + [$0.commandName]) }
    }
    return (try? CommandShape.ofProgram()).map { leaves($0, []) } ?? []
  }()

  @Test func everyCommandIsWalked() {
    #expect(Set(Self.commands.map(\.name)) == Set(Self.bases.keys))
  }

  @Test(arguments: commands.map(\.name)) func wrongValuesEndWithOneClearError(command: String) throws {
    let shape = try #require(Self.commands.first { $0.name == command }).shape
    let base = command.split(separator: " ").map(String.init) + (Self.bases[command] ?? [])
    try withTemporaryDirectory { folder in
      try Files.write("in: [the, way\n", to: folder + "/file")
      try Files.makeDirectory(folder + "/folder")
      for argument in shape.arguments ?? [] where argument.takesValue {
        let option = try #require(argument.names?.first { $0.kind == "long" }).written
        if Self.anyText.contains("\(command) \(option)") { continue }
        for value in Self.values { try check(base + [option, value], in: folder) }
      }
      if (shape.arguments ?? []).contains(where: { $0.kind == "positional" }) {
        for value in Self.values { try check(base.map { $0.hasPrefix("nowhere") ? value : $0 }, in: folder) }
      }
    }
  }

  private func check(_ arguments: [String], in folder: String) throws {
    // What does not even parse is asked here and now; the rest takes a process.
    let outcome = try wrongUsage(arguments) ?? Program.run(arguments, in: folder)
    let said = "\(arguments): \(outcome)"
    #expect(outcome.output.isEmpty, "\(said)")
    #expect(!outcome.error.unicodeScalars.contains("\u{1B}"), "\(said)")
    let swift =
      /\b[A-Z][A-Za-z]+(Error|Options|Settings|Command|Summary)\b|Optional\(|\bIndex [0-9]|ArgumentParser/
    #expect(outcome.error.firstMatch(of: swift) == nil, "\(said)")
    switch outcome.status {
    case 1: #expect(outcome.errorLines.count == 1 && outcome.error.hasPrefix("anneal: "), "\(said)")
    case 64:
      #expect(outcome.error.hasPrefix("Error: ") && outcome.error.contains("\nUsage: anneal"), "\(said)")
    default: Issue.record("\(said)")
    }
  }

  private func wrongUsage(_ arguments: [String]) -> Program.Outcome? {
    do {
      if let empty = WrongUsage.emptyValue(in: arguments) { throw empty }
      // Validators look at files, and these are not in the working folder of the tests.
      if arguments.contains(where: { ["file", "folder"].contains($0) }) { return nil }
      _ = try Anneal.parseAsRoot(arguments)
      return nil
    } catch {
      let usage = WrongUsage(arguments)
      if usage.withTiedNumbers != nil { return nil }
      return Program.Outcome(status: 64, output: "", error: usage.text(for: error) + "\n")
    }
  }

  /// Why a command has no `--quiet`, or no `--json`.
  private static let without: [String: String] = [
    "tokenize --json": "its output is text, and --format jsonl is JSON",
    "manual --json": "it writes files", "manual --quiet": "it says nothing",
    "inspect --quiet": "it says nothing", "benchmark tokenize --quiet": "it says nothing",
  ]

  @Test(arguments: commands.map(\.name)) func everyCommandCanBeQuietAndSpeakJSON(command: String) throws {
    let shape = try #require(Self.commands.first { $0.name == command }).shape
    for option in ["--quiet", "--json"] {
      let has = shape.optionNames.contains(option)
      #expect(has == (Self.without["\(command) \(option)"] == nil), "\(command) \(option)")
    }
  }

  @Test(arguments: [
    (["finetune", "--taks", "SST-2"], "Unknown option '--taks'. Did you mean '--task'?"),
    (["predict", "--modle=x"], "Unknown option '--modle'. Did you mean '--model'?"),
    (["sweep", "--theads", "1"], "Unknown option '--theads'. Did you mean '--threads'?"),
    (["finetun", "--task", "SST-2"], "Unknown command 'finetun'. Did you mean 'finetune'?"),
    (["vocab", "trian", "x"], "Unknown command 'trian'. Did you mean 'train'?"),
    (["benchmark", "gem"], "Unknown command 'gem'. Did you mean 'gemm'?"),
    (["qwertz"], "Unknown command 'qwertz'."),
    (["help", "finetun"], "Unknown command 'finetun'. Did you mean 'finetune'?"),
    (["help", "vocab", "trian"], "Unknown command 'trian'. Did you mean 'train'?"),
    (
      ["--quiet", "report", "x"],
      "The option '--quiet' stands before the command report: options follow their command."
    ),
    (["report", ""], "The value after 'report' is empty."),
    (["report", "x", "--output="], "The value after '--output' is empty."),
    (["demo", "--threads", "-2"], "--threads must be from 1 to 1024, not -2."),
    (["evaluate", "--model", "m", "--task", "my/tickets"], "--task tickets --data my"),
    (["evaluate", "--model", "m", "--task", "sst"], "; did you mean SST-2?"),
  ])
  func whatIsMisspeltIsNamedFirst(arguments: [String], said: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 64 && outcome.output.isEmpty)
    #expect(
      outcome.errorLines.first.map { $0.hasPrefix("Error: ") && $0.contains(said) } == true,
      "\(outcome.error)")
  }

  private static let student = ["distill", "--task", "SST-2", "--teacher", "t", "--output", "x"]
  private static let scratch = ["finetune", "--task", "SST-2", "--vocab", "v", "--output", "x"]

  @Test(arguments: [
    (scratch + ["--shape", "1x8x1", "--epochs", "0"], "--epochs must be at least 1."),
    (scratch + ["--shape", "1x8x1", "--epochs", "-3"], "--epochs must be at least 1."),
    (scratch + ["--shape", "1x64"], "--shape: expected layers x hidden size x heads"),
    (
      scratch + ["--shape", "1x16x3"],
      "--shape: num_attention_heads: expected a divisor of hidden_size 16, found 3"
    ),
    (
      student + ["--student", "1x8x1", "--layer-map", "foo"],
      "The value 'foo' is invalid for '--layer-map <map>'"
    ),
    (
      student + ["--student", "runs/studnet"],
      "or the folder of a checkpoint or of a run, found 'runs/studnet'"
    ),
    (student + ["--student", "1x8x1", "--stage-epochs", "0,1"], "--stage-epochs needs that many numbers"),
    (student + ["--student", "1x8x1", "--teacher-weights", "1,2"], "--teacher-weights needs a number"),
    (student + ["--student", "1x8x1", "--weight", "kl=1"], "has no term kl to give a weight"),
    (student + ["--student", "1x8x1", "--cache-states"], "--cache-states needs a folder"),
    (
      student + ["--student", "1x8x1", "--method", "kd", "--layer-map", "last"],
      "no term that --layer-map would change"
    ),
    (student + ["--student", "1x8x1", "--method", "takd"], "the method takd needs assistants"),
    (student + ["--student", "1x8x1", "--rows", "importence"], "there are no rows 'importence'"),
    (["distill", "--sequence", "s.yaml", "--task", "SST-2"], "--task is for one task"),
    (["distill", "--sequence", "s.yaml", "--method", "kd"], "--method is for one task"),
    (["distill", "--sequence", "s.yaml", "--keep", "98%"], "--keep is for one task"),
    (student + ["--student", "1x8x1", "--keep", "0"], "--keep must be above 0% and at most 100%"),
    (student + ["--student", "1x8x1", "--keep", "150%"], "98% or 0.98, not 150%."),
    (student + ["--student", "1x8x1", "--keep", "98"], "98% or 0.98, not 98."),
    (student + ["--student", "1x8x1", "--hours", "-1"], "--hours must be a number above 0, not -1.0."),
    (student + ["--student", "1x8x1", "--held-out-share", "1"], "--held-out-share must be between 0 and 1"),
    (student + ["--student", "1x8x1", "--keep", "98%", "--epochs", "3"], "a goal finds the epochs"),
    (
      student + ["--student", "1x8x1", "--keep", "98%", "--assistants", "2x8x1"], "a goal tries no assistants"
    ),
    (student + ["--student", "1x8x1", "--max-ms", "3"], "give --student auto"),
    (student + ["--student", "auto"], "the student auto needs a limit or a goal"),
    (scratch + ["--shape", "1x8x1", "--keep-anchors", "0"], "--keep-anchors must be from 1"),
    (student + ["--student-layers", "0,1"], "--student-layers: layers are counted from 1, not 0."),
  ])
  func whatArgumentsAloneShowIsWrongUsage(arguments: [String], said: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 64 && outcome.output.isEmpty)
    #expect(outcome.errorLines.first?.contains(said) == true, "\(outcome.error)")
  }
}
