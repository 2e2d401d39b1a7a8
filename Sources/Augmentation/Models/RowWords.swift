import GLUE
import Tokenization

/// The words of a row as a model reads them, with both texts of a pair beside one another.
struct RowWords {
  /// One word.
  struct Word {
    /// Its pieces among the row's tokens.
    let tokens: Range<Int>
    /// Where it stands in its text, in bytes.
    let bytes: Range<Int>
    /// Whether its text is the second of a pair.
    let isInSecond: Bool
    /// How it is written.
    let text: String
  }

  let ids: [Int32]
  let types: [Int32]
  /// The words of letters, in order; those behind the model's longest row are not there.
  let words: [Word]

  init(_ first: String, _ second: String?, _ model: WordModel) throws {
    let encoding = try model.tokenizer.encode(first, pair: second, maxLength: model.longest)
    (ids, types) = (encoding.ids, encoding.tokenTypeIDs)
    let bytes = [Array(first.utf8), Array((second ?? "").utf8)]
    var words: [Word] = []
    var place = 0
    while place < ids.count {
      if encoding.specialTokensMask[place] {
        place += 1
        continue
      }
      let isInSecond = encoding.second.contains(place)
      var end = place + 1
      while end < ids.count, !encoding.specialTokensMask[end], encoding.second.contains(end) == isInSecond,
        model.continuesWord[Int(ids[end])]
      { end += 1 }
      let range = encoding.offsets[place].lowerBound..<encoding.offsets[end - 1].upperBound
      let text = String(decoding: bytes[isInSecond ? 1 : 0][range], as: UTF8.self)
      if WordModel.isOfLetters(text) {
        words.append(Word(tokens: place..<end, bytes: range, isInSecond: isInSecond, text: text))
      }
      place = end
    }
    self.words = words
  }

  /// The row with one mask in the place of some words, which rise; and where the masks are.
  func masked(_ words: [Word], by mask: Int32) -> (ids: [Int32], types: [Int32], tokens: [Int]) {
    var (ids, types, places): ([Int32], [Int32], [Int]) = ([], [], [])
    var start = 0
    for word in words {
      ids += self.ids[start..<word.tokens.lowerBound]
      types += self.types[start..<word.tokens.lowerBound]
      places.append(ids.count)
      ids.append(mask)
      types.append(self.types[word.tokens.lowerBound])
      start = word.tokens.upperBound
    }
    return (ids + self.ids[start...], types + self.types[start...], places)
  }

  /// Texts with other words in the place of some, which rise.
  static func replacing(_ words: [(Word, String)], first: String, second: String?) -> MadeRow {
    func text(_ text: String, _ isSecond: Bool) -> String {
      var bytes = Array(text.utf8)
      for (word, other) in words.reversed() where word.isInSecond == isSecond {
        bytes.replaceSubrange(word.bytes, with: other.utf8)
      }
      return TextWords.line(String(decoding: bytes, as: UTF8.self))
    }
    return MadeRow(text(first, false), second.map { text($0, true) })
  }
}
