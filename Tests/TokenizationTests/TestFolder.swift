import Files
import TestSupport

@testable import Tokenization

/// Tokenizer folders of few files, for tests.
///
/// What a test expects of them is what `AutoTokenizer` of transformers 5.24 with tokenizers 0.23.3 gives, unless it says
/// otherwise.
enum TestFolder {
  static let tokens = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "a", "run", "##s", "ne", "##w", "york", "$", "The",
    "caf", "##é",
  ]
  static let vocabulary = tokens.joined(separator: "\n") + "\n"
  static let bert = #"{"tokenizer_class":"BertTokenizer"}"#

  /// A tokenizer_config.json of `BertTokenizer` with more members.
  static func bert(_ members: String) -> String { #"{"tokenizer_class":"BertTokenizer",\#(members)}"# }

  /// A member of `added_tokens_decoder`, or with an id of `added_tokens`, with the flags that are true.
  static func token(_ content: String, _ flags: Set<String> = ["special"]) -> String {
    let names = ["single_word", "lstrip", "rstrip", "normalized", "special"]
    let members = names.map { "\"\($0)\":\(flags.contains($0))" }.joined(separator: ",")
    return "\"content\":\"\(content)\",\(members)"
  }

  /// A tokenizer.json over `tokens` with these parts in place of BERT's cased ones.
  static func file(
    normalizer: String =
      #"{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":false}"#,
    preTokenizer: String = #"{"type":"BertPreTokenizer"}"#,
    postProcessor: String = #"{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]}"#,
    prefix: String = "##", maxChars: Int = 100, addedTokens: [String]? = nil
  ) -> String {
    let added =
      addedTokens ?? ["\"id\":2,\(token("[CLS]"))", "\"id\":3,\(token("[SEP]"))"]
    let vocab = tokens.enumerated().map { "\"\($0.element)\":\($0.offset)" }.joined(separator: ",")
    return """
      {"version":"1.0","truncation":null,"padding":null,
       "added_tokens":[\(added.map { "{\($0)}" }.joined(separator: ","))],
       "normalizer":\(normalizer),"pre_tokenizer":\(preTokenizer),"post_processor":\(postProcessor),
       "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
       "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"\(prefix)",
         "max_input_chars_per_word":\(maxChars),"vocab":{\(vocab)}}}
      """
  }

  /// The tokenizer of a folder that holds these files.
  static func load(_ files: [String: String]) throws -> Tokenizer {
    try withTemporaryDirectory { folder in
      for (name, contents) in files { try Files.write(contents, to: folder + "/" + name) }
      return try Tokenizer(directory: folder)
    }
  }

  /// The message with which a folder of these files is refused; nil where it is read.
  static func refusal(_ files: [String: String]) -> String? {
    do {
      _ = try load(files)
      return nil
    } catch {
      return "\(error)"
    }
  }
}
