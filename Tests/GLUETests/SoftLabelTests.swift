import Files
import TestSupport
import Testing

@testable import GLUE

/// Rows with probabilities of classes: how they are written, what is refused, what they count as.
@Suite struct SoftLabelTests {
  private func withTask<Value>(_ files: [String: String], _ body: (String) throws -> Value) throws -> Value {
    try withTemporaryDirectory { folder in
      for (name, text) in files { try Files.write(text, to: "\(folder)/my/votes/\(name)") }
      return try body(folder + "/my")
    }
  }

  private func complaint(_ name: String, _ text: String, normalize: Bool? = nil) throws -> String {
    try withTask([name: text]) { folder in
      do {
        _ = try GLUETask.named("votes", in: folder, columns: TaskColumns(normalize: normalize)).load(
          .train, from: folder)
        return "nothing"
      } catch { return "\(error)".replacing(folder + "/votes/", with: "") }
    }
  }

  @Test(arguments: [
    [
      "train.tsv": "p:good\ttext\tp:bad\n0.25\ta\t0.75\n0.5\tb\t0.5\n1\tc\t0\n",
      "dev.tsv": "text\tlabel\nd\tgood\n",
    ],
    [
      "train.csv": "p:good,text,p:bad\n0.25,a,0.75\n0.5,b,0.5\n1,c,0\n", "dev.csv": "text,label\nd,good\n",
    ],
    [
      "train.jsonl":
        "{\"text\": \"a\", \"label\": {\"good\": 0.25, \"bad\": 0.75}}\n"
        + "{\"text\": \"b\", \"label\": {\"good\": 0.5, \"bad\": 0.5}}\n{\"text\": \"c\", \"label\": {\"good\": 1}}\n",
      "dev.jsonl": "{\"text\": \"d\", \"label\": \"good\"}\n",
    ],
  ])
  func everyWayOfWritingThemIsRead(files: [String: String]) throws {
    try withTask(files) { folder in
      let task = try GLUETask.named("votes", in: folder)
      #expect(task.kind == .classification(labels: ["bad", "good"]))
      let train = try task.load(.train, from: folder)
      #expect(
        train.examples.map(\.label) == [.shares([0.75, 0.25]), .shares([0.5, 0.5]), .shares([0, 1])])
      // Counted by the largest, the first of equals.
      #expect(train.examples.map(\.label?.index) == [0, 0, 1])
      #expect(DataSetStatistics(train).classCounts == [2, 1])
      #expect(try task.load(.dev, from: folder).examples.map(\.label) == [.index(1)])
      let metrics = try task.metrics(predictions: [.index(0), .index(1), .index(1)], of: train.examples)
      #expect(metrics["accuracy"] == 2.0 / 3)
    }
  }

  @Test func sumsThatAreNotOneAreRefusedAndNormalizedOnRequest() throws {
    let head = "text\tp:bad\tp:good\na\t0.3\t0.7\n"
    #expect(try complaint("train.tsv", head + "b\t0.3335\t0.666\n") == "nothing")
    #expect(try complaint("train.tsv", head + "b\t0.5\t0.502\n").contains("found a sum of 1.002"))
    #expect(
      try complaint("train.tsv", head + "b\t0.3\t0.6\n")
        == "train.tsv:3: expected probabilities with a sum of 1, found a sum of 0.9; --normalize divides by it"
    )
    for (row, found) in [
      ("b\t-0.1\t1.1\n", "-0.1 of 'bad'"), ("b\tnan\t1\n", "nan of 'bad'"), ("b\tinf\t1\n", "inf of 'bad'"),
    ] {
      #expect(
        try complaint("train.tsv", head + row)
          == "train.tsv:3: expected probabilities from 0 to 1, found \(found)")
    }
    #expect(
      try complaint("train.tsv", head + "b\thalf\t0.5\n")
        == "train.tsv:3: expected a number as 'p:bad', found 'half'")
    #expect(
      try complaint("train.tsv", "text\tp:bad\tp:good\na\t0\t0\n", normalize: true)
        == "train.tsv:2: expected numbers with a sum above 0, found a sum of 0.0")
    #expect(
      try complaint("train.tsv", "text\tp:bad\tp:good\tp:bad\na\t0\t0\t1\n")
        == "train.tsv:1: expected one column called 'p:bad', found 2")
    #expect(
      try complaint("train.tsv", "text\tp:bad\na\t1\n")
        == "train.tsv: expected rows with at least two different labels, found only 'bad'")
    try withTask(["train.tsv": "text\tp:bad\tp:good\na\t3\t1\nb\t0\t5\n"]) { folder in
      let task = try GLUETask.named("votes", in: folder, columns: TaskColumns(normalize: true))
      #expect(
        try task.load(.train, from: folder).examples.map(\.label) == [
          .shares([0.75, 0.25]), .shares([0, 1]),
        ])
    }
  }

  @Test func hardAndSoftLabelsInOneFileAreRefused() throws {
    let soft = "{\"text\": \"a\", \"label\": {\"bad\": 0.2, \"good\": 0.8}}\n"
    #expect(
      try complaint("train.jsonl", soft + "{\"text\": \"b\", \"label\": \"good\"}\n")
        == "train.jsonl:2: expected probabilities, as line 1 has, found one label")
    #expect(
      try complaint("train.tsv", "text\tlabel\tp:bad\tp:good\na\tbad\t1\t0\n")
        == "train.tsv:1: expected answers of one kind, found columns label and p:…; --label-column says which (label, p: "
        + "or l:), --labels-column for several in a cell")
    try withTask(["train.tsv": "text\tlabel\tp:bad\tp:good\na\tx\t1\t0\nb\ty\t0\t1\n"]) {
      (folder: String) throws -> Void in
      func kind(_ column: String) throws -> [Label?] {
        try GLUETask.named("votes", in: folder, columns: TaskColumns(label: column)).load(
          .train, from: folder
        )
        .examples.map(\.label)
      }
      #expect(try kind("label") == [.index(0), .index(1)])
      #expect(try kind("p:") == [.shares([1, 0]), .shares([0, 1])])
    }
  }
}
