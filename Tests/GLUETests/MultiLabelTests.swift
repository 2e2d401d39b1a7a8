import Files
import TestSupport
import Testing

@testable import GLUE

/// Tasks whose rows have several labels: how they are written, what is refused, how they are measured.
@Suite struct MultiLabelTests {
  private func withTask<Value>(_ files: [String: String], _ body: (String) throws -> Value) throws -> Value {
    try withTemporaryDirectory { folder in
      for (name, text) in files { try Files.write(text, to: "\(folder)/my/topics/\(name)") }
      return try body(folder + "/my")
    }
  }

  private func complaint(_ files: [String: String], _ columns: TaskColumns = TaskColumns()) throws -> String {
    try withTask(files) { folder in
      do {
        let task = try GLUETask.named("topics", in: folder, columns: columns)
        for split in files.keys.contains("dev.tsv") ? [Split.train, .dev] : [.train] {
          _ = try task.load(split, from: folder)
        }
        return "nothing"
      } catch { return "\(error)".replacing(folder + "/", with: "") }
    }
  }

  @Test(arguments: [
    ["train.tsv": "text\tlabels\na\tjoy|awe\nb\t[]\nc\tfear\n", "dev.tsv": "text\tlabels\nd\tfear | joy\n"],
    ["train.tsv": "text\tlabels\na\tjoy, awe\nb\t[]\nc\tfear\n", "dev.tsv": "text\tlabels\nd\tfear,joy\n"],
    ["train.csv": "labels,text\njoy;awe,a\n[],b\nfear,c\n", "dev.csv": "text,labels\nd,fear;joy\n"],
    [
      "train.tsv": "l:joy\ttext\tl:fear\tl:awe\n1\ta\t0\t1\n0\tb\t0\t0\n0\tc\t1\t0\n",
      "dev.tsv": "text\tl:awe\tl:fear\tl:joy\nd\t0\t1.0\ttrue\n",
    ],
    [
      "train.jsonl":
        "{\"text\": \"a\", \"labels\": [\"joy\", \"awe\"]}\n{\"text\": \"b\", \"labels\": []}\n"
        + "{\"text\": \"c\", \"labels\": [\"fear\"]}\n",
      "dev.jsonl": "{\"text\": \"d\", \"labels\": [\"fear\", \"joy\"]}\n",
    ],
    [
      "train.jsonl":
        "{\"text\": \"a\", \"label\": [\"joy\", \"awe\"]}\n{\"text\": \"b\", \"label\": []}\n"
        + "{\"text\": \"c\", \"label\": [\"fear\"]}\n",
      "dev.jsonl": "{\"text\": \"d\", \"label\": [\"fear\", \"joy\"]}\n",
    ],
  ])
  func everyWayOfWritingThemIsRead(files: [String: String]) throws {
    try withTask(files) { folder in
      let task = try GLUETask.named("topics", in: folder)
      #expect(task.kind == .multiLabel(labels: ["awe", "fear", "joy"]) && task.isMultiLabel)
      #expect(!task.isRegression && task.outputCount == 3 && task.hasPairs == false)
      #expect(task.metrics == ["micro_f1", "macro_f1", "subset_accuracy"])
      let train = try task.load(.train, from: folder)
      #expect(train.examples.map(\.label) == [.set([0, 2]), .set([]), .set([1])])
      #expect(try task.load(.dev, from: folder).examples.map(\.label) == [.set([1, 2])])
      let found = DataSetStatistics(train)
      #expect(found.classCounts == [1, 1, 1] && found.majorityShare == nil)
    }
  }

  @Test func aColumnOfAnyNameMayHoldThem() throws {
    try withTask(["train.tsv": "text\tlabel\ttags\na\tx\tu|v\nb\ty\tv\n"]) { folder in
      let one = try GLUETask.named("topics", in: folder)
      #expect(one.kind == .classification(labels: ["x", "y"]))
      let several = try GLUETask.named("topics", in: folder, columns: TaskColumns(labels: "Tags"))
      #expect(several.kind == .multiLabel(labels: ["u", "v"]))
      #expect(try several.load(.train, from: folder).examples.map(\.label) == [.set([0, 1]), .set([1])])
      #expect(throws: GLUEError(expected: "a column of one label a row, or one of several", found: "both")) {
        try GLUETask.named("topics", in: folder, columns: TaskColumns(label: "label", labels: "tags"))
      }
    }
  }

  @Test func whatCannotBeAnAnswerIsRefusedWithItsLine() throws {
    let head = "text\tlabels\na\tx|y\nb\ty\n"
    let place = "topics/train.tsv:4: expected "
    #expect(
      try complaint(["train.tsv": head + "c\t\n"])
        == place + "labels of topics: x, y, or [] where none of them holds, found an empty cell")
    #expect(try complaint(["train.tsv": head + "c\tx|x\n"]) == place + "each label once, found 'x' twice")
    #expect(
      try complaint(["train.tsv": head + "c\tx||y\n"])
        == place + "names of labels, not empty and without '|', found ''")
    #expect(
      try complaint(["train.tsv": head, "dev.tsv": "text\tlabels\na\tx\nb\tx|z\n"])
        == "topics/dev.tsv:3: expected labels of topics: x, y, found 'z'")
    #expect(
      try complaint(["train.tsv": "text\tlabels\na\tx\nb\tx\n"])
        == "topics/train.tsv: expected rows with at least two different labels, found only 'x'")
    let flags = "text\tl:x\tl:y\na\t1\t0\n"
    #expect(
      try complaint(["train.tsv": flags + "b\t0\t2\n"])
        == "topics/train.tsv:3: expected 1 or 0 as 'l:y', found '2'")
    #expect(
      try complaint(["train.tsv": flags, "dev.tsv": "text\tl:x\na\t1\n"])
        == "topics/dev.tsv:1: expected columns of the labels x, y, found none of 'y'")
    #expect(
      try complaint(["train.tsv": flags, "dev.tsv": "text\tl:x\tl:y\tl:z\na\t1\t0\t0\n"])
        == "topics/dev.tsv:1: expected columns of the labels x, y, found 'z'")
    #expect(
      try complaint(["train.tsv": head, "dev.tsv": "text\tlabel\na\tx\n"])
        == "topics/dev.tsv:1: expected answers as the training rows have them, several labels a row in 'labels', found "
        + "one label a row in 'label'")
    #expect(
      try complaint(["train.tsv": "text\tlabel\tlabels\na\tx\tx\nb\ty\ty\n"])
        == "topics/train.tsv:1: expected answers of one kind, found columns label and labels; --label-column says which "
        + "(label, p: or l:), --labels-column for several in a cell")
  }

  @Test func kindsThatAreMixedInJSONAreRefused() throws {
    let list = "{\"text\": \"a\", \"labels\": [\"x\", \"y\"]}\n"
    #expect(
      try complaint(["train.jsonl": list + "{\"text\": \"b\", \"labels\": \"x\"}\n"])
        == "topics/train.jsonl:2: expected labels in a list, as line 1 has, found labels as text")
    #expect(
      try complaint(["train.jsonl": list + "{\"text\": \"b\", \"labels\": {\"x\": 1}}\n"])
        == "topics/train.jsonl:2: expected labels of topics: x, y, found numbers by names")
    #expect(
      try complaint(["train.jsonl": list + "{\"text\": \"b\", \"labels\": null}\n"])
        == "topics/train.jsonl:2: expected a text or a number as 'labels', found none; --skip-malformed leaves such rows "
        + "out")
    let one = "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\", \"label\": \"y\"}\n"
    #expect(
      try complaint(["train.jsonl": one + "{\"text\": \"b\", \"label\": [\"x\"]}\n"])
        == "topics/train.jsonl:3: expected a label of topics: x, y, found a list of names")
  }

  @Test func answersAreWrittenAsTheyAreRead() throws {
    try withTask(["train.tsv": "text\tlabels\na\tx|y\nb\tz\n"]) { folder in
      let task = try GLUETask.named("topics", in: folder)
      let answers = try Predictions([.set([0, 2]), .set([])], task: task, split: .test)
      #expect(answers.tsv == "index\tprediction\n0\tx|z\n1\t[]\n")
      try answers.write(to: folder + "/answers.tsv")
      #expect(try Predictions(file: folder + "/answers.tsv", task: task, split: .test) == answers)
      #expect(throws: GLUEError.self) { try Predictions([.set([3])], task: task, split: .test) }
      let rows = try task.load(.train, from: folder).examples
      let baseline = try task.baseline(of: [.set([2]), .set([2]), .set([0])], on: rows)
      #expect(baseline["subset_accuracy"] == 0.5 && baseline["micro_f1"] == 0.4)
    }
  }

  private struct Golden: Decodable {
    let labels: [[Int]]
    let predictions: [[Int]]
    let count: Int
    let micro: Double
    let macro: Double
    let subset: Double

    enum CodingKeys: String, CodingKey {
      case labels, predictions
      case count = "label_count"
      case micro = "micro_f1"
      case macro = "macro_f1"
      case subset = "subset_accuracy"
    }
  }

  @Test(arguments: GoldenFolder.all(with: "labels/metrics.json"))
  func metricsAreThoseOfScikitLearn(_ folder: GoldenFolder) throws {
    let goldens = try folder.decode([Golden].self, from: "labels/metrics.json")
    #expect(goldens.count >= 5)
    for golden in goldens {
      let found = Metrics.multiLabel(
        predictions: golden.predictions, labels: golden.labels, labelCount: golden.count)
      for (name, value) in [
        ("micro_f1", golden.micro), ("macro_f1", golden.macro), ("subset_accuracy", golden.subset),
      ] { #expect(abs((found[name] ?? 9) - value) < 1e-12, "\(name)") }
    }
  }

  /// Of all thresholds none gives a better F1 than the chosen one.
  @Test func thresholdsAreTheBestThereAre() {
    var probabilities: [[Double]] = []
    var labels: [[Int]] = []
    for row in 0..<30 {
      let mixed = row * 37 % 30
      probabilities.append([Double(mixed) / 31, Double(row % 5) / 5, 0.3])
      var set: [Int] = []
      if mixed > 11 + row % 7 { set.append(0) }
      if row % 5 == 3 { set.append(1) }
      if row % 2 == 0 { set.append(2) }
      labels.append(set)
    }
    let chosen = Thresholds.best(probabilities: probabilities, labels: labels, labelCount: 3)
    func f1(_ thresholds: [Double]) -> [Double] {
      LabelSetCounts.of(
        predictions: probabilities.map { Thresholds.answer($0, thresholds) }, labels: labels, labelCount: 3
      ).map(\.f1)
    }
    let best = f1(chosen)
    for step in 0...100 {
      for (found, other) in zip(best, f1([Double](repeating: Double(step) / 100, count: 3))) {
        #expect(found >= other)
      }
    }
    #expect(best[0] > 0.8 && best[1] < 1 && abs(best[2] - 2.0 / 3) < 1e-12)
    // Nothing to choose by: every row has the label, or none.
    #expect(Thresholds.best(probabilities: [[0.1, 0.2]], labels: [[0]], labelCount: 2) == [0.5, 0.5])
    #expect(Thresholds.answer([0.5, 0.49], nil) == [0])
  }

  @Test func thresholdsStandBetweenProbabilities() {
    func best(_ probabilities: [Double], _ holding: Set<Int>) -> Double {
      Thresholds.best(
        probabilities: probabilities.map { [$0] },
        labels: probabilities.indices.map { holding.contains($0) ? [0] : [] }, labelCount: 1)[0]
    }
    #expect(abs(best([0.9, 0.75, 0.25, 0.125], [0, 1]) - 0.5) < 1e-12)
    #expect(abs(best([0.9, 0.75, 0.5, 0.125], [0, 1]) - 0.625) < 1e-12)
    // Two rows of one probability cannot be told apart: F1 of both is 2/3, whatever came first.
    #expect(best([0.75, 0.75, 0.25, 0.125], [0]) == 0.5)
  }

  /// The even rows ask for a threshold below 0.3 and the odd ones for one above 0.7: neither does for the others.
  @Test func thresholdsAreJudgedByRowsThatTheyWereNotChosenOn() {
    let probabilities = [0.2, 0.6, 0.3, 0.8, 0.1, 0.7].map { [$0] }
    let labels: [[Int]] = [[0], [], [0], [0], [], []]
    let thresholds = Thresholds.best(probabilities: probabilities, labels: labels, labelCount: 1)
    #expect(thresholds.count == 1)
    let found = Thresholds.crossFitted(probabilities: probabilities, labels: labels, labelCount: 1)
    // The even rows, from 0.75 on: none of two found. The odd ones, from 0.15 on: all three answered, one of them right.
    #expect(found["subset_accuracy"] == 2.0 / 6)
    #expect(found["micro_f1"] == 2.0 / 6)
  }
}
