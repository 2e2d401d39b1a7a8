import Files
import Foundation
import Testing

@testable import TaskGenerator

/// The tasks in CSV and JSON lines against the generator that wrote them, and against other readers.
@Suite struct OwnFormatsTests {
  private static let generated = Result { try OwnFormats.files(seed: 1) }

  @Test func filesAreWhatTheGeneratorWrites() throws {
    let files = try Self.generated.get()
    #expect(files.count == 6 && files.reduce(0) { $0 + $1.text.utf8.count } < 300_000)
    for file in files {
      let bytes = try Files.read(TasksTests.folder + file.path)
      #expect(bytes.elementsEqual(file.text.utf8), "\(file.path) differs: run `make tasks`")
    }
  }

  /// Records by a state machine of a few lines, which knows quotes and nothing else.
  private static func records(_ text: String) -> [[String]] {
    var records: [[String]] = [[""]]
    var isQuoted = false
    for scalar in text.unicodeScalars {
      let (row, column) = (records.count - 1, records[records.count - 1].count - 1)
      switch scalar {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: records[row].append("")
      case "\n" where !isQuoted: records.append([""])
      default: records[row][column].unicodeScalars.append(scalar)
      }
    }
    return records.dropLast()
  }

  @Test func cellsHaveCommasQuotesAndLineBreaks() throws {
    var texts: [String: Set<String>] = [:]
    for (name, rows) in [("train", 400), ("dev", 120), ("test", 120)] {
      let file = try #require(try Self.generated.get().first { $0.path == "Tickets/\(name).csv" })
      let records = Self.records(file.text)
      #expect(
        records[0] == (name == "test" ? ["id", "text"] : ["id", "text", "label"]) && records.count == rows + 1
      )
      #expect(records.allSatisfy { $0.count == records[0].count })
      if name != "test" {
        let counts = Dictionary(grouping: records.dropFirst()) { $0[2] }.mapValues(\.count)
        #expect(
          counts == [
            "hotel": rows * 72 / 100, "gadget": rows * 22 / 100,
            "sport": rows - rows * 72 / 100 - rows * 22 / 100,
          ])
      }
      #expect(file.text.contains("\"\"") && file.lines.contains { $0.contains("\n") })
      texts[name] = Set(records.dropFirst().map { $0[1] })
      #expect(texts[name]?.count == rows)
    }
    #expect(texts["train"]?.isDisjoint(with: (texts["dev"] ?? []).union(texts["test"] ?? [])) == true)
  }

  @Test func linesAreObjects() throws {
    var texts: [String: Set<String>] = [:]
    for (name, rows) in [("train", 600), ("dev", 120), ("test", 120)] {
      let file = try #require(try Self.generated.get().first { $0.path == "Opinions/\(name).jsonl" })
      let objects = try file.lines.map {
        try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
      #expect(objects.count == rows)
      #expect(
        objects.allSatisfy { Set($0.keys) == (name == "test" ? ["id", "text"] : ["id", "text", "label"]) })
      let positive = objects.count { $0["label"] as? String == "positive" }
      #expect(name == "test" || positive * 2 == rows)
      #expect(objects.contains { ($0["text"] as? String)?.hasPrefix("\"") == true })
      texts[name] = Set(objects.compactMap { $0["text"] as? String })
      #expect(texts[name]?.count == rows)
    }
    #expect(texts["train"]?.isDisjoint(with: (texts["dev"] ?? []).union(texts["test"] ?? [])) == true)
  }
}
