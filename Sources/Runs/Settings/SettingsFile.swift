import Files
import Yams

/// Settings as YAML files that people read, copy and change.
public enum SettingsFile {
  /// Reads the settings in a file.
  ///
  /// What is left out keeps its default; what is unknown, misspelt or of another kind is refused with file, line
  /// and, for a misspelt name, the nearest that there is.
  public static func read<Settings: Decodable>(_ type: Settings.Type, from path: String) throws -> Settings {
    try SettingsTree(file: path).decode(type)
  }

  /// Settings as YAML, in the order of their declaration, that reads back as the same settings to the last bit.
  public static func text(_ settings: some Encodable, heading: [String] = []) throws -> String {
    let ordered = try Yams.compose(yaml: try YAMLEncoder().encode(settings)) ?? Node.mapping(Node.Mapping([]))
    let exact = try Yams.compose(yaml: String(decoding: try JSON.encode(settings), as: UTF8.self))
    return heading.map { "# \($0)\n" }.joined()
      + (try Yams.serialize(node: merged(ordered, exact: exact), width: 110, allowUnicode: true))
  }

  /// The tree with the numbers of `exact`: the YAML encoder rounds them, JSON's writes the shortest exact form.
  private static func merged(_ node: Node, exact: Node?) -> Node {
    switch node {
    case .scalar(var scalar):
      if let exact = exact?.scalar, node.float != nil, exact.style == .plain {
        scalar.string = YAMLNumber.text(exact.string)
      }
      return .scalar(scalar)
    case .sequence(let sequence):
      let elements = sequence.enumerated().map { index, element in
        let others = exact?.sequence
        return merged(element, exact: others.flatMap { $0.indices.contains(index) ? $0[index] : nil })
      }
      let isFlat = elements.allSatisfy { $0.scalar != nil }
      return .sequence(Node.Sequence(elements, sequence.tag, isFlat ? .flow : .block))
    case .mapping(let mapping):
      let pairs = mapping.map { ($0.key, merged($0.value, exact: exact?.mapping?[$0.key.string ?? ""])) }
      return .mapping(Node.Mapping(pairs, mapping.tag, mapping.isEmpty ? .flow : .block))
    case .alias: return node
    }
  }
}
