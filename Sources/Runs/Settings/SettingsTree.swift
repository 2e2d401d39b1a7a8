import Files
public import Training
import Yams

/// Settings as they stand in a YAML file, before they have a type: they can be laid over others, part by part.
///
/// Every part remembers its line, so that what cannot be is reported with file and line wherever it ended up.
public struct SettingsTree {
  /// The file that it comes from.
  public let path: String
  private let node: Node

  private init(path: String, node: Node) {
    self.path = path
    self.node = node
  }

  /// Nothing, for what a file leaves out.
  public static func empty(path: String) -> SettingsTree {
    SettingsTree(path: path, node: .mapping(Node.Mapping([])))
  }

  /// Reads a file; an empty one is an empty mapping.
  public init(file path: String) throws {
    let file = try MappedFile(path)
    if file.bytes.count > YAMLLimits.mostBytes {
      throw TrainingError.settings(
        "\(path): \(file.bytes.count) bytes, and settings have at most \(YAMLLimits.mostBytes)")
    }
    do {
      let text = withExtendedLifetime(file) { String(decoding: file.bytes, as: UTF8.self) }
      self.init(path: path, node: try YAMLLimits.compose(text) ?? Node.mapping(Node.Mapping([])))
    } catch let error as YamlError {
      throw TrainingError.settings("\(path):\(Self.reason(error))")
    } catch TrainingError.settings(let reason) {
      throw TrainingError.settings("\(path):\(reason)")
    }
  }

  /// The keys of a mapping, in the order of the file.
  public var keys: [String] { node.mapping?.keys.compactMap(\.string) ?? [] }

  /// The elements of a sequence.
  public var elements: [SettingsTree] {
    node.sequence?.map { SettingsTree(path: path, node: $0) } ?? []
  }

  /// The part under a key; what is null counts as left out.
  public subscript(key: String) -> SettingsTree? {
    guard let part = node.mapping?[key] else { return nil }
    if part.scalar != nil, part.tag == Tag(.null) { return nil }
    return SettingsTree(path: path, node: part)
  }

  /// Throws, with the line and the nearest name, unless this is a mapping of no other keys than these.
  public func requireKeys(_ known: [String]) throws {
    guard let mapping = node.mapping else { throw problem("expected names with values, such as task: RTE") }
    for (key, _) in mapping where !known.contains(key.string ?? "") {
      throw problem(TrainingError.unknownSetting(path: [key.string ?? "?"], known: known), at: key)
    }
  }

  /// These settings with those of `other` laid over them: mappings key by key, everything else as a whole.
  public func overlaid(with other: SettingsTree?) -> SettingsTree {
    guard let other else { return self }
    return SettingsTree(path: path, node: Self.overlay(node, other.node))
  }

  /// The settings as typed values; what cannot be read is named with file, line and key.
  public func decode<Settings: Decodable>(_ type: Settings.Type) throws -> Settings {
    do {
      return try YAMLDecoder().decode(type, from: node)
    } catch let error as TrainingError {
      if case .unknownSetting(let keys, _) = error { throw problem(error, at: key(keys)) }
      throw problem("\(error)")
    } catch let error as DecodingError {
      let (keys, reason) = Self.reason(error)
      throw problem(
        (keys.isEmpty ? "" : keys.settingsPath + ": ") + reason, at: key(keys) ?? node)
    } catch {
      throw problem("\(error)")
    }
  }

  /// An error about this part, with file and line.
  public func problem(_ reason: Any, _ key: String? = nil) -> TrainingError {
    problem(reason, at: key.flatMap { self.key([$0]) } ?? node)
  }

  private func problem(_ reason: Any, at place: Node?) -> TrainingError {
    let text = "\(reason)"
    // Names and values are quoted, and they are as long as the file makes them.
    let shown = text.count > Self.longestReason ? text.prefix(Self.longestReason) + "…" : text[...]
    return .settings("\(path):\(place?.mark.map { "\($0.line):" } ?? "") \(shown)")
  }

  /// In characters.
  private static let longestReason = 1_000

  /// The node of the last key of a path, as far as the path goes.
  private func key(_ path: [String]) -> Node? {
    var place = node
    var found: Node?
    for name in path {
      if let mapping = place.mapping, let pair = mapping.first(where: { $0.key.string == name }) {
        found = pair.key
        place = pair.value
      } else if let sequence = place.sequence, let index = Self.index(name), sequence.indices.contains(index)
      {
        found = sequence[index]
        place = sequence[index]
      } else {
        break
      }
    }
    return found
  }

  /// The number of an element as coding paths write it: `Index 2`, or `2`.
  private static func index(_ name: String) -> Int? { name.split(separator: " ").last.flatMap { Int($0) } }

  private static func overlay(_ below: Node, _ above: Node) -> Node {
    guard case .mapping(var result) = below, case .mapping(let upper) = above else { return above }
    for (key, value) in upper {
      let name = key.string ?? ""
      let merged = result[name].map { overlay($0, value) } ?? value
      // Removed first, so that the key's line is that of what was laid over.
      if let index = result.firstIndex(where: { $0.key.string == name }) {
        var pairs = Array(result.map { ($0.key, $0.value) })
        pairs[index] = (key, merged)
        result = Node.Mapping(pairs, result.tag, result.style, result.mark)
      } else {
        result[key] = merged
      }
    }
    return .mapping(result)
  }

  private static func reason(_ error: YamlError) -> String {
    switch error {
    case .reader(let problem, let offset, _, let yaml):
      "\(1 + yaml.utf8.prefix(offset ?? 0).count { $0 == UInt8(ascii: "\n") }): this is not YAML: \(problem)"
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "\(mark.line): this is not YAML: \(problem)"
    case .duplicatedKeysInMapping(let duplicates, let context):
      "\(context.mark.line): \(duplicates.sorted().joined(separator: ", ")) stands here twice"
    default: " this is not YAML: \(error)"
    }
  }

  private static func reason(_ error: DecodingError) -> (keys: [String], text: String) {
    func keys(_ context: DecodingError.Context) -> [String] { context.codingPath.map(\.stringValue) }
    return switch error {
    case .keyNotFound(let key, let context): (keys(context), "\(key.stringValue) is missing")
    case .typeMismatch(let type, let context): (keys(context), "expected \(kind(of: type))")
    case .valueNotFound(let type, let context): (keys(context), "expected \(kind(of: type))")
    case .dataCorrupted(let context): (keys(context), context.debugDescription)
    @unknown default: ([], "unreadable")
    }
  }

  private static func kind(of type: Any.Type) -> String {
    switch type {
    case is Int.Type, is UInt64.Type: "a whole number"
    case is Double.Type, is Float.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    default: ["Array", "Sequence"].contains { "\(type)".contains($0) } ? "a list" : "names with values"
    }
  }
}
