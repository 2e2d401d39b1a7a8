import Files
import Testing

@testable import TaskGenerator

/// The files in `tasks/` against the generator that wrote them.
@Suite struct TasksTests {
  static let folder = String(#filePath.dropLast("Tests/TaskGeneratorTests/TasksTests.swift".count)) + "tasks/"
  static let generated = Result { try Catalogue.files(seed: 1) }

  @Test func filesAreWhatTheGeneratorWrites() throws {
    for file in try Self.generated.get() {
      let bytes = try Files.read(Self.folder + file.path)
      #expect(bytes.elementsEqual(file.text.utf8), "\(file.path) differs: run `make tasks`")
    }
  }

  @Test func anotherSeedGivesOtherFiles() throws {
    var first = Dice(seed: 1, stream: "SST-2")
    var second = Dice(seed: 2, stream: "SST-2")
    var stream = Dice(seed: 1, stream: "CoLA")
    let words = [first.next(), second.next(), stream.next()]
    #expect(Set(words).count == 3)
    // SplitMix64's own test vector: the first numbers of the stream whose counter starts at 0.
    #expect(Dice.mix(0x9E37_79B9_7F4A_7C15) == 0xE220_A839_7B1D_CDAF)
  }

  @Test func thereAreTenTasksOfTheRightSize() throws {
    let files = try Self.generated.get()
    let folders = Set(files.map { $0.path.prefix { $0 != "/" } })
    let own: Set<Substring> = ["aspects", "votes", "complaints"]
    #expect(
      folders == own.union(["CoLA", "SST-2", "MRPC", "STS-B", "QQP", "MNLI", "QNLI", "RTE", "WNLI", "AX"]))
    #expect(files.reduce(0) { $0 + $1.text.utf8.count } < 4_000_000)
    for file in files where !own.contains(file.path.prefix { $0 != "/" }) {
      let count = file.lines.count
      if file.path.hasSuffix("train.tsv") { #expect((1000...4001).contains(count), "\(file.path): \(count)") }
      if file.path.contains("/dev") { #expect((400...1001).contains(count), "\(file.path): \(count)") }
      if file.path.contains("/test") { #expect((400...601).contains(count), "\(file.path): \(count)") }
    }
  }

  /// No row twice, no empty text, and no text of a train file in a dev or test file of the same task.
  @Test func nothingLeaksFromTrainIntoDevOrTest() throws {
    var owners: [String: String] = [:]
    for file in try Self.generated.get() {
      let task = String(file.path.prefix { $0 != "/" })
      let split = file.path.hasSuffix("train.tsv") ? "train" : file.path.contains("/dev") ? "dev" : "test"
      var rows: Set<String> = []
      for line in file.lines.dropFirst(task == "CoLA" && split != "test" ? 0 : 1) {
        let texts = Self.texts(in: line, of: task, labelled: split != "test")
        #expect(!texts.contains { $0.allSatisfy { $0 == " " } }, "\(file.path): \(line)")
        #expect(rows.insert(texts.sorted().joined(separator: "\t")).inserted, "\(file.path): twice \(line)")
        for text in texts {
          let owner = owners.updateValue(split, forKey: task + text) ?? split
          #expect(owner == split, "\(file.path): \(text) is in \(owner) too")
        }
      }
    }
  }

  @Test(arguments: [("SST-2", 48...52), ("RTE", 49...51), ("QNLI", 49...51), ("WNLI", 49...51)])
  func labelsAreBalanced(task: String, percent: ClosedRange<Int>) throws {
    for split in ["train", "dev"] {
      let file = try #require(try Self.generated.get().first { $0.path == "\(task)/\(split).tsv" })
      let labels = file.lines.dropFirst().map { $0.split(separator: "\t").last }
      let first = labels.filter { $0 == labels.first }.count
      #expect(percent.contains(first * 100 / labels.count), "\(task) \(split)")
    }
  }

  /// The texts of a line, in lower case.
  private static func texts(in line: String, of task: String, labelled: Bool) -> [String] {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { $0.lowercased() }
    return switch task {
    case "CoLA": [fields[labelled ? 3 : 1]]
    case "SST-2": [fields[labelled ? 0 : 1]]
    case "MRPC": [fields[3], fields[4]]
    case "STS-B": [fields[7], fields[8]]
    case "MNLI": [fields[8], fields[9]]
    case "aspects", "votes", "complaints": [fields[0]]
    case "QQP": labelled ? [fields[3], fields[4]] : [fields[1], fields[2]]
    default: [fields[1], fields[2]]
    }
  }
}
