import Files
import TestSupport
import Testing

@testable import Tokenization

/// Texts as tokenizers encodes them.
@Suite struct GoldenTests {
  @Test(arguments: GoldenFolder.all, ["uncased", "cased"])
  func idsAndOffsetsAreTheReferences(_ folder: GoldenFolder, name: String) throws {
    let tokenizer = try Tokenizer(
      vocabularyFile: folder.model + "/vocab.txt", settings: .init(doLowerCase: name == "uncased"))
    let goldens = try Golden.read(name + ".jsonl", of: folder)
    #expect(goldens.count > 100 && (name == "cased" || goldens.contains { $0.offsets != nil }))
    for golden in goldens {
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

  @Test(arguments: GoldenFolder.all) func pairsAreTheReferences(_ folder: GoldenFolder) throws {
    let tokenizer = try Tokenizer(directory: folder.model)
    let goldens = try Golden.read("pairs.jsonl", of: folder)
    #expect(goldens.count > 100)
    for golden in goldens {
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

  @Test(arguments: GoldenFolder.all) func scalarsBetweenTwoLetters(_ folder: GoldenFolder) throws {
    let tokenizer = try Tokenizer(directory: folder.model)
    let workspace = TokenizerWorkspace(tokenizer)
    let lines = String(decoding: try Files.read(folder.path + "/tokenizer/scalar_sweep.tsv"), as: UTF8.self)
      .split(separator: "\n").dropFirst()
    #expect(lines.count > 10_000)
    var differences: [Substring] = []
    for line in lines {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      let scalar = try #require(UInt32(columns[0], radix: 16).flatMap { Unicode.Scalar($0) }, "\(line)")
      let expected = columns[1].split(separator: " ").compactMap { Int32($0) }
      let text = "x" + String(Character(scalar)) + "y"
      var ids: [Int32] = []
      Array(text.utf8).withUnsafeBytes {
        tokenizer.encode(utf8: $0, into: &ids, workspace: workspace, addSpecialTokens: false)
      }
      let traced = try tokenizer.encode(text, addSpecialTokens: false).ids
      if ids != expected || traced != expected { differences.append(line) }
    }
    #expect(differences.isEmpty, "\(differences.count) lines, the first \(differences.prefix(5))")
  }
}
