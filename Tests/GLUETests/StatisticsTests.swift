import GLUE
import TestSupport
import Testing

@Suite struct StatisticsTests {
  @Test func rowsClassesAndDuplicatesAreCounted() throws {
    func data(_ rows: [(String, Label?)]) throws -> DataSet {
      DataSet(
        task: try .named("SST-2"), split: .train, path: "",
        examples: rows.map { Example(first: $0.0, label: $0.1) })
    }
    let train = try data([("a", .index(1)), ("b", .index(1)), ("a", .index(0)), ("c", .index(1)), ("d", nil)])
    let statistics = DataSetStatistics(train)
    #expect(statistics.rowCount == 5 && statistics.classCounts == [1, 3] && statistics.majorityShare == 0.75)
    #expect(statistics.contradictionCount == 2)
    #expect(statistics.duplicateCount == 1 && statistics.unlabelledCount == 1 && statistics.meanScore == nil)
    #expect(try DataSetStatistics.overlap(of: train, with: data([("a", nil), ("x", nil), ("d", nil)])) == 2)
    let scores = DataSet(
      task: try .named("STS-B"), split: .dev, path: "",
      examples: [1.0, 4].map { Example(first: "a", second: "b", label: .score($0)) })
    #expect(DataSetStatistics(scores).meanScore == 2.5 && DataSetStatistics(scores).majorityShare == nil)
  }

  @Test func textsAreComparedByTheirWords() throws {
    func data(_ texts: [String]) throws -> DataSet {
      DataSet(
        task: try .named("SST-2"), split: .train, path: "",
        examples: texts.enumerated().map { Example(first: $1, label: .index($0 % 2)) })
    }
    let train = try data(["A fine  film.", "a fine film", "!!!", "???", "a-fine film", "ÉTÉ …"])
    #expect(DataSetStatistics(train).duplicateCount == 1 && DataSetStatistics(train).contradictionCount == 0)
    let dev = try data(["a\tfine\u{A0}FILM ?!", "a fine (film)", "été", "! ! !", "a fine film 2"])
    #expect(DataSetStatistics.overlap(of: train, with: dev) == 2)
    let pairs = ["b", "B.", "c"].map { Example(first: "a", second: $0) }
    let set = DataSet(task: try .named("RTE"), split: .train, path: "", examples: pairs)
    #expect(DataSetStatistics(set).duplicateCount == 1)
  }

  @Test(.enabled(if: SharedData.isAvailable)) func majorityBaselinesAreTheKnownOnes() throws {
    for (name, share) in [("WNLI", 40 / 71.0), ("RTE", 146 / 277.0), ("CoLA", 721 / 1043.0)] {
      let data = try GLUETask.named(name).load(.dev, from: SharedData.path + "/glue")
      #expect(DataSetStatistics(data).majorityShare == share)
    }
  }
}
