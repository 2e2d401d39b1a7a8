import Files
import TestSupport
import Testing

@testable import GLUE

/// Damaged files of every kind of answer are read or refused, never a crash.
@Suite struct AnswerDamageTests {
  @Test(arguments: [
    ("tsv", "text\tlabels\na\tx|y\nb\t[]\nc\ty|z\nd\tz"),
    ("csv", "l:x,text,l:y\n1,a,0\n0,\"b,\",1\n1,c,1"),
    ("tsv", "text\tp:x\tp:y\na\t0.25\t0.75\nb\t1\t0\nc\t0.5\t0.5"),
    ("jsonl", #"{"text": "a", "labels": ["x", "y"]}"# + "\n" + #"{"text": "b", "labels": []}"#),
    ("jsonl", #"{"text": "a", "label": {"x": 0.5, "y": 0.5}}"# + "\n" + #"{"text": "b", "label": {"y": 1}}"#),
    ("tsv", "text\tscore\na\t-12.5\nb\t3e5\nc\t7"),
  ])
  func damagedAnswersAreReadOrRefused(format: String, text: String) throws {
    var mutations = Mutations(seed: 19)
    var memory = MemoryWatch("answers in \(format)")
    let count = Mutations.isLong ? Mutations.count : Mutations.count / 5
    try withTemporaryDirectory { folder in
      for round in 0..<count {
        let bytes = mutations.damage(Array(text.utf8))
        try Files.write(bytes, to: "\(folder)/own/train.\(format)")
        do {
          let read = try memory.reading(bytes.count) {
            try GLUETask.named(
              "own", in: folder, columns: TaskColumns(normalize: round % 3 == 0 ? true : nil)
            )
            .load(.train, from: folder, skipMalformed: round % 2 == 0)
          }
          for example in read.examples {
            switch try #require(example.label) {
            case .index(let place): #expect(place < read.task.outputCount)
            case .set(let places):
              #expect(places == Set(places).sorted() && places.allSatisfy { $0 < read.task.outputCount })
            case .shares(let shares):
              #expect(shares.count == read.task.outputCount && abs(shares.reduce(0, +) - 1) < 1e-9)
            case .score(let score): #expect(score.isFinite)
            }
          }
        } catch let error {
          #expect(error is GLUEError || error is TextError || error is FileError, "\(error)")
        }
      }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < count)
    #expect(memory.excess == nil)
    memory.report()
  }
}
