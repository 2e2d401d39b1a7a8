extension Tokenizer {
  /// The text that ids stand for, as the `WordPiece` decoder of Hugging Face tokenizers writes it.
  ///
  /// Pieces are joined, words are separated by one space, and the space before English punctuation goes. Ids
  /// that the vocabulary does not have are left out.
  public func decode(_ ids: [Int32], skipSpecialTokens: Bool = true) -> String {
    let prefix = settings.continuingSubwordPrefix
    var result = ""
    var isFirst = true
    for id in ids {
      guard let token = vocabulary.token(id) else { continue }
      if skipSpecialTokens && specialIDs.contains(id) { continue }
      if isFirst {
        result += Self.cleanUp(token)
      } else if token.utf8.starts(with: prefix.utf8) {
        result += Self.cleanUp(String(token.unicodeScalars.dropFirst(prefix.unicodeScalars.count)))
      } else {
        result += Self.cleanUp(" " + token)
      }
      isFirst = false
    }
    return result
  }

  /// Takes the space before punctuation and clitics out of one decoded token, as the reference does.
  private static func cleanUp(_ token: String) -> String {
    switch token {
    case " .", " ?", " !", " ,", " n't", " 'm", " 's", " 've", " 're": String(token.dropFirst())
    case " do not": " don't"
    default: token
    }
  }
}
