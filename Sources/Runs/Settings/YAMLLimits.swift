import Training
import Yams

/// What no settings file needs, refused before the YAML parser meets it.
///
/// For every open bracket the parser keeps half a kilobyte, and it walks through all that an alias stands for wherever
/// that is part of a key: ten short lines of aliases to aliases would take it years.
enum YAMLLimits {
  /// The most bytes of a file.
  static let mostBytes = 256 << 10
  /// The most brackets that may be open at once.
  private static let mostOpen = 64
  /// The most keys, values, lists and mappings, those that aliases stand for counted each time.
  private static let mostNodes = 100_000
  /// In place of the sign of an alias, so that its name is read as a text: a scalar for private use.
  private static let sign = "\u{E000}"

  /// The text as a tree, or nothing if it is empty; throws `YamlError`, or `TrainingError.settings` for a line that
  /// goes beyond the limits.
  static func compose(_ text: String) throws -> Node? {
    try requireShallow(text)
    if text.utf8.contains(UInt8(ascii: "*")) {
      // Nodes refer to their anchors weakly; the parser keeps them.
      let parser = try Parser(yaml: text.replacing("*", with: sign))
      try withExtendedLifetime(parser) {
        var count = NodeCount()
        if let node = try parser.singleRoot() { _ = try count.add(node) }
      }
    }
    return try Yams.compose(yaml: text)
  }

  private static func requireShallow(_ text: String) throws {
    var (line, open) = (1, 0)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\n"): line += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): open = max(open - 1, 0)
      default: continue
      }
      if open > mostOpen {
        throw TrainingError.settings(
          "\(line): more than \(mostOpen) brackets are open, and settings are not that deep")
      }
    }
  }

  /// Counts nodes in the order of the text, in which an alias means the latest anchor of its name.
  private struct NodeCount {
    private var total = 0
    private var ofAnchor: [String: Int] = [:]

    /// Counts a node with what is in it, and returns how many that were.
    mutating func add(_ node: Node) throws -> Int {
      let before = total
      total += 1
      switch node {
      case .scalar(let scalar):
        if scalar.string.hasPrefix(sign) { total += ofAnchor[String(scalar.string.dropFirst())] ?? 0 }
      case .sequence(let sequence):
        for element in sequence { _ = try add(element) }
      case .mapping(let mapping):
        for (key, value) in mapping { _ = try (add(key), add(value)) }
      case .alias: break
      }
      if total > mostNodes {
        throw TrainingError.settings(
          "\(node.mark?.line ?? 1): aliases stand for more than \(mostNodes) values, and settings are not that many"
        )
      }
      if let anchor = node.anchor { ofAnchor[anchor.rawValue] = total - before }
      return total - before
    }
  }
}
