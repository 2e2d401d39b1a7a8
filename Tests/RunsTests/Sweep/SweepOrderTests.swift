import Files
import TestSupport
import Testing

@testable import Runs

/// The order in which several take the runs of a sweep: what takes longest first, teachers before their students.
@Suite struct SweepOrderTests {
  private static func order(_ task: TinyTask, _ change: (inout String) -> Void = { _ in }) throws -> [String]
  {
    var text = """
      output: \(task.folder)/sweep
      data: \(task.data)
      seeds: [1, 2]
      teacher: {shape: 2x16x2, vocab: \(task.vocabulary), training: {num_train_epochs: 2}}
      settings: {training: {num_train_epochs: 2}}
      tasks: {SST-2: {}, CoLA: {}}
      students:
        tiny: {student: 1x8x1}
        wide: {student: 2x32x2}
        layer: {student_layers: [2]}
      methods:
        labels: {}
        states: {method: annealing-intermediate, stage_epochs: [2, 2]}
      """
    change(&text)
    try Files.write(text + "\n", to: task.folder + "/sweep.yaml")
    for split in ["train", "dev"] {
      // Four times the text of the other task.
      let rows = (0..<176).map { "a\t\($0 % 2)\t\tthe good film \($0 % 2 == 0 ? "very" : "not") bad" }
      try Files.write(rows.joined(separator: "\n") + "\n", to: "\(task.data)/CoLA/\(split).tsv")
    }
    let sweep = try SweepFile(task.folder + "/sweep.yaml")
    let order = sweep.longestFirst()
    #expect(order.sorted() == Array(sweep.jobs.indices))
    return order.map {
      let job = sweep.jobs[$0]
      return "\(job.task) \(job.student) \(job.method) \(job.seed)"
    }
  }

  @Test func whatTakesLongestComesFirst() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let order = try Self.order(task)
      #expect(order.first == "CoLA teacher finetune 1")
      // Of a task: more layers and more width, and stages that read a teacher's states, before less.
      let cola = order.filter { $0.hasPrefix("CoLA") }
      #expect(
        cola == [
          "CoLA teacher finetune 1", "CoLA wide states 1", "CoLA wide states 2", "CoLA wide labels 1",
          "CoLA wide labels 2", "CoLA layer states 1", "CoLA layer states 2", "CoLA tiny states 1",
          "CoLA tiny states 2", "CoLA layer labels 1", "CoLA layer labels 2", "CoLA tiny labels 1",
          "CoLA tiny labels 2",
        ])
      // More text before less, the same cell of two tasks.
      let wide = order.filter { $0.hasSuffix("wide labels 1") }
      #expect(wide.map { String($0.prefix(4)) } == ["CoLA", "SST-"])
      let fewer = try Self.order(task) {
        $0 = $0.replacing("CoLA: {}", with: "CoLA: {settings: {limit: 4}, teacher: {limit: 4}}")
      }
      #expect(fewer.first == "SST-2 teacher finetune 1")
    }
  }

  /// Where nothing can be read a teacher still comes before what needs it.
  @Test func teachersComeFirstInAnyCase() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let order = try Self.order(task) {
        $0 = $0.replacing("data: \(task.data)", with: "data: \(folder)/none")
      }
      #expect(order.prefix(2) == ["SST-2 teacher finetune 1", "CoLA teacher finetune 1"])
    }
  }
}
