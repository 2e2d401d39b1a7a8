public import BERT
import Sentences
public import Tokenization

extension BertModel {
  /// Writes the model and its tokenizer into one folder, which `transformers` and every command here load as it is.
  ///
  /// A bi-encoder gets the files that sentence-transformers reads beside a model. Throws `FileError` where a file cannot be written.
  public func save(to directory: String, with tokenizer: Tokenizer) throws {
    try save(to: directory)
    try tokenizer.save(to: directory)
    if config.pairEncoding == .bi {
      try SentenceEncoder(
        model: self, tokenizer: tokenizer, pooling: config.pooling == .mean ? .mean : .cls
      ).saveSettings(to: directory)
    }
  }
}
