import Files
import TestSupport
import Testing
import Tokenization

/// What the documentation shows, compiled as a user of the library would.
@Suite struct ExampleTests {
  @Test func encodingOneText() throws {
    try withTemporaryDirectory { folder in
      try Files.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\ntext\n.\n##s\n", to: folder + "/vocab.txt")
      let tokenizer = try Tokenizer(directory: folder)
      let encoding = try tokenizer.encode("A text.", pair: "Texts", maxLength: 128)
      #expect(encoding.ids == [2, 4, 5, 6, 3, 5, 7, 3])
      #expect(tokenizer.decode(encoding.ids) == "a text. texts")

      let workspace = TokenizerWorkspace(tokenizer)
      var ids: [Int32] = []
      for line in ["a text", "texts"] {
        Array(line.utf8).withUnsafeBytes { tokenizer.encode(utf8: $0, into: &ids, workspace: workspace) }
      }
      #expect(ids == [2, 4, 5, 3, 2, 5, 7, 3])
    }
  }
}
