public import BERT
public import Tokenization

extension BertModel {
  /// Writes the model and its tokenizer into one folder, which `transformers` and every command here load as it is.
  ///
  /// Throws `FileError` where a file cannot be written.
  public func save(to directory: String, with tokenizer: Tokenizer) throws {
    try save(to: directory)
    try tokenizer.save(to: directory)
  }
}
