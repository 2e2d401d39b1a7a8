/// Any JSON value, for telling apart what two records hold without knowing their types.
public enum JSONValue: Codable, Sendable, Equatable {
  case null
  case bool(Bool)
  case whole(Int)
  case number(Double)
  case text(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The value that another value is written as.
  public init(of value: some Encodable) throws {
    self = try JSON.decode(JSONValue.self, from: try JSON.encode(value), path: "a record of this run")
  }

  /// Reads any JSON value.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let found = try? value.decode(Bool.self) {
      self = .bool(found)
    } else if let found = try? value.decode(Int.self) {
      self = .whole(found)
    } else if let found = try? value.decode(Double.self) {
      self = .number(found)
    } else if let found = try? value.decode(String.self) {
      self = .text(found)
    } else if let found = try? value.decode([JSONValue].self) {
      self = .array(found)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  /// Writes the value as it is.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .null: try value.encodeNil()
    case .bool(let found): try value.encode(found)
    case .whole(let found): try value.encode(found)
    case .number(let found): try value.encode(found)
    case .text(let found): try value.encode(found)
    case .array(let found): try value.encode(found)
    case .object(let found): try value.encode(found)
    }
  }

  /// The value without members of these names, at any depth.
  public func without(_ names: Set<String>) -> JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { !names.contains($0.key) }.mapValues { $0.without(names) })
  }

  /// Every value that is no object, by its path of keys such as `training.weight_decay`.
  public var leaves: [String: JSONValue] {
    guard case .object(let members) = self else { return ["": self] }
    var leaves: [String: JSONValue] = [:]
    for (key, member) in members {
      for (path, leaf) in member.leaves { leaves[path.isEmpty ? key : key + "." + path] = leaf }
    }
    return leaves
  }

  /// The text, or the texts of an array.
  public var texts: [String] {
    switch self {
    case .text(let found): [found]
    case .array(let found): found.flatMap(\.texts)
    default: []
    }
  }

  /// The value as people read it.
  public var summary: String {
    switch self {
    case .null: "nothing"
    case .bool(let found): String(found)
    case .whole(let found): String(found)
    case .number(let found): String(found)
    case .text(let found): found
    case .array(let found): "[" + found.map(\.summary).joined(separator: ", ") + "]"
    case .object: "an object"
    }
  }
}
