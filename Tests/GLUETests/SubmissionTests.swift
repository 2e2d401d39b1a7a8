import Files
import TestSupport
import Testing

@testable import GLUE

@Suite struct SubmissionTests {
  private func constant(_ part: Submission.Part) throws -> Predictions {
    let task = try GLUETask.named(part.task)
    let labels = (0..<part.rowCount).map { row in
      task.isRegression ? Label.score(Double(row % 50) / 10) : .index(row % task.outputCount)
    }
    return try Predictions(labels, task: task, split: part.split)
  }

  @Test func predictionsAreWrittenByName() throws {
    let mnli = try Predictions(
      [.index(2), .index(0)], task: .named("MNLI"), split: .test, indices: ["7", "9"])
    #expect(mnli.split == .testMatched)
    #expect(mnli.tsv == "index\tprediction\n7\tcontradiction\n9\tentailment\n")
    let scores: [Label] = [-0.3, 5.4, 3.14159, 0.0004, 2.9996, 0.05].map { .score($0) }
    let stsb = try Predictions(scores, task: .named("STS-B"), split: .dev)
    #expect(stsb.tsv == "index\tprediction\n0\t0.000\n1\t5.000\n2\t3.142\n3\t0.000\n4\t3.000\n5\t0.050\n")
    try withTemporaryDirectory { folder in
      try mnli.write(to: folder + "/p.tsv")
      #expect(try Predictions(file: folder + "/p.tsv", task: .named("MNLI"), split: .testMatched) == mnli)
      try Files.write("index\tprediction\n0\tmaybe\n", to: folder + "/p.tsv")
      #expect(
        throws: GLUEError(
          path: folder + "/p.tsv", line: 2, expected: "a label of MNLI: entailment, neutral, contradiction",
          found: "'maybe'")
      ) { try Predictions(file: folder + "/p.tsv", task: .named("MNLI"), split: .test) }
    }
    #expect(throws: GLUEError.self) { try Predictions([.index(2)], task: .named("RTE"), split: .dev) }
    #expect(throws: GLUEError.self) { try Predictions([.score(.nan)], task: .named("STS-B"), split: .dev) }
    #expect(throws: GLUEError.self) { try Predictions([.score(1)], task: .named("RTE"), split: .dev) }
  }

  @Test func aTaskIsAnsweredOnce() throws {
    var submission = Submission()
    let part = try #require(Submission.parts.first { $0.task == "RTE" })
    try submission.add(try constant(part))
    #expect(throws: GLUEError.self) { try submission.add(try constant(part)) }
  }

  @Test func aCompleteSubmissionPassesItsOwnCheck() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/submission.zip"
      var submission = Submission()
      #expect(throws: GLUEError.self) { try submission.write(to: path) }
      for part in Submission.parts where part.rowCount < 5000 { try submission.add(constant(part)) }
      #expect(submission.missing == ["QQP.tsv", "MNLI-m.tsv", "MNLI-mm.tsv", "QNLI.tsv"])
      #expect(throws: GLUEError.self) { try submission.write(to: path) }
      #expect(!Files.exists(path))
      try submission.fillMissing()
      #expect(submission.notes.count == 4 && submission.missing.isEmpty)
      #expect(submission.notes[0] == "QQP.tsv: no predictions; filled with '0' throughout")
      try submission.write(to: path)
      #expect(try Submission.problems(inArchive: path) == [])
      let entries = try StoredZip.entries(Files.read(path), path: path)
      #expect(entries.count == 11)
      #expect(
        entries["AX.tsv"]?.starts(with: "index\tprediction\n0\tentailment\n1\tneutral\n2".utf8)
          == true)
    }
  }

  @Test func wrongNumbersAndLabelsAreFound() throws {
    var submission = Submission()
    let few = try Predictions([.index(0)], task: .named("RTE"), split: .test)
    #expect(throws: GLUEError(path: "RTE.tsv", expected: "3000 rows", found: "1")) { try submission.add(few) }
    #expect(throws: GLUEError.self) {
      try submission.add(Predictions([.index(0)], task: .named("RTE"), split: .dev))
    }
    try submission.add(few, officialCounts: false)
    #expect(submission.notes == ["RTE.tsv: 1 rows, the official test set has 3000"])
    var archive = ZipArchive()
    archive.add("RTE.tsv", Array("index\tprediction\n0\tentailment\n2\tentailment\n".utf8))
    archive.add("CoLA.tsv", Array("index\tprediction\n0\tyes\n".utf8))
    archive.add("WNLI.tsv", Array("id\tprediction\n".utf8))
    archive.add("AX.tsv", Array("index\tprediction\n0\tneutral\n".utf8))
    archive.add("glue/QNLI.tsv", [])
    try withTemporaryDirectory { folder in
      try Files.write(archive.bytes, to: folder + "/z.zip")
      let problems = try Submission.problems(inArchive: folder + "/z.zip")
      #expect(
        problems == [
          "glue/QNLI.tsv: not a file of a submission",
          "CoLA.tsv:2: expected a label of CoLA: 0, 1, found 'yes'",
          "SST-2.tsv: missing", "MRPC.tsv: missing", "STS-B.tsv: missing", "QQP.tsv: missing",
          "MNLI-m.tsv: missing", "MNLI-mm.tsv: missing", "QNLI.tsv: missing",
          "RTE.tsv:3: expected index 1, found '2'", "WNLI.tsv:1: expected the header index, prediction",
          "AX.tsv: expected 1104 rows, found 1",
        ])
      var damaged = archive.bytes
      damaged[60] ^= 1
      try Files.write(damaged, to: folder + "/z.zip")
      #expect(
        throws: GLUEError(
          path: folder + "/z.zip", expected: "RTE.tsv with its checksum", found: "other bytes")
      ) { try Submission.problems(inArchive: folder + "/z.zip") }
    }
  }

  @Test func checksumsAreThoseOfZip() {
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.checksum([]) == 0)
  }
}
