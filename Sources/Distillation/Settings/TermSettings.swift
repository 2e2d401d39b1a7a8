import Files
import Training

/// One summand of a loss, as recipes write it: its kind, its weight, and the options of its kind.
public struct TermSettings: Sendable {
  /// The term's name in a `TermTable`, such as `kl` or `hidden_mse`.
  public let kind: String
  /// What its value is multiplied by.
  public var weight: Schedule = 1
  private let own: Own

  /// What else was said of the term.
  private enum Own {
    /// Options of the kind's type.
    case options(any TermOptions)
    /// As it was written, of a kind that was not known where it was read.
    case written([String: JSONValue])
  }

  /// A term with everything at its default.
  public init(_ kind: String, weight: Schedule = 1) {
    (self.kind, self.weight, own) = (kind, weight, .written([:]))
  }

  /// A term with options of its kind.
  public init(_ kind: String, weight: Schedule = 1, _ options: any TermOptions) {
    (self.kind, self.weight, own) = (kind, weight, .options(options))
  }

  /// The options as the type of an entry; throws for settings that the entry does not have.
  func options(as entry: TermEntry) throws -> any TermOptions {
    switch own {
    case .options(let options): return options
    case .written(let values):
      do {
        return try entry.options(from: values)
      } catch let error as TrainingError {
        throw DistillationError.settings("the term \(kind): \(error)")
      }
    }
  }
}

extension TermSettings: Codable {
  enum CodingKeys: String, CodingKey, CaseIterable { case kind, weight }

  /// The names that every term has.
  static let names = CodingKeys.allCases.map(\.stringValue)

  /// Reads a term; of the standard kinds, names that the kind does not have are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    kind = try values.decode(String.self, forKey: .kind)
    try values.read(.weight, into: &weight)
    if let entry = TermTable.standard.find(kind) {
      own = .options(try entry.options(from: decoder))
    } else {
      let all = try decoder.singleValueContainer().decode([String: JSONValue].self)
      own = .written(all.filter { !Self.names.contains($0.key) })
    }
  }

  /// Writes kind, weight, and what else was said.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(kind, forKey: .kind)
    try values.encode(weight, forKey: .weight)
    switch own {
    case .options(let options): try options.encode(to: encoder)
    case .written(let written): try encoder.encodeSettings(written)
    }
  }
}

extension TermSettings: Equatable {
  /// Whether both are written alike.
  public static func == (a: TermSettings, b: TermSettings) -> Bool {
    guard let (first, second) = try? (JSONValue(of: a), JSONValue(of: b)) else { return false }
    return first == second
  }
}
