/// The parts of a `tokenizer.json`, each read on its own; what is not supported is refused by name.
struct TokenizerJSON {
  let root: JSONNode

  private func refuse(_ part: String, _ node: JSONNode?, _ supported: String) -> TokenizerError {
    let type = (try? node?["type"]?.string()) ?? (node == nil ? "null" : "without a type")
    return TokenizerError(path: root.path, "the \(part) is \(type); \(supported) supported")
  }

  /// A step's type.
  private func type(_ node: JSONNode) throws -> String { try node["type"]?.string() ?? "" }

  /// The model, which must be WordPiece.
  private func model() throws -> JSONNode {
    guard let model = root["model"] else { throw TokenizerError(path: root.path, "model is missing") }
    if let type = try model["type"]?.string(), type != "WordPiece" {
      throw TokenizerError(path: root.path, "the model is \(type); only WordPiece is supported")
    }
    return model
  }

  /// The tokens of the model with their ids.
  ///
  /// Few ids may lack a token: those are of tokens that are the same without the white space behind them.
  func vocabulary() throws -> Vocabulary {
    let vocab = try model()["vocab"]?.value
    if case .object(let members) = vocab {
      let wrong = members.first { member in
        guard case .number(let literal) = member.value else { return true }
        return literal.utf8.count > 9 || Int32(literal).map { $0 >= 0 } != true
      }
      guard let wrong else { throw TokenizerError(path: root.path, "the vocabulary is empty") }
      throw unordered(members.count, wrong.key, wrong.value.kind)
    }
    guard case .numbers(let tokens) = vocab else {
      throw TokenizerError(path: root.path, "model.vocab is missing: an object of tokens and their ids")
    }
    let limit = tokens.count + 1000
    var members = [Int32](repeating: -1, count: limit)
    var count = 0
    for (index, id) in tokens.values.enumerated() {
      guard members.indices.contains(Int(id)), members[Int(id)] < 0 else {
        throw unordered(tokens.count, tokens.key(index), String(id))
      }
      members[Int(id)] = Int32(index)
      count = max(count, Int(id) + 1)
    }
    return try Vocabulary(tokens, members: members[..<count], path: root.path)
  }

  private func unordered(_ count: Int, _ token: String, _ found: String) -> TokenizerError {
    TokenizerError(
      path: root.path,
      "the ids of the vocabulary are not 0 to \(count - 1), each once: \"\(token)\" has \(found)")
  }

  /// Reads the model's options, the steps before it and the template into settings.
  func read(into settings: inout TokenizerSettings) throws {
    let model = try model()
    settings.unkToken = try model["unk_token"]?.string() ?? settings.unkToken
    settings.continuingSubwordPrefix = try model["continuing_subword_prefix"]?.string() ?? "##"
    settings.maxInputCharsPerWord = try model["max_input_chars_per_word"]?.int() ?? 100
    let pipeline = TextPipeline(
      normalizers: try root["normalizer"].map(normalizers) ?? [],
      preTokenizers: try root["pre_tokenizer"].map(preTokenizers) ?? [])
    if pipeline.preTokenizers == [.bert], pipeline.normalizers.count == 1,
      case .bert(true, let chinese, let strip, let lowercase) = pipeline.normalizers[0]
    {
      settings.tokenizeChineseChars = chinese
      settings.doLowerCase = lowercase
      settings.stripAccents = strip == lowercase ? nil : strip
    } else {
      settings.pipeline = pipeline
    }
    settings.template = try template()
  }

  private func normalizers(_ node: JSONNode) throws -> [TextPipeline.Normalizer] {
    switch try type(node) {
    case "Sequence": return try node["normalizers"]?.elements().flatMap(normalizers) ?? []
    case "NFD": return [.nfd]
    case "StripAccents": return [.stripAccents]
    case "Lowercase": return [.lowercase]
    case "BertNormalizer":
      let lowercase = try node["lowercase"]?.bool() ?? true
      return [
        .bert(
          cleanText: try node["clean_text"]?.bool() ?? true,
          handleChineseChars: try node["handle_chinese_chars"]?.bool() ?? true,
          stripAccents: try node["strip_accents"]?.bool() ?? lowercase, lowercase: lowercase)
      ]
    default:
      throw refuse(
        "normalizer", node, "BertNormalizer, NFD, StripAccents, Lowercase and sequences of them are")
    }
  }

  private func preTokenizers(_ node: JSONNode) throws -> [TextPipeline.PreTokenizer] {
    switch try type(node) {
    case "Sequence": return try node["pretokenizers"]?.elements().flatMap(preTokenizers) ?? []
    case "BertPreTokenizer": return [.bert]
    case "WhitespaceSplit": return [.whitespaceSplit]
    case "Whitespace": return [.whitespace]
    case "Punctuation":
      let behavior = try node["behavior"]?.string() ?? "Isolated"
      if behavior == "Isolated" || behavior == "Removed" {
        return [.punctuation(removed: behavior == "Removed")]
      }
      throw TokenizerError(
        path: root.path,
        "the pre_tokenizer is Punctuation that is \(behavior); Isolated and Removed are supported")
    default:
      throw refuse(
        "pre_tokenizer", node,
        "BertPreTokenizer, WhitespaceSplit, Whitespace, Punctuation and sequences of them are")
    }
  }

  private func template() throws -> TemplateProcessing {
    var node = root["post_processor"]
    while let sequence = node, try type(sequence) == "Sequence" {
      let processors = try sequence["processors"]?.elements() ?? []
      if processors.count > 1 {
        throw TokenizerError(
          path: root.path, "the post_processor is a sequence of \(processors.count); one alone is supported")
      }
      node = processors.first
    }
    guard let node else {
      return TemplateProcessing(
        single: [.first(typeID: 0)], pair: [.first(typeID: 0), .second(typeID: 1)])
    }
    switch try type(node) {
    case "BertProcessing": return .bert(cls: try token(node, "cls"), sep: try token(node, "sep"))
    case "TemplateProcessing":
      return TemplateProcessing(
        single: try pieces(node, node["single"]), pair: try pieces(node, node["pair"]))
    default:
      throw refuse("post_processor", node, "TemplateProcessing, BertProcessing and none are")
    }
  }

  /// The id of a token that BertProcessing names: a list of its text and its id.
  private func token(_ node: JSONNode, _ key: String) throws -> Int32 {
    guard let id = try node[key]?.elements().last?.int() else {
      throw TokenizerError(path: root.path, "the post_processor names no \(key)")
    }
    return Int32(clamping: id)
  }

  private func pieces(_ template: JSONNode, _ list: JSONNode?) throws -> [TemplateProcessing.Piece] {
    try list?.elements().map { node in
      if let sequence = node["Sequence"] {
        let type = Int32(clamping: try sequence["type_id"]?.int() ?? 0)
        return try sequence["id"]?.string() == "B" ? .second(typeID: type) : .first(typeID: type)
      }
      guard let special = node["SpecialToken"], let id = try special["id"]?.string() else {
        throw TokenizerError(
          path: root.path, "the post_processor holds something else than Sequence and SpecialToken")
      }
      guard let ids = template["special_tokens"]?[id]?["ids"] else {
        throw TokenizerError(path: root.path, "the post_processor adds \(id), but does not say its ids")
      }
      return .special(
        ids: try ids.elements().map { Int32(clamping: try $0.int()) },
        typeID: Int32(clamping: try special["type_id"]?.int() ?? 0))
    } ?? []
  }
}
