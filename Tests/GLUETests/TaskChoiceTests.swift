import Files
import TestSupport
import Testing

@testable import GLUE

/// What a user says of a task of their own beside its files: columns, and which rows are dev rows.
@Suite struct TaskChoiceTests {
  private func withTask(_ files: [String: String], _ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      for (file, text) in files { try Files.write(text, to: "\(folder)/own/\(file)") }
      try body(folder)
    }
  }

  @Test(arguments: ["train.csv", "train.tsv"]) func columnsAreThoseThatWereNamed(file: String) throws {
    let text = "Review,text,stars,label\na,b,5,x\nc,d,4,y\n"
    try withTask([file: file.hasSuffix("csv") ? text : text.replacing(",", with: "\t")]) { folder in
      func task(_ columns: TaskColumns) throws -> GLUETask {
        try GLUETask.named("own", in: folder, columns: columns)
      }
      let reviews = try task(TaskColumns(text: "review", label: "stars"))
      #expect(reviews.labels == ["4", "5"] && !reviews.hasPairs)
      #expect(try reviews.load(.train, from: folder).examples.map(\.first) == ["a", "c"])
      #expect(try task(TaskColumns(text: "Review")).labels == ["x", "y"])
      let pairs = try task(TaskColumns(text: "text", pair: "Review"))
      let rows = try pairs.load(.train, from: folder).examples
      #expect(rows.map(\.first) == ["b", "d"] && rows.map(\.second) == ["a", "c"])
      #expect(
        GLUETask.hasPairs("own", in: folder, columns: TaskColumns(text: "text", pair: "Review")) == true)
      let error = #expect(throws: GLUEError.self) { try task(TaskColumns(text: "review", label: "rating")) }
      #expect(
        "\(error.map { "\($0)" } ?? "")".hasSuffix(
          ":1: expected the columns that were named, rating, found 4 columns: Review, text, stars, label"))
      #expect(throws: GLUEError.self) { try task(TaskColumns(pair: "text")) }
    }
    #expect(throws: GLUEError.self) {
      try GLUETask.named("SST-2", in: "tasks", columns: TaskColumns(text: "a"))
    }
  }

  @Test func aColumnOfScoresStaysOne() throws {
    try withTask(["train.csv": "t,score\na,1.5\nb,2\n"]) { folder in
      let columns = TaskColumns(text: "t", label: "score")
      let task = try GLUETask.named("own", in: folder, columns: columns)
      #expect(task.isRegression)
    }
  }

  private static let rows = (0..<60).map { "text \($0),\($0 % 3 == 0 ? "rare" : "common")\n" }

  /// The texts of a split, with the labels' places.
  private func split(_ rows: [String], _ split: Split, share: Double) throws -> [Example] {
    var found: [Example] = []
    try withTask(["train.csv": "text,label\n" + rows.joined()]) { folder in
      found = try GLUETask.named("own", in: folder, devShare: share).load(split, from: folder).examples
    }
    return found
  }

  @Test func devRowsAreAShareOfEachClass() throws {
    let train = try split(Self.rows, .train, share: 0.1)
    let dev = try split(Self.rows, .dev, share: 0.1)
    #expect(train.count == 54 && dev.count == 6)
    #expect(dev.count { $0.label == .index(1) } == 2)
    #expect(Set((train + dev).map(\.first)).count == 60)
    #expect(train.map(\.line) == train.map(\.line).sorted())
    // The rows decide, not their order.
    let again = try split(Self.rows.reversed(), .dev, share: 0.1)
    #expect(Set(again.map(\.first)) == Set(dev.map(\.first)))
    // A row more moves few of the others.
    let more = try split(Self.rows + ["one more,common\n"], .dev, share: 0.1)
    #expect(Set(more.map(\.first)).symmetricDifference(dev.map(\.first)).count <= 2)
  }

  @Test func rareLabelsAmongSeveralStandOnBothSides() throws {
    // Every row has the common label; one in ten a rare one too, one in ten none.
    let rows = (0..<60).map { row in
      "text \(row),\(row % 10 == 0 ? "common|rare" : row % 10 == 1 ? "[]" : "common")\n"
    }
    try withTask(["train.csv": "text,labels\n" + rows.joined()]) { folder in
      for (share, rare, common) in [(0.1, 1, 5), (0.34, 2, 16), (0.5, 3, 24)] {
        let task = try GLUETask.named("own", in: folder, devShare: share)
        let dev = try task.load(.dev, from: folder).examples
        #expect(dev.count { $0.label == .set([0, 1]) } == rare)
        #expect(dev.count { $0.label == .set([]) } == rare)
        #expect(dev.count { $0.label == .set([0]) } == common)
        #expect(try task.load(.train, from: folder).examples.count == 60 - dev.count)
      }
    }
  }

  @Test func everyClassStaysOnBothSides() throws {
    let rows = ["a,x\n", "b,x\n", "c,y\n", "d,y\n", "e,z\n"]
    let (train, dev) = (try split(rows, .train, share: 0.01), try split(rows, .dev, share: 0.99))
    #expect(train.count == 3 && dev.count == 2)
    // A text that stands twice is not trained on and measured on.
    let twice = (0..<20).map { "text \($0 / 2),\($0 < 10 ? "x" : "y")\n" }
    let texts = Set(try split(twice, .dev, share: 0.3).map(\.first))
    let others = try split(twice, .train, share: 0.3).map(\.first)
    #expect(!texts.isEmpty && texts.isDisjoint(with: others))
  }

  @Test func aShareIsOfFilesWithoutDevRows() throws {
    let text = "text,label\n" + Self.rows.joined()
    try withTask(["train.csv": text, "validation.csv": text]) { folder in
      let error = #expect(throws: GLUEError.self) { try GLUETask.named("own", in: folder, devShare: 0.1) }
      #expect(error?.path == folder + "/own/validation.csv")
      for share in [0, 1, -0.1, .nan] {
        #expect(throws: GLUEError.self) { try GLUETask.named("own", in: folder, devShare: share) }
      }
      #expect(throws: GLUEError.self) { try GLUETask.named("RTE", in: folder, devShare: 0.1) }
    }
  }
}
