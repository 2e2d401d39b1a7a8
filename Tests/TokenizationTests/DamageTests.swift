import Files
import TestSupport
import Testing
import Tokenization

/// Damaged vocabularies and tokenizer files are read or refused, never a crash.
@Suite struct DamageTests {
  private static let tokens = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##b", "film", "##s", "é", "字", "!",
  ]

  private static let tokenizer = """
    {"version": "1.0", "added_tokens": [{"id": 0, "content": "[PAD]", "special": true, "single_word": false,
     "lstrip": false, "rstrip": false, "normalized": false}],
     "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
     "strip_accents": null, "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"},
     "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
     "max_input_chars_per_word": 100, "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4,
     "a": 5, "##b": 6, "film": 7, "caf\\u00e9": 8}}}
    """

  private static let configuration = """
    {"do_lower_case": true, "strip_accents": null, "tokenize_chinese_chars": true, "model_max_length": 512,
     "unk_token": "[UNK]", "cls_token": {"content": "[CLS]", "lstrip": false}, "sep_token": "[SEP]",
     "pad_token": "[PAD]", "mask_token": "[MASK]", "never_split": ["film"], "window_length": 9,
     "window_stride": 2, "window_pooling": "max", "tokenizer_class": "BertTokenizer",
     "added_tokens_decoder": {"0": {"content": "[PAD]", "special": true}, "12": {"content": "<x>"}}}
    """

  /// A file of the folder, and the sound bytes of it.
  private static let files: [(name: String, bytes: [UInt8])] = [
    ("vocab.txt", Array((tokens.joined(separator: "\n") + "\n").utf8)),
    ("tokenizer.json", Array(tokenizer.utf8)),
    ("tokenizer_config.json", Array(configuration.utf8)),
  ]

  @Test(arguments: 0..<3) func damagedFilesAreReadOrRefused(file: Int) throws {
    let (name, bytes) = Self.files[file]
    var mutations = Mutations(seed: UInt64(10 + file))
    // A tokenizer has tables of every Unicode scalar and room to work in, whatever its vocabulary.
    var memory = MemoryWatch(name, allowance: 4 << 20)
    try mutations.eachDamagedFile(of: bytes, named: name) { path in
      if name == "tokenizer_config.json" {
        try overwrite(Files.directory(of: path) + "/vocab.txt", with: Self.files[0].bytes)
      }
      do {
        try memory.reading(MappedFile(path).bytes.count) {
          let tokenizer = try Tokenizer(directory: Files.directory(of: path))
          let encoding = try tokenizer.encode(
            "A films! <x> caf\u{E9} 字[PAD]", pair: "film", maxLength: 9, offsets: true)
          #expect(encoding.ids.count <= 9)
          #expect(encoding.ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabulary.count })
        }
      } catch { #expect(error is TokenizerError, "\(error)") }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count)
    #expect(memory.excess == nil)
    memory.report()
  }
}
