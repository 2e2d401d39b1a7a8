import BERT
import Files
import Tensors
import TestSupport
import Testing
import Tokenization

@testable import Training

/// Text of any size as rows: nothing lost, nothing twice, the same rows wherever one begins.
@Suite struct TextRowsTests {
  private static let vocabulary =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (0..<200).map { "w\($0)" }

  static func tokenizer() throws -> Tokenizer { try Tokenizer(vocabulary: Vocabulary(tokens: vocabulary)) }

  /// Lines of 0 to 39 words.
  static func text(lines: Int, seed: UInt64 = 1) -> String {
    let random = CounterRandom(seed: seed, purpose: .init("text test"))
    return (0..<lines).map { line in
      let count = Int(random.below(40, UInt64(line * 64)))
      return (0..<count).map { "w\(random.below(200, UInt64(line * 64 + 1 + $0)))" }.joined(separator: " ")
        + "\n"
    }.joined()
  }

  /// The ids of all words of a text, in order.
  private static func words(_ text: String) throws -> [Int32] {
    try text.split(whereSeparator: { " \n".contains($0) }).map {
      try #require(try tokenizer().vocabulary.id(of: String($0)))
    }
  }

  private static func settings(_ batch: Int = 4) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = batch
    return settings
  }

  @Test(arguments: [8, 17, 64]) func packingKeepsEveryTokenInOrder(_ maxLength: Int) throws {
    let tokenizer = try Self.tokenizer()
    let packer = try TextPacker(tokenizer, form: .packed, maxLength: maxLength)
    let text = Self.text(lines: 300)
    let rows = Array(text.utf8).withUnsafeBytes {
      packer.pack($0, workspace: TokenizerWorkspace(tokenizer))
    }
    #expect(try rows.ids.filter { $0 > 4 } == Self.words(text))
    for row in 0..<rows.count {
      let ids = Array(rows[row])
      #expect(ids.first == 2 && ids.last == 3 && ids.count <= maxLength)
      #expect(ids.count(where: { $0 == 2 }) == 1)
      // No separator beside another, and no row that could have taken a token more, but the last.
      #expect(!zip(ids, ids.dropFirst()).contains { $0 == 3 && $1 == 3 })
      if row < rows.count - 1 { #expect(ids.count > maxLength - 2) }
    }
    // A separator for each line that gave something, and one for each time that a line goes on in the next row.
    let lines = text.split(separator: "\n").count
    #expect(rows.lineCount == lines)
  }

  @Test func linesAreRows() throws {
    let tokenizer = try Self.tokenizer()
    let packer = try TextPacker(tokenizer, form: .lines, maxLength: 12)
    let text = Self.text(lines: 100)
    let rows = Array(text.utf8).withUnsafeBytes {
      packer.pack($0, workspace: TokenizerWorkspace(tokenizer))
    }
    let lines = try text.split(separator: "\n").map { try Self.words(String($0)) }
    #expect((0..<rows.count).map { Array(rows[$0]) } == lines.map { [2] + $0.prefix(10) + [3] })
    #expect(rows.cutCount == lines.count { $0.count > 10 })
  }

  /// Every row once an epoch, whatever the blocks are; of a packed file as of the plain one.
  @Test(arguments: [1 << 20, 700], [false, true]) func anEpochReadsEveryRowOnce(
    _ blockSize: Int, packed: Bool
  )
    throws
  {
    try withTemporaryDirectory { folder in
      let text = Self.text(lines: 400)
      let path = folder + "/text"
      try Files.write(packed ? Gzip.member(Array(text.utf8)) : Array(text.utf8), to: path)
      let packer = try TextPacker(Self.tokenizer(), form: .packed, maxLength: 16)
      let corpus = try TextCorpus([path], packer: packer, blockSize: blockSize)
      #expect(corpus.hashes == [Self.hash(text)])
      let rows = try TextRows(
        corpus, masking: nil, length: .epochs(2), stage: 0, settings: Self.settings())
      var seen: [[[Int32]]] = []
      for epoch in 0..<2 {
        let draws = try (0..<rows.stepCounts[epoch]).map { try rows.draw(epoch: epoch, step: $0) }
        seen.append(draws.flatMap(Self.sequences))
        #expect(Set(draws.flatMap(\.rows)).count == corpus.rowCount)
        #expect(draws.map(\.totals.tokens).reduce(0, +) == corpus.tokenCount)
      }
      let all = try corpus.firstRows(corpus.rowCount)
      let order = { (a: [Int32], b: [Int32]) in a.lexicographicallyPrecedes(b) }
      #expect(seen[0].sorted(by: order) == all.sorted(by: order))
      #expect(seen[1].sorted(by: order) == all.sorted(by: order))
      #expect(seen[0] != seen[1] && seen[0] != all)
      #expect(try all.joined().filter { $0 > 4 } == Self.words(text))
    }
  }

  /// A step's rows do not depend on what was drawn before it: so a run goes on in the middle of the text.
  @Test func aDrawIsAFunctionOfItsPlace() throws {
    try withTemporaryDirectory { folder in
      try Files.write(Self.text(lines: 300), to: folder + "/a")
      try Files.write(Gzip.member(Array(Self.text(lines: 300, seed: 2).utf8)), to: folder + "/b")
      let packer = try TextPacker(Self.tokenizer(), form: .packed, maxLength: 16)
      func rows() throws -> TextRows {
        let corpus = try TextCorpus(
          [folder + "/a", folder + "/b"], weights: [0.5, 2], packer: packer, blockSize: 500)
        return try TextRows(
          corpus, masking: Masking(Self.tokenizer()), length: .epochs(2), stage: 1, settings: Self.settings())
      }
      let first = try rows()
      let draws = try (0..<first.stepCounts[1]).map { try first.draw(epoch: 1, step: $0) }
      for step in [draws.count - 1, 40, 7, 0] {
        let other = try rows().draw(epoch: 1, step: step)
        #expect(other.batches.map(\.batch) == draws[step].batches.map(\.batch))
        #expect(other.batches.map(\.targets) == draws[step].batches.map(\.targets))
        #expect(other.rows == draws[step].rows)
      }
      // Masked anew in another epoch.
      let masked = try first.draw(epoch: 0, step: 3).batches.flatMap(\.targets)
      #expect(masked != draws[3].batches.flatMap(\.targets))
      // Half of one file, the other twice.
      let numbers = draws.flatMap(\.rows).map(\.dataSet)
      let counts = first.corpus.files.map(\.index.rowCount)
      #expect(numbers.count { $0 == 0 } == Int((Double(counts[0]) / 2).rounded()))
      #expect(numbers.count { $0 == 1 } == 2 * counts[1])
    }
  }

  @Test func stepsGoThroughTheTextAsOftenAsTheyTake() {
    #expect(TextRows.stepCounts(.steps(25), rowsOfEpoch: 40, settings: Self.settings()) == [10, 10, 5])
    #expect(TextRows.stepCounts(.steps(20), rowsOfEpoch: 38, settings: Self.settings()) == [10, 10])
    #expect(TextRows.stepCounts(.epochs(2), rowsOfEpoch: 38, settings: Self.settings()) == [10, 10])
  }

  @Test func whatIsHeldOutIsNotLearntFrom() throws {
    try withTemporaryDirectory { folder in
      try Files.write(Self.text(lines: 400), to: folder + "/a")
      let packer = try TextPacker(Self.tokenizer(), form: .packed, maxLength: 16)
      var corpus = try TextCorpus([folder + "/a"], packer: packer, blockSize: 600)
      let all = try corpus.firstRows(corpus.rowCount)
      let held = try corpus.holdOut(share: 0.1, limit: 1000)
      let count = Int((0.1 * Double(all.count)).rounded())
      #expect(held == Array(all.suffix(count)))
      let rows = try TextRows(corpus, masking: nil, length: .epochs(1), stage: 0, settings: Self.settings())
      let numbers = try (0..<rows.stepCounts[0]).flatMap { try rows.draw(epoch: 0, step: $0).rows }
      #expect(numbers.map { Int($0.number) }.sorted() == Array(0..<all.count - count))
    }
  }

  @Test func whatIsNoTextIsRefused() throws {
    try withTemporaryDirectory { folder in
      let packer = try TextPacker(Self.tokenizer(), form: .packed, maxLength: 16)
      func error(_ bytes: [UInt8]) throws -> String {
        try Files.write(bytes, to: folder + "/text")
        do {
          var corpus = try TextCorpus([folder + "/text"], packer: packer)
          _ = try corpus.holdOut(share: 0.1, limit: 10)
          return "no error"
        } catch { return "\(error)" }
      }
      let good = Array("w1 w2\nw3\n".utf8)
      #expect(
        try error(good + [0xE4, 0x20, 0x0A]).contains("text:3: expected UTF-8, found the invalid byte 0xE4"))
      #expect(try error([0xFF, 0xFE, 0x77, 0]).contains("UTF-16"))
      #expect(try error(good + [0]).contains("text:3: expected text, found a NUL"))
      #expect(try error(Array("\n \n\n".utf8)).contains("there is no text in it"))
      #expect(try error([]).contains("there is no text in it"))
      #expect(try error(Array("w1\n".utf8)).contains("too few to hold some out"))
      let long = [UInt8](repeating: UInt8(ascii: "w"), count: 17 << 20)
      #expect(try error(good + long).contains("text:3: expected lines of at most 16 MiB"))
    }
  }

  @Test func textThatChangesWhileItIsReadIsRefused() throws {
    try withTemporaryDirectory { folder in
      try Files.write(Self.text(lines: 200), to: folder + "/a")
      let packer = try TextPacker(Self.tokenizer(), form: .packed, maxLength: 16)
      let corpus = try TextCorpus([folder + "/a"], packer: packer)
      try Files.write(Self.text(lines: 20), to: folder + "/a")
      let rows = try TextRows(corpus, masking: nil, length: .epochs(1), stage: 0, settings: Self.settings())
      #expect(throws: FileError.self) { try rows.draw(epoch: 0, step: 0) }
    }
  }

  private static func sequences(_ draw: Draw) -> [[Int32]] {
    draw.batches.flatMap { batch in
      (0..<batch.batch.sequenceCount).map { Array(batch.batch.inputIDs[batch.batch.tokens(of: $0)]) }
    }
  }

  private static func hash(_ text: String) -> String {
    var hash = SHA256()
    hash.update(text)
    return hash.hexadecimal
  }
}
