/// A value of a JSON object as a cell of a table.
struct JSONCell: Decodable {
  /// The text, the number as it is written shortest, `true` or `false`; nil for null, lists and objects.
  let text: String?
  /// The list of texts and numbers, or the object of numbers, that it is; nil for others.
  let parts: AnswerParts?
  /// The list of numbers that it is; nil for others.
  let values: [Double]?

  /// A cell of a table without lists.
  init(_ text: String) { (self.text, parts, values) = (text, nil, nil) }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    parts = AnswerParts(value)
    values = try? value.decode([Double].self)
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
