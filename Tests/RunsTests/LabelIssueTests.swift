import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Labels that are likely wrong: by hand, and where some were turned round.
@Suite(.serialized) struct LabelIssueTests {
  /// Thresholds 0.7 and 0.6: the third row reaches that of class 1 alone, the last reaches none.
  @Test func theConfidentJointIsCounted() throws {
    let found = ConfidentLearning(
      probabilities: [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.35, 0.65], [0.55, 0.45]],
      labels: [0, 0, 0, 1, 1, 1])
    let thresholds = found.thresholds.compactMap(\.self)
    #expect(zip(thresholds, [0.7, 0.6]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(found.joint == [[2, 1], [0, 2]])
    #expect(
      found.findings == [
        .init(row: 2, given: 0, suggested: 1, givenProbability: 0.4, suggestedProbability: 0.6)
      ])
  }

  @Test func theWorstComeFirstAndClassesWithoutRowsSayNothing() {
    let found = ConfidentLearning(
      probabilities: [[0.1, 0.9, 0], [0.6, 0.4, 0], [0.95, 0.05, 0], [0.3, 0.7, 0], [0.05, 0.05, 0.9]],
      labels: [0, 0, 1, 1, 0])
    #expect(found.thresholds[2] == nil)
    // Row 4 is of no class that has rows, whatever the third says.
    #expect(found.findings.map(\.row) == [2, 0])
  }

  /// A task whose first word decides, with some labels turned round.
  private func withTurned(_ body: (TinyTask, Set<Int>) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder, rows: 240)
      let path = task.data + "/SST-2/train.tsv"
      var lines = String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n").map(
        String.init)
      let turned = Set(stride(from: 9, to: 240, by: 30).map { $0 + 2 })
      for line in turned {
        lines[line - 1] = String(lines[line - 1].dropLast()) + (lines[line - 1].hasSuffix("1") ? "0" : "1")
      }
      try Files.write(lines.joined(separator: "\n") + "\n", to: path)
      try body(task, turned)
    }
  }

  private func settings(_ task: TinyTask) -> FinetuneSettings {
    var settings = task.finetune(output: "never", shape: "1x24x3")
    (settings.training.epochs, settings.training.learningRate, settings.keepAnchors) = (12, 5e-3, nil)
    return settings
  }

  @Test func turnedLabelsAreFound() throws {
    try withTurned { task, turned in
      var folds: [Int] = []
      let found = try LabelDoctor.examine(settings(task)) { fold, _ in folds.append(fold) }
      #expect(folds == [1, 2, 3, 4] && found.folds == 4 && found.rows == 240)
      #expect(found.worst.count == min(found.count, 20))
      let lines = Set(found.worst.map(\.line))
      #expect(lines.isSuperset(of: turned), "\(turned.subtracting(lines))")
      // The right ones are few beside them.
      #expect(found.count <= 3 * turned.count, "\(found.count)")
      #expect(found.kinds.reduce(0) { $0 + $1.count } == found.count)
      #expect(!Files.exists(task.folder + "/never"), "nothing is written")
      var again = settings(task)
      again.training.threads = 1
      var same = try LabelDoctor.examine(again)
      same.seconds = found.seconds
      #expect(same == found)
    }
  }

  @Test func answersFromAFileAreJudgedWithoutTraining() throws {
    try withTurned { task, turned in
      let path = task.data + "/SST-2/train.tsv"
      let lines = String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n").dropFirst()
      let answers = lines.enumerated().map { row, line in
        let isOne = line.hasSuffix("1") != turned.contains(row + 2)
        return "\(row)\t\(isOne ? "0.1\t0.9" : "0.9\t0.1")\n"
      }
      try Files.write("id\t0\t1\n" + answers.joined(), to: task.folder + "/answers.tsv")
      var request = LabelDoctor.Request()
      request.answers = [task.folder + "/answers.tsv"]
      request.worst = 3
      let found = try LabelDoctor.examine(settings(task), request)
      #expect(found.count == turned.count && found.worst.count == 3 && found.folds == 0)
      #expect(turned.isSuperset(of: found.worst.map(\.line)))
      try Files.write("id\t0\t1\n" + answers.dropLast().joined(), to: task.folder + "/answers.tsv")
      #expect { _ = try LabelDoctor.examine(settings(task), request) } throws: {
        "\($0)".contains("expected an answer to each of 240 rows, found none to 1 of them")
      }
    }
  }

  @Test func whatCannotBeJudgedIsRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder, rows: 12)
      var request = LabelDoctor.Request()
      request.folds = 13
      #expect { _ = try LabelDoctor.examine(settings(task), request) } throws: {
        "\($0)".hasPrefix("folds must be from 2 to 100 and at most as many as there are texts, ")
      }
      try Files.write("text\tscore\na\t1\nb\t2\n", to: task.data + "/stars/train.tsv")
      try Files.write("text\tscore\na\t1\nb\t2\n", to: task.data + "/stars/dev.tsv")
      var scores = settings(task)
      scores.task = "stars"
      #expect { _ = try LabelDoctor.examine(scores) } throws: {
        "\($0)".hasSuffix("those of stars have scores")
      }
    }
  }

  /// Rows of one text are judged by models that saw none of them.
  @Test func equalTextsAreOfOneFold() throws {
    try withTurned { task, turned in
      let path = task.data + "/SST-2/train.tsv"
      let text = String(decoding: try Files.read(path), as: UTF8.self)
      // Every row three times over: a model that had seen a turned row would agree with it.
      let rows = text.split(separator: "\n").dropFirst().joined(separator: "\n") + "\n"
      try Files.write("sentence\tlabel\n" + rows + rows + rows, to: path)
      var once = settings(task)
      once.training.epochs = 6
      var request = LabelDoctor.Request()
      request.worst = 1000
      let found = try LabelDoctor.examine(once, request)
      let lines = Set(found.worst.map(\.line))
      #expect(turned.count { lines.contains($0) } >= turned.count - 1)
    }
  }
}
