import Files
import TestSupport
import Testing

@testable import Tokenization

@Suite(.enabled(if: SharedData.isAvailable)) struct GoldenTests {
  @Test(arguments: [("uncased.jsonl", true), ("cased.jsonl", false)])
  func idsAndOffsetsAreTheReferences(_ name: String, lowerCase: Bool) throws {
    let tokenizer = try Tokenizer(
      vocabularyFile: Golden.model + "/vocab.txt", settings: .init(doLowerCase: lowerCase))
    for golden in try Golden.read(name) {
      let text = golden.text ?? ""
      let encoding = try tokenizer.encode(text)
      #expect(encoding.ids == golden.ids, "\(text)")
      #expect(try tokenizer.encode(text, offsets: false).ids == golden.ids, "\(text)")
      if let offsets = golden.offsets {
        #expect(
          encoding.scalarOffsets(first: text).map { [$0.lowerBound, $0.upperBound] } == offsets, "\(text)")
      }
    }
  }

  @Test func pairsAreTheReferences() throws {
    let tokenizer = try Tokenizer(directory: Golden.model)
    for golden in try Golden.read("pairs.jsonl") {
      let truncation = try #require(Truncation(rawValue: golden.truncation ?? ""))
      for offsets in [false, true] {
        let encoding = try tokenizer.encode(
          golden.a ?? "", pair: golden.b, maxLength: golden.maxLength, truncation: truncation,
          offsets: offsets)
        #expect(encoding.ids == golden.ids)
        #expect(encoding.tokenTypeIDs == golden.tokenTypes)
      }
    }
  }

  @Test func everyScalarBetweenTwoLetters() throws {
    let tokenizer = try Tokenizer(directory: Golden.model)
    let workspace = TokenizerWorkspace(tokenizer)
    var differences = 0
    var rows = 0
    for line in String(decoding: try Files.read(Golden.folder + "scalar_sweep.tsv"), as: UTF8.self)
      .split(separator: "\n").dropFirst()
    {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard let value = UInt32(columns[0], radix: 16), let scalar = Unicode.Scalar(value) else { continue }
      rows += 1
      let expected = columns[1].split(separator: " ").compactMap { Int32($0) }
      let text = "x" + String(Character(scalar)) + "y"
      var ids: [Int32] = []
      Array(text.utf8).withUnsafeBytes {
        tokenizer.encode(utf8: $0, into: &ids, workspace: workspace, addSpecialTokens: false)
      }
      let traced = try tokenizer.encode(text, addSpecialTokens: false).ids
      if ids != expected || traced != expected { differences += 1 }
    }
    #expect(rows == 200_064)
    #expect(differences == 0)
  }
}
