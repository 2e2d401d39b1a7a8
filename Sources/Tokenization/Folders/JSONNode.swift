import Files

/// A value of a JSON file with its place in it, so that errors can say where something else was expected.
struct JSONNode {
  let path: String
  /// The keys that lead here.
  let name: String
  let value: JSONText

  /// The whole of a file.
  static func read(_ path: String) throws -> JSONNode {
    JSONNode(path: path, name: "", value: try JSONParser.parse(try Files.read(path), path: path))
  }

  /// The whole of a file, nil where there is none.
  static func readIfThere(_ path: String) throws -> JSONNode? {
    Files.exists(path) ? try read(path) : nil
  }

  private func child(_ key: String, _ value: JSONText) -> JSONNode {
    JSONNode(path: path, name: name.isEmpty ? key : name + "." + key, value: value)
  }

  private func error(_ expected: String) -> TokenizerError {
    TokenizerError(
      path: path,
      "not the expected JSON: \(name.isEmpty ? "" : name + ": ")expected \(expected), found \(value.kind)")
  }

  var isNull: Bool { if case .null = value { true } else { false } }

  /// Whether an object has a member of this key, be it null.
  func has(_ key: String) -> Bool { value[key] != nil }

  /// The member of this key, nil where it is not there or null.
  subscript(key: String) -> JSONNode? {
    guard let value = value[key] else { return nil }
    if case .null = value { return nil }
    return child(key, value)
  }

  func string() throws -> String {
    guard case .string(let text) = value else { throw error("a text") }
    return text
  }

  func bool() throws -> Bool {
    guard case .bool(let value) = value else { throw error("true or false") }
    return value
  }

  func double() throws -> Double {
    guard case .number(let literal) = value, let number = Double(literal) else { throw error("a number") }
    return number
  }

  func int() throws -> Int {
    guard case .number(let literal) = value, let number = Int(literal) else { throw error("a whole number") }
    return number
  }

  func elements() throws -> [JSONNode] {
    guard case .array(let values) = value else { throw error("a list") }
    return values.enumerated().map { child(String($0.offset), $0.element) }
  }

  func members() throws -> [(key: String, node: JSONNode)] {
    guard let members = value.members else { throw error("an object") }
    return members.map { ($0.key, child($0.key, $0.value)) }
  }

  /// The token that an object describes; what it leaves out is as in Hugging Face's `AddedToken`.
  func addedToken(special given: Bool? = nil) throws -> AddedToken {
    guard let content = try self["content"]?.string() else { throw error("an object with content") }
    let special = try given ?? self["special"]?.bool() ?? false
    return AddedToken(
      content, special: special, singleWord: try self["single_word"]?.bool() ?? false,
      lstrip: try self["lstrip"]?.bool() ?? false, rstrip: try self["rstrip"]?.bool() ?? false,
      normalized: try self["normalized"]?.bool() ?? !special)
  }
}
