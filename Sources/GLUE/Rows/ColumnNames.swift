/// The names that columns go by in the files of tasks, in small letters and without blanks around them.
enum ColumnNames {
  /// Texts and pairs of tasks of one's own.
  static let texts = [
    ["sentence"], ["text"], ["sentence1", "sentence2"], ["text1", "text2"], ["premise", "hypothesis"],
    ["question1", "question2"], ["question", "sentence"],
  ]
  /// Those of GLUE's files that no task of one's own has.
  static let textsOfGLUE = [["#1 string", "#2 string"]]
  /// Answers, and what rows are called.
  static let others: Set = [
    "label", "labels", "score", "gold_label", "is_duplicate", "quality", "index", "id", "idx",
  ]

  /// A name as names are compared: in small letters, without blanks around it.
  static func plain(_ name: some StringProtocol) -> String { trimmed(name).lowercased() }

  /// A name without blanks around it.
  static func trimmed(_ name: some StringProtocol) -> String {
    func isBlank(_ character: Character) -> Bool { character == " " || character == "\u{A0}" }
    let rest = name.drop(while: isBlank)
    return String(rest.reversed().drop(while: isBlank).reversed())
  }

  /// The places of the text or of the pair that a header names; nil where it names none, or several.
  static func texts(among names: [String]) -> [Int]? {
    let plain = names.map { Self.plain($0) }
    let known = texts + textsOfGLUE
    let found = Set(plain).intersection(known.joined())
    return known.first { Set($0) == found }?.compactMap { plain.firstIndex(of: $0) }
  }

  /// Whether one of the names is known to be that of a column.
  static func knows(anyOf names: [String]) -> Bool {
    let plain = Set(names.map { Self.plain($0) })
    return !plain.isDisjoint(with: others) || !plain.isDisjoint(with: (texts + textsOfGLUE).joined())
  }

  /// What a header has to name, in words.
  static let wanted =
    "a header that names one text (sentence or text; or a pair, sentence1 and sentence2, premise and "
    + "hypothesis, or the like)"
}
