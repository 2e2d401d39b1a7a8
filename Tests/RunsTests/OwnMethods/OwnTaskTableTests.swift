import Distillation
import Files
import GLUE
import TestSupport
import Testing
import Training

@testable import Runs

/// A task of a layout that nothing here knows, added to the table of tasks.
@Suite struct OwnTaskTableTests {
  private static let verdicts = GLUETask(
    name: "Verdicts", kind: .classification(labels: ["no", "yes"]), splits: [.train, .dev],
    metrics: ["accuracy"], defaults: TaskDefaults(epochs: 4)
  ) { _ in TSVLayout(hasHeader: false, columnCount: 3, first: TSVColumn(2), label: TSVColumn(0)) }

  @Test func itIsTrainedByItsNameAlone() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      for split in ["train", "dev"] {
        let rows = (0..<16).map { "\($0 % 2 == 0 ? "yes" : "no")\t7\t\($0 % 2 == 0 ? "good" : "bad") film\n" }
        try Files.write(rows.joined(), to: "\(tiny.data)/verdicts/\(split).tsv")
      }
      var settings = tiny.finetune(output: "own")
      settings.task = "verdicts"
      (settings.training.epochs, settings.training.learningRate) = (40, 3e-3)
      let tables = MethodTables(tasks: .standard + [Self.verdicts])
      let result = try Finetune.run(settings, with: tables) { _ in }
      #expect(result.task == "Verdicts" && result.selected == 1)
      var student = tiny.distill(output: "student", method: "kd")
      (student.task, student.teacher) = ("Verdicts", folder + "/own")
      #expect(try Distill.run(student, with: tables) { _ in }.task == "Verdicts")
      settings.output = folder + "/unknown"
      #expect(throws: GLUEError.self) { try Finetune.run(settings) { _ in } }
    }
  }
}
