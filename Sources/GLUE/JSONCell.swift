/// A value of a JSON object as a cell of a table.
struct JSONCell: Decodable {
  /// The text, the number as it is written shortest, `true` or `false`; nil for null, lists and objects.
  let text: String?

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
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
