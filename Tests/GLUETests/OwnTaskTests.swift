import Files
import TestSupport
import Testing

@testable import GLUE

/// Tasks that GLUE does not have: what they ask is what their files say.
@Suite struct OwnTaskTests {
  /// Files of a task called `name` below a folder, and what reading them says after the folder.
  private func withTask(
    _ files: [String: String], name: String = "reviews", _ body: (String) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      for (file, text) in files { try Files.write(text, to: "\(folder)/\(name)/\(file).tsv") }
      try body(folder)
    }
  }

  private func complaint(_ files: [String: String], reading split: Split = .train) throws -> String {
    var said = ""
    try withTask(files) { folder in
      let error = #expect(throws: (any Error).self) {
        try GLUETask.named("reviews", in: folder).load(split, from: folder)
      }
      #expect(error is GLUEError || error is TextError)
      said = error.map { String("\($0)".replacing(folder, with: "my")) } ?? ""
    }
    return said
  }

  @Test func labelsAreThoseOfTheTrainingRowsInByteOrder() throws {
    let head = "sentence\tlabel\n"
    let files = ["train": head + "a\tneutral\nb\tgood\nc\tbad\nd\tgood\n", "dev": head + "x\tgood\n"]
    try withTask(files) { folder in
      let task = try GLUETask.named("Reviews", in: folder)
      #expect(task.name == "reviews" && task.labels == ["bad", "good", "neutral"])
      #expect(!task.hasPairs && task.selectionMetric == "accuracy")
      let train = try task.load(.train, from: folder)
      #expect(train.examples.map(\.label) == [2, 1, 0, 1].map { .index($0) })
      #expect(try task.load(.dev, from: folder).examples.map(\.label) == [.index(1)])
      // The folder itself is taken too.
      for data in ["/reviews", "/reviews/", "/reviews/../reviews/."] {
        #expect(try GLUETask.named("REVIEWS", in: folder + data).name == "reviews")
      }
      #expect(try GLUETask.named("reviews", in: folder + "/").name == "reviews")
      // Rows of another folder of that name are another task's.
      try Files.write(head + "y\tgood\n", to: folder + "/other/reviews/dev.tsv")
      #expect(
        throws: GLUEError(
          path: folder + "/other", expected: "the task of \(folder)/reviews",
          found: "another, \(folder)/other/reviews")
      ) { try task.load(.dev, from: folder + "/other") }
      #expect(throws: GLUEError.self) { try task.load(.dev, from: folder + "/nowhere") }
      #expect(try task.load(.dev, from: folder + "/other/..").examples.count == 1)
    }
  }

  @Test func rowsThatAreLeftOutNameNoLabel() throws {
    try withTask(["train": "text\tlabel\na\tx\nb\ty\nc\tz\td\n"]) { folder in
      let task = try GLUETask.named("reviews", in: folder)
      #expect(task.labels == ["x", "y"])
      #expect(try task.load(.train, from: folder, skipMalformed: true).skippedLines == [4])
    }
  }

  @Test func labelsThatAreNumbersAreOrderedAsNumbers() throws {
    let rows = [10, 9, 1, -2, 2, 10].map { "a\t\($0)" }.joined(separator: "\n")
    try withTask(["train": "text\tlabel\n" + rows]) { folder in
      let task = try GLUETask.named("reviews", in: folder)
      #expect(task.labels == ["-2", "1", "2", "9", "10"])
    }
  }

  @Test(
    arguments: [
      "sentence1\tsentence2", "premise\thypothesis", "question1\tquestion2", "question\tsentence",
      "text1\ttext2",
    ])
  func pairsAreKnownByTheirColumns(names: String) throws {
    try withTask(["train": "id\t\(names)\tnote\tlabel\n7\ta\tb\t-\tyes\n8\tc\td\t-\tno\n"]) { folder in
      let task = try GLUETask.named("reviews", in: folder)
      #expect(task.hasPairs)
      let rows = try task.load(.train, from: folder).examples
      #expect(rows.map(\.first) == ["a", "c"] && rows.map(\.second) == ["b", "d"])
      #expect(rows.map(\.index) == ["7", "8"] && rows.map(\.label) == [.index(1), .index(0)])
    }
  }

  @Test func eachFileHasItsOwnOrderOfColumns() throws {
    let files = [
      "train": "\u{FEFF}Label\tText\r\n1\ta\r\n0\tb\r\n", "dev": "text\textra\tlabel\nc\t-\t0\n",
      "test": "index\tTEXT\n5\td\n",
    ]
    try withTask(files) { folder in
      let task = try GLUETask.named("reviews", in: folder)
      #expect(try task.load(.train, from: folder).examples.map(\.first) == ["a", "b"])
      #expect(try task.load(.dev, from: folder).examples.map(\.label) == [.index(0)])
      let test = try task.load(.test, from: folder).examples
      #expect(test.map(\.first) == ["d"] && test.map(\.index) == ["5"] && test.map(\.label) == [nil])
      #expect(task.isLabelled(.dev) && !task.isLabelled(.test))
    }
  }

  @Test func filesThatAreNotReadDoNotMatter() throws {
    try withTask(["train": "text\tlabel\na\tx\nb\ty\n", "dev": "\0", "test": ""]) { folder in
      let task = try GLUETask.named("reviews", in: folder)
      #expect(try task.load(.train, from: folder).examples.count == 2)
    }
  }

  @Test func testRowsMayHaveLabels() throws {
    let rows = "text\tlabel\na\tx\nb\ty\n"
    try withTask(["train": rows, "test": rows]) { folder in
      let task = try GLUETask.named("reviews", in: folder)
      #expect(task.isLabelled(.test))
      #expect(try task.load(.test, from: folder).examples.map(\.label) == [.index(0), .index(1)])
    }
  }

  @Test func scoresMayHaveAnySign() throws {
    let rows = "text\tscore\na\t-3.25\nb\t1e1\n"
    try withTask(["train": rows, "dev": rows]) { folder in
      let task = try GLUETask.named("reviews", in: folder)
      #expect(task.isRegression && task.metrics == ["pearson", "spearman", "mae"])
      #expect(try task.load(.dev, from: folder).examples.map(\.label) == [.score(-3.25), .score(10)])
      let answers = try Predictions(
        [.score(-3.25), .score(-0.0001), .score(2e7), .score(-70)], task: task, split: .test)
      #expect(answers.tsv == "index\tprediction\n0\t-3.25\n1\t-0.0001\n2\t20000000.0\n3\t-70.0\n")
    }
    #expect(
      try complaint(["train": "text\tscore\na\t1\nb\tnan\n"])
        == "my/reviews/train.tsv:3: expected a number as score, found 'nan'")
    #expect(
      try complaint(["train": "text\tscore\na\t1\nb\t1e99\n"])
        == "my/reviews/train.tsv:3: expected a number as score, found '1e99'")
    #expect(
      try complaint(["train": "text\tscore\na\t1\nb\t1\n"])
        == "my/reviews/train.tsv: expected rows with at least two different scores, found only '1'")
  }

  @Test func testRowsNeedNoAnswers() throws {
    let files = [
      "train": "text\tlabel\na\tx\nb\ty\n", "test": "id\tsentence\tlabel\n1\tc\t\n2\td\t-1\n",
    ]
    try withTask(files) { folder in
      let task = try GLUETask.named("reviews", in: folder)
      let rows = try task.load(.test, from: folder, withLabels: false).examples
      #expect(rows.map(\.first) == ["c", "d"] && rows.allSatisfy { $0.label == nil })
    }
    #expect(
      try complaint(files, reading: .test)
        == "my/reviews/test.tsv:2: expected a label of reviews: x, y, found ''")
  }

  @Test func complaintsNameFileLineExpectedAndFound() throws {
    let rows = "text\tlabel\na\tx\nb\ty\n"
    let header =
      "expected a header that names one text (sentence or text; or a pair, sentence1 and sentence2, premise and "
      + "hypothesis, or the like) and the answer (label of classes, score of numbers), found "
    #expect(try complaint(["train": "a\tx\nb\ty\n"]) == "my/reviews/train.tsv:1: \(header)2 columns: a, x")
    #expect(try complaint(["train": ""]) == "my/reviews/train.tsv: expected a header and rows, found nothing")
    #expect(
      try complaint(["train": "t\0xt\tlabel\n"])
        == "my/reviews/train.tsv:1: expected text, found a NUL at byte 1")
    for names in ["text\ttext2", "sentence\ttext", "question\ttext", "sentence1", "sentence1\tpremise"] {
      let count = names.split(separator: "\t").count + 1
      #expect(
        try complaint(["train": names + "\tlabel\na\tb\tx\n"])
          == "my/reviews/train.tsv:1: \(header)\(count) columns: \(names.replacing("\t", with: ", ")), label")
    }
    for (names, twice) in [
      ("text\tlabel\tLabel", "label"), ("Text\ttext\tlabel", "text"), ("id\tid\ttext\tlabel", "id"),
    ] {
      #expect(
        try complaint(["train": names + "\n"])
          == "my/reviews/train.tsv:1: expected one column called '\(twice)', found 2")
    }
    #expect(try complaint(["train": "text\na\n"]) == "my/reviews/train.tsv:1: \(header)1 columns: text")
    #expect(
      try complaint(["train": "text\tlabel\na\tx\nb\tx\n"])
        == "my/reviews/train.tsv: expected rows with at least two different labels, found only 'x'")
    // What cannot be read is told before what is missing.
    #expect(
      try complaint(["train": "text\tlabel\n"]) == "my/reviews/train.tsv: expected rows, found none")
    #expect(
      try complaint(["train": "text\tlabel\na,x\nb,y\n"])
        == "my/reviews/train.tsv:2: expected 2 columns, found 1 (and 1 more lines like it); --skip-malformed leaves such "
        + "lines out")
    #expect(
      try complaint(["train": "text\tlabel\na\t\n"])
        == "my/reviews/train.tsv:2: expected a label of reviews, found ''")
    #expect(
      try complaint(["train": rows + "c\t\n"])
        == "my/reviews/train.tsv:4: expected a label of reviews: x, y, found ''")
    #expect(
      try complaint(["train": rows, "dev": "text\tlabel\na\tz\n"], reading: .dev)
        == "my/reviews/dev.tsv:2: expected a label of reviews: x, y, found 'z'")
    #expect(
      try complaint(["train": rows, "dev": "text\tanswer\na\tx\n"], reading: .dev)
        == "my/reviews/dev.tsv:1: expected a header with text, label, found 2 columns: text, answer")
    #expect(
      try complaint(["train": rows, "dev": "review\tanswer\na\tx\n"], reading: .dev)
        == "my/reviews/dev.tsv:1: expected a header with text, label, found 2 columns: review, answer")
    #expect(
      try complaint(["train": rows, "dev": "text1\ttext2\tlabel\na\tb\tx\n"], reading: .dev)
        == "my/reviews/dev.tsv:1: expected a header with text, label, found 3 columns: text1, text2, label")
    #expect(
      try complaint(["train": rows, "test": "a\nb\n"], reading: .test)
        == "my/reviews/test.tsv:1: expected a header with text, found 1 columns: a")
    #expect(
      try complaint(["train": rows, "dev": ""], reading: .dev)
        == "my/reviews/dev.tsv: expected rows, found none")
    #expect(
      try complaint(["train": rows], reading: .dev)
        == "my: expected the dev rows of reviews in my/reviews/dev.tsv, .csv or .jsonl, found no such file")
    #expect(
      try complaint(["test": "text\na\n"], reading: .test)
        == "my/reviews/test.tsv: expected train.tsv or dev.tsv beside it, to know the labels of reviews, found neither"
    )
    let many = (0...OwnTask.mostLabels).map { "a\t0.\($0)" }.joined(separator: "\n")
    #expect(
      try complaint(["train": "text\tlabel\n" + many])
        == "my/reviews/train.tsv:1002: expected at most 1000 different labels (numbers to be learned as such belong "
        + "in a column 'score'), found one more, '0.1000'")
  }

  @Test func textInUTF16IsCalledSo() throws {
    try withTemporaryDirectory { folder in
      let text: [UInt8] = [0xFF, 0xFE] + "text\tlabel\n".utf8.flatMap { [$0, 0] }
      try Files.write(text, to: folder + "/reviews/train.tsv")
      #expect(
        throws: TextError(
          path: folder + "/reviews/train.tsv", line: 1, expected: "UTF-8",
          found: "UTF-16 (iconv -f UTF-16 -t UTF-8)")
      ) { try GLUETask.named("reviews", in: folder) }
    }
  }

  @Test func labelsInErrorsAreFew() throws {
    let rows = (0..<300).map { "a\tl\($0)\n" }.joined()
    #expect(
      try complaint(["train": "text\tlabel\n" + rows, "dev": "text\tlabel\na\tz\n"], reading: .dev)
        == "my/reviews/dev.tsv:2: expected a label of reviews: l0, l1, l10, l100, l101, l102, l103, l104, l105, l106 "
        + "and 290 more, found 'z'")
  }

  @Test func theFolderOfThatVeryNameIsRead() throws {
    func rows(_ label: String) -> String { "text\tlabel\na\t\(label)1\nb\t\(label)2\n" }
    try withTemporaryDirectory { folder in
      for name in ["stars-1.5", "stars-15", "Stars-15", ".stars", "C", "C++", "🎉", "M1", "m1"] {
        try Files.write(rows(name), to: "\(folder)/\(name)/train.tsv")
      }
      try Files.write(rows("M1"), to: folder + "/M-1/dev.tsv")
      try Files.write("", to: folder + "/file")
      for name in ["stars-15", "Stars-15", "C++", "🎉", "M1", "m1"] {
        let task = try GLUETask.named(name, in: folder)
        #expect(task.name == name && task.labels == [name + "1", name + "2"])
      }
      #expect(try GLUETask.named("c", in: folder).name == "C")
      // All files come from the one folder.
      let task = try GLUETask.named("M1", in: folder)
      #expect(throws: GLUEError.self) { try task.load(.dev, from: folder) }
      // What two folders may be called is neither's name.
      for name in ["STARS-15", "stars", "file", "C/train", "..", "."] {
        let error = #expect(throws: GLUEError.self) { try GLUETask.require(name, in: folder) }
        #expect(
          error?.found == "'\(name)' (there are .stars, C, C++, M1, Stars-15, m1, stars-1.5, stars-15, 🎉)")
      }
    }
  }

  @Test func foldersOfOtherTasksAreNotTaken() throws {
    let tasks = GLUETask.all.map(\.name).joined(separator: ", ")
    let rows = "sentence\tlabel\na\t0\nb\t1\n"
    try withTask(["train": rows], name: "SST-2") { folder in
      try Files.write(rows, to: folder + "/deep/reviews/train.tsv")
      for (name, data) in [
        ("SST", folder), ("SST", folder + "/SST-2"), ("deep/reviews", folder),
        ("any", folder + "/deep/reviews"),
        ("", folder),
      ] {
        #expect(
          throws: GLUEError(
            expected: "a task: \(tasks), or the name of a folder with train.tsv and dev.tsv in \(data)",
            found: "'\(name)'")
        ) { try GLUETask.require(name, in: data) }
      }
      #expect(
        throws: GLUEError(
          path: folder + "/deep", expected: "train.tsv and dev.tsv (or .csv, or .jsonl)", found: "neither")
      ) {
        try GLUETask.require("deep", in: folder)
      }
      // A name of GLUE's is GLUE's task.
      let task = try GLUETask.named("sst2", in: folder)
      #expect(task.labels == ["0", "1"])
      #expect(throws: GLUEError.self) { try GLUETask.require("reviews", in: folder + "/nowhere") }
    }
  }
}
