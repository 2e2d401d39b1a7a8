public import Files
import Training

/// A name of a table with settings that belong to it alone, as recipes write them: `peers`, or
/// `{name: peers, exchange: 10}`.
public struct NamedSettings: Sendable, Equatable {
  /// The name in its table.
  public let name: String
  private let values: [String: JSONValue]

  private init(name: String, values: [String: JSONValue]) { (self.name, self.values) = (name, values) }

  /// A name with everything at its default.
  public init(_ name: String) { self.init(name: name, values: [:]) }

  /// A name with settings that are written as an object; throws where they are not.
  public init(_ name: String, _ settings: some Encodable) throws {
    self.name = name
    guard case .object(let values) = try JSONValue(of: settings) else {
      throw DistillationError.settings("the settings of \(name) must be names with values")
    }
    self.values = values
  }

  /// The names of its settings.
  var names: [String] { Array(values.keys) }

  /// The same name with other values laid over its own.
  public func overlaid(with others: [String: JSONValue]) -> NamedSettings {
    NamedSettings(name: name, values: values.merging(others) { _, new in new })
  }

  /// The settings as a type of whoever the name belongs to; what it does not know, it refuses itself.
  public func decode<Settings: Decodable>(_ type: Settings.Type) throws -> Settings {
    try JSON.decode(type, from: try JSON.line(JSONValue.object(values)), path: "the settings of \(name)")
  }
}

extension NamedSettings: Codable {
  /// Reads a name, or an object with one.
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self.init(name)
      return
    }
    var values = try decoder.singleValueContainer().decode([String: JSONValue].self)
    guard case .text(let name)? = values.removeValue(forKey: "name") else {
      throw DistillationError.settings("a lesson or rows need a name: peers, or {name: peers}")
    }
    self.init(name: name, values: values)
  }

  /// Writes the name alone where there is nothing else.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    if values.isEmpty {
      try value.encode(name)
    } else {
      try value.encode(values.merging(["name": .text(name)]) { own, _ in own })
    }
  }
}
