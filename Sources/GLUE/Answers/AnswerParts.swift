/// A list or an object that stands where a row has its answer, as JSON lines have them.
enum AnswerParts: Equatable {
  /// Names, as in `["joy", "anger"]`; whole numbers are names too.
  case names([String])
  /// Numbers by names, as in `{"positive": 0.8, "negative": 0.2}`.
  case numbers([String: Double])

  /// Reads either; nil where the value is something else.
  init?(_ value: any SingleValueDecodingContainer) {
    if let names = try? value.decode([Name].self) {
      self = .names(names.map(\.text))
    } else if let numbers = try? value.decode([String: Double].self) {
      self = .numbers(numbers)
    } else {
      return nil
    }
  }

  /// What it is, in words.
  var words: String {
    switch self {
    case .names: "a list of names"
    case .numbers: "numbers by names"
    }
  }

  /// A text, or a whole number by its digits.
  private struct Name: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      text = try (try? value.decode(Int.self)).map(String.init) ?? value.decode(String.self)
    }
  }
}
