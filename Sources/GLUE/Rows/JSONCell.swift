/// A value of a JSON object as a cell of a table.
struct JSONCell: Decodable {
  /// The text, the number as it is written shortest, `true` or `false`; nil for null, lists and objects.
  let text: String?
  /// The list of texts and numbers, or the object of numbers, that it is; nil for others.
  let parts: AnswerParts?

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    parts = AnswerParts(value)
    if let string = try? value.decode(String.self) {
      text = string
    } else if let number = try? value.decode(Int.self) {
      text = String(number)
    } else if let number = try? value.decode(Double.self) {
      text = String(number)
    } else {
      text = (try? value.decode(Bool.self)).map { $0 ? "true" : "false" }
    }
  }
}
