import Files

/// Why text cannot be encoded.
public enum SentenceError: Error, CustomStringConvertible, Equatable {
  /// The tokenizer has more tokens than the model has embeddings.
  case vocabulary(tokens: Int, embeddings: Int)
  /// A file of settings says what it cannot.
  case settings(path: String, expected: String, found: String)

  /// One line.
  public var description: String {
    switch self {
    case .vocabulary(let tokens, let embeddings):
      "the vocabulary has \(tokens) tokens, but the model only \(embeddings) embeddings: they do not belong together"
    case .settings(let path, let expected, let found):
      "\(path): expected \(expected), found \(found)".onOneLine
    }
  }
}
