import Files
import TestSupport
import Testing

@testable import GLUE

/// Damaged task files are read or refused, never a crash: the mutations are the same in every run.
@Suite struct DamageTests {
  @Test(arguments: ["CoLA", "SST-2", "STS-B", "MNLI", "QQP"]) func damagedRowsAreReadOrRefused(name: String)
    throws
  {
    let task = try GLUETask.named(name)
    let lines = sampleLines(task, .train)
    let sound = Array((lines + lines.suffix(1) + lines.suffix(1)).joined(separator: "\r\n").utf8)
    var mutations = Mutations(seed: 3)
    var memory = MemoryWatch("TSV of \(name)")
    for round in 0..<Mutations.count / 5 {
      let bytes = mutations.damage(sound)
      let reader = TSVReader(
        path: "file", task: task, layout: task.layout(.train), skipMalformed: round % 2 == 0)
      do {
        let read = try memory.reading(bytes.count) { try bytes.withUnsafeBytes { try reader.read($0) } }
        #expect(!read.examples.isEmpty && read.examples.allSatisfy { $0.label != nil })
      } catch let error {
        #expect(error is GLUEError || error is TextError, "\(error)")
      }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count / 5)
    #expect(memory.excess == nil)
    memory.report()
  }

  @Test func damagedTasksOfOnesOwnAreReadOrRefused() throws {
    let sound = Array("id\ttext1\ttext2\tlabel\r\n1\ta\tb\t10\r\n2\tc\td\t9\r\n3\te\tf\t9".utf8)
    var mutations = Mutations(seed: 6)
    var memory = MemoryWatch("a task of one's own")
    try withTemporaryDirectory { folder in
      for _ in 0..<Mutations.count / 5 {
        let bytes = mutations.damage(sound)
        try Files.write(bytes, to: folder + "/own/train.tsv")
        do {
          let read = try memory.reading(bytes.count) {
            try GLUETask.named("own", in: folder).load(.train, from: folder, skipMalformed: true)
          }
          #expect(!read.examples.isEmpty && read.examples.allSatisfy { $0.label != nil })
        } catch let error {
          #expect(error is GLUEError || error is TextError || error is FileError, "\(error)")
        }
      }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count / 5)
    #expect(memory.excess == nil)
    memory.report()
  }

  @Test(arguments: [
    ("csv", "id,text1,text2,label\r\n1,\"a, \"\"b\"\"\",c,10\r\n2,\"d\r\ne\",f,9\r\n3,g,h,9"),
    (
      "jsonl",
      #"{"text1": "a \"b\"", "text2": "c", "label": 10}"# + "\n"
        + #"{"label": "9", "text2": "d", "text1": ""}"#
    ),
    (
      "tsv",
      "id\ttext1\ttext2\tlabel\r\n1\t\"a \"\"b\"\"\"\tc\t10\r\n2\t\"d\te\r\nf\"\tg\t9\r\n3\t\"h\"\ti\t9\r\n4\tj\t\"k\t10"
    ),
  ])
  func damagedTablesAreReadOrRefused(format: String, text: String) throws {
    var mutations = Mutations(seed: 7)
    var memory = MemoryWatch(format)
    let count = Mutations.count
    try withTemporaryDirectory { folder in
      try Files.makeDirectory(folder + "/own")
      for round in 0..<count {
        let bytes = mutations.damage(Array(text.utf8))
        try overwrite(folder + "/own/train." + format, with: bytes)
        do {
          let read = try memory.reading(bytes.count) {
            try GLUETask.named("own", in: folder).load(.train, from: folder, skipMalformed: round % 2 == 0)
          }
          #expect(!read.examples.isEmpty && read.examples.allSatisfy { $0.label != nil })
          // A header whose second column of text was damaged leaves a task of single texts.
          #expect(read.examples.allSatisfy { ($0.second != nil) == read.task.hasPairs })
        } catch let error {
          #expect(error is GLUEError || error is TextError || error is FileError, "\(error)")
        }
      }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < count)
    #expect(memory.excess == nil)
    memory.report()
  }

  @Test func damagedArchivesAreReadOrRefused() throws {
    var archive = ZipArchive()
    archive.add("CoLA.tsv", Array("index\tprediction\n0\t1\n".utf8))
    archive.add("b", [])
    var mutations = Mutations(seed: 4)
    var memory = MemoryWatch("zip")
    for _ in 0..<Mutations.count {
      let bytes = mutations.damage(archive.bytes)
      do {
        _ = try memory.reading(bytes.count) { try StoredZip.entries(bytes, path: "file") }
      } catch let error {
        #expect(error is GLUEError, "\(error)")
      }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count)
    #expect(memory.excess == nil)
    memory.report()
  }
}
