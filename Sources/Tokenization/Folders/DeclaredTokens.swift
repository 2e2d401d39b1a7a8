/// The special and added tokens that the files of a folder declare, in all forms that transformers reads.
///
/// Named ones (`unk_token`, …, and any other `…_token`), lists of further ones (`additional_special_tokens`,
/// `extra_special_tokens`), and those with ids: `added_tokens_decoder` of tokenizer_config.json or, where that has none,
/// special_tokens_map.json, added_tokens.json and the `added_tokens` of tokenizer.json, as transformers 5 goes on.
struct DeclaredTokens {
  /// A token by its text alone, which makes it special, or with options.
  private struct Declaration: Equatable {
    var token: AddedToken
    /// Whether it says itself if it is looked for in the normalised text.
    var saysNormalized: Bool
    /// Whether transformers knows it by its text already when it reads added_tokens.json.
    var isKnownByText = true

    init(_ content: String) {
      token = AddedToken(content)
      saysNormalized = true
    }

    init(_ node: JSONNode, special: Bool? = nil) throws {
      if case .string(let content) = node.value {
        token = AddedToken(content)
        saysNormalized = true
      } else {
        token = try node.addedToken(special: special)
        saysNormalized = node["normalized"] != nil
        isKnownByText = special != nil
      }
    }

    var content: [UInt8] { Array(token.content.utf8) }
  }

  /// Named tokens in the order in which they were first named; nil for those that a file takes away.
  private struct Names {
    private(set) var list: [(name: String, token: Declaration?)] = []

    subscript(name: String) -> Declaration? { list.first { $0.name == name }?.token }

    func has(_ name: String) -> Bool { list.contains { $0.name == name } }

    mutating func set(_ name: String, _ token: Declaration?) {
      if let index = list.firstIndex(where: { $0.name == name }) {
        list[index].token = token
      } else {
        list.append((name, token))
      }
    }
  }

  /// The names that transformers knows, in the order in which it adds their tokens.
  private static let standard = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  private var named = Names()
  /// Tokens of other names: those of tokenizer_config.json count before those of special_tokens_map.json.
  private var ofConfiguration = Names()
  private var ofMap = Names()
  /// The list of further tokens, nil where no file has one; and one that counts only then.
  private var further: [Declaration]?
  private var furtherOtherwise: [Declaration]?
  private var withIDs: [Int: Declaration] = [:]

  /// Reads the declarations of a folder's files, each nil where it is not there.
  ///
  /// `defaults` are the named tokens of the folder's class.
  init(
    configuration: JSONNode?, specialTokensMap: JSONNode?, addedTokens: JSONNode?, tokenizerFile: JSONNode?,
    defaults: [(name: String, token: String)]
  ) throws {
    if let configuration { try read(configuration) }
    if configuration?.has("added_tokens_decoder") != true {
      if let specialTokensMap { try read(map: specialTokensMap) }
      if let addedTokens { try read(addedTokens: addedTokens) }
      for node in try tokenizerFile?["added_tokens"]?.elements() ?? [] {
        withIDs[try node["id"]?.int() ?? withIDs.count] = try Declaration(node)
      }
    }
    var defaults = defaults
    if let pad = try tokenizerFile?["padding"]?["pad_token"]?.string() { defaults.append(("pad_token", pad)) }
    for (name, token) in defaults where !named.has(name) { named.set(name, Declaration(token)) }
  }

  /// The text of a named token; nil where there is none.
  subscript(name: String) -> String? { named[name]?.token.content }

  private mutating func read(_ configuration: JSONNode) throws {
    for (key, node) in try configuration.members() where key.hasSuffix("_token") {
      if Self.standard.contains(key) {
        named.set(key, node.isNull ? nil : try Declaration(node))
      } else if case .string(let content) = node.value {
        ofConfiguration.set(key, Declaration(content))
      } else if node["__type"] != nil {
        ofMap.set(key, try Declaration(node))
      }
    }
    let additional = try configuration["additional_special_tokens"].map(Self.list)
    switch configuration["extra_special_tokens"]?.value {
    case let value? where value.members?.isEmpty == false:
      for (key, node) in try configuration["extra_special_tokens"]?.members() ?? [] {
        ofConfiguration.set(key, try Declaration(node))
      }
      furtherOtherwise = additional
    case .array(let values) where !values.isEmpty:
      further = try configuration["extra_special_tokens"].map(Self.list)
    default:
      let isNamed = configuration.has("additional_special_tokens")
      further = isNamed || configuration.has("extra_special_tokens") ? additional ?? [] : nil
    }
    for (key, node) in try configuration["added_tokens_decoder"]?.members() ?? [] {
      guard let id = Int(key) else {
        throw TokenizerError(path: configuration.path, "added_tokens_decoder: \"\(key)\" is no id")
      }
      withIDs[id] = try Declaration(node)
    }
  }

  private static func list(_ node: JSONNode) throws -> [Declaration] {
    try node.elements().map { try Declaration($0) }
  }

  private mutating func read(map: JSONNode) throws {
    var others: [(key: String, node: JSONNode)] = []
    for (key, node) in try map.members() {
      switch (key, node.value) {
      case ("extra_special_tokens", .object): others = try node.members()
      case ("extra_special_tokens", .null): further = further ?? []
      case ("extra_special_tokens", _):
        var list = further ?? []
        for token in try node.elements().map({ try Declaration($0, special: true) })
        where !list.contains(token) {
          list.append(token)
        }
        further = list
      case ("additional_special_tokens", .null): break
      case ("additional_special_tokens", _): furtherOtherwise = try Self.list(node)
      case (_, .null) where Self.standard.contains(key): named.set(key, nil)
      case (_, .string), (_, .object):
        if !key.hasSuffix("_token") { continue }
        let token = try Declaration(node, special: true)
        if Self.standard.contains(key) { named.set(key, token) } else { ofMap.set(key, token) }
      default: break
      }
    }
    for (key, node) in others { ofConfiguration.set(key, try Declaration(node)) }
  }

  private mutating func read(addedTokens: JSONNode) throws {
    let declared = (further ?? []) + named.list.compactMap(\.token)
    let special = Set(declared.filter(\.isKnownByText).map(\.content))
    for (content, node) in try addedTokens.members() {
      let isSpecial = special.contains(Array(content.utf8))
      var token = Declaration(content)
      (token.token.special, token.token.normalized) = (isSpecial, !isSpecial)
      withIDs[try node.int()] = token
    }
  }

  /// What transformers adds to a tokenizer that has the tokens `known` already, in its order.
  func tokens(beside known: Set<[UInt8]>) -> [AddedToken] {
    var result = withIDs.sorted { $0.key < $1.key }.map(\.value)
    let known = known.union(result.map(\.content))
    var others = ofMap
    for (name, token) in ofConfiguration.list { others.set(name, token) }
    let values = Self.standard.compactMap { named[$0] } + others.list.compactMap(\.token)
    for token in values + (further ?? furtherOtherwise ?? [])
    where !known.contains(token.content) && !result.contains(token) {
      result.append(token)
    }
    let names = Set(values.map(\.content))
    return result.map { declared in
      var token = declared.token
      if !token.special && names.contains(declared.content) {
        token.special = true
        if !declared.saysNormalized { token.normalized = false }
      }
      return token
    }
  }
}
