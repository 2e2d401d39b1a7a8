import Files
import FoundationEssentials

/// The parts of a model folder that say how to tokenize.
private struct ConfigurationFile: Codable {
  /// A token given by its text, or with its options as `AddedToken` has them.
  enum Token: Codable {
    case text(String)
    case options(Options)

    struct Options: Codable {
      var id: Int32?
      var content: String
      var special: Bool?
      var singleWord: Bool?
      var lstrip: Bool?
      var rstrip: Bool?
      var normalized: Bool?

      /// The token as the settings have it.
      func added(id: Int32?) -> AddedToken {
        AddedToken(
          content, id: self.id ?? id, special: special ?? false, singleWord: singleWord ?? false,
          lstrip: lstrip ?? false, rstrip: rstrip ?? false, normalized: normalized ?? !(special ?? false))
      }
    }

    var content: String {
      switch self {
      case .text(let content): content
      case .options(let options): options.content
      }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .options(try container.decode(Options.self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .options(let options): try container.encode(options)
      }
    }
  }

  var doLowerCase: Bool?
  var stripAccents: Bool?
  var tokenizeChineseChars: Bool?
  var modelMaxLength: Double?
  var unkToken: Token?
  var clsToken: Token?
  var sepToken: Token?
  var padToken: Token?
  var maskToken: Token?
  var neverSplit: [String]?
  var wordpiecesPrefix: String?
  var maxInputCharsPerWord: Int?
  var addedTokensDecoder: [String: Token.Options]?
  var tokenizerClass: String?
}

/// The parts of a `tokenizer.json` that a BERT tokenizer uses.
private struct TokenizerFile: Decodable {
  struct Model: Decodable {
    var type: String?
    var unkToken: String?
    var continuingSubwordPrefix: String?
    var maxInputCharsPerWord: Int?
  }
  struct Normalizer: Decodable {
    var type: String
    var cleanText: Bool?
    var handleChineseChars: Bool?
    var stripAccents: Bool?
    var lowercase: Bool?
  }
  struct PreTokenizer: Decodable {
    var type: String
  }
  var model: Model
  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer?
  var addedTokens: [ConfigurationFile.Token.Options]?
}

/// What a `tokenizer.json` beside a `vocab.txt` has to say.
private struct AddedTokensFile: Decodable {
  var addedTokens: [ConfigurationFile.Token.Options]?
}

extension Tokenizer {
  /// Reads a model folder: `vocab.txt`, or else `tokenizer.json`, and `tokenizer_config.json` where it is there.
  ///
  /// Added tokens come from each of `tokenizer_config.json`, `tokenizer.json` and `added_tokens.json` that is there;
  /// the first of them that names a token counts.
  public init(directory: String) throws {
    var settings = TokenizerSettings()
    let vocabularyPath = directory + "/vocab.txt"
    let vocabulary: Vocabulary
    if Files.exists(vocabularyPath) {
      vocabulary = try Vocabulary(file: vocabularyPath)
      if Files.exists(directory + "/tokenizer.json") {
        let file = try Self.decode(AddedTokensFile.self, directory + "/tokenizer.json")
        settings.addedTokens = (file.addedTokens ?? []).map { $0.added(id: nil) }
      }
    } else if Files.exists(directory + "/tokenizer.json") {
      vocabulary = try Self.read(tokenizerFile: directory + "/tokenizer.json", into: &settings)
    } else {
      throw TokenizerError(path: directory, "there is neither a vocab.txt nor a tokenizer.json")
    }
    let configurationPath = directory + "/tokenizer_config.json"
    if Files.exists(configurationPath) { try Self.read(configuration: configurationPath, into: &settings) }
    let addedPath = directory + "/added_tokens.json"
    if Files.exists(addedPath) { try Self.read(addedTokens: addedPath, into: &settings) }
    try self.init(vocabulary: vocabulary, settings: settings)
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ path: String, keys: JSONDecoder.KeyDecodingStrategy = .convertFromSnakeCase
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = keys
    return try reading(path) { try decoder.decode(type, from: Data($0)) }
  }

  /// What `parse` makes of a file's bytes, with its errors as those of that file.
  private static func reading<Value>(_ path: String, _ parse: ([UInt8]) throws -> Value) throws -> Value {
    do {
      return try parse(try Files.read(path))
    } catch let error as DecodingError {
      throw TokenizerError(path: path, "not the expected JSON: \(Self.describe(error))")
    }
  }

  private static func describe(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      (context.codingPath.isEmpty ? "" : context.codingPath.map(\.stringValue).joined(separator: ".") + ": ")
        + context.debugDescription
    case .keyNotFound(let key, _): "\(key.stringValue) is missing"
    @unknown default: "unreadable"
    }
  }

  private static func read(tokenizerFile path: String, into settings: inout TokenizerSettings) throws
    -> Vocabulary
  {
    let file = try decode(TokenizerFile.self, path)
    if let type = file.model.type, type != "WordPiece" {
      throw TokenizerError(path: path, "the model is \(type); only WordPiece is supported")
    }
    guard let normalizer = file.normalizer, normalizer.type == "BertNormalizer", normalizer.cleanText != false
    else {
      throw TokenizerError(
        path: path,
        "the normalizer is \(file.normalizer?.type ?? "null"); only BertNormalizer with clean_text is supported"
      )
    }
    guard file.preTokenizer?.type == "BertPreTokenizer" else {
      throw TokenizerError(
        path: path,
        "the pre_tokenizer is \(file.preTokenizer?.type ?? "null"); only BertPreTokenizer is supported")
    }
    settings.doLowerCase = normalizer.lowercase ?? true
    settings.stripAccents = normalizer.stripAccents
    settings.tokenizeChineseChars = normalizer.handleChineseChars ?? true
    settings.unkToken = file.model.unkToken ?? settings.unkToken
    settings.continuingSubwordPrefix = file.model.continuingSubwordPrefix ?? "##"
    settings.maxInputCharsPerWord = file.model.maxInputCharsPerWord ?? 100
    settings.addedTokens = (file.addedTokens ?? []).map { $0.added(id: nil) }
    return try vocabulary(tokenizerFile: path)
  }

  private static func vocabulary(tokenizerFile path: String) throws -> Vocabulary {
    guard let entries = try reading(path, VocabularyScan.entries) else {
      throw TokenizerError(path: path, "model.vocab is missing: an object of tokens and their ids")
    }
    var tokens = [String](repeating: "", count: entries.count)
    for (token, id) in entries {
      guard let id = Int(id), tokens.indices.contains(id), tokens[id].isEmpty else {
        throw TokenizerError(
          path: path,
          "the ids of the vocabulary are not 0 to \(tokens.count - 1), each once: \"\(token)\" has \(id)")
      }
      tokens[id] = token
    }
    return try Vocabulary(tokens: tokens)
  }

  private static func read(configuration path: String, into settings: inout TokenizerSettings) throws {
    let file = try decode(ConfigurationFile.self, path)
    settings.doLowerCase = file.doLowerCase ?? settings.doLowerCase
    settings.stripAccents = file.stripAccents ?? settings.stripAccents
    settings.tokenizeChineseChars = file.tokenizeChineseChars ?? settings.tokenizeChineseChars
    // Hugging Face writes 1e30 for "no limit".
    if let length = file.modelMaxLength, length >= 1, length < 1e9 { settings.modelMaxLength = Int(length) }
    settings.unkToken = file.unkToken?.content ?? settings.unkToken
    settings.clsToken = file.clsToken?.content ?? settings.clsToken
    settings.sepToken = file.sepToken?.content ?? settings.sepToken
    settings.padToken = file.padToken?.content ?? settings.padToken
    settings.maskToken = file.maskToken?.content ?? settings.maskToken
    settings.neverSplit = file.neverSplit ?? settings.neverSplit
    settings.continuingSubwordPrefix = file.wordpiecesPrefix ?? settings.continuingSubwordPrefix
    settings.maxInputCharsPerWord = file.maxInputCharsPerWord ?? settings.maxInputCharsPerWord
    for (key, options) in (file.addedTokensDecoder ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard let id = Int32(key) else {
        throw TokenizerError(path: path, "added_tokens_decoder: \"\(key)\" is no id")
      }
      settings.addedTokens.removeAll { $0.content == options.content }
      settings.addedTokens.append(options.added(id: id))
    }
    settings.addedTokens.sort { ($0.id ?? .max, $0.content) < ($1.id ?? .max, $1.content) }
  }

  /// Reads the ids by token of an `added_tokens.json`, for tokens that no other file describes.
  private static func read(addedTokens path: String, into settings: inout TokenizerSettings) throws {
    for (content, id) in try decode([String: Int32].self, path, keys: .useDefaultKeys).sorted(by: {
      $0.value < $1.value
    })
    where !settings.addedTokens.contains(where: { $0.content == content }) {
      let isSpecial = settings.specialTokens.contains(content)
      settings.addedTokens.append(AddedToken(content, id: id, special: isSpecial, normalized: !isSpecial))
    }
  }

  /// Writes `vocab.txt`, `tokenizer_config.json` and `special_tokens_map.json`, as transformers reads them.
  ///
  /// Throws for tokens that lines cannot hold, such as those with a line feed in them.
  public func save(to directory: String) throws {
    let settings = settings
    guard vocabulary.fitsLines else {
      throw TokenizerError(path: directory, "the vocabulary has tokens that a line of vocab.txt cannot hold")
    }
    try Files.makeDirectory(directory)
    try Files.write(vocabulary.fileBytes, to: directory + "/vocab.txt")
    var decoder: [String: ConfigurationFile.Token.Options] = [:]
    for entry in core.added.entries where !entry.isWord {
      let token = entry.token
      decoder[String(entry.id)] = .init(
        content: token.content, special: token.special, singleWord: token.singleWord, lstrip: token.lstrip,
        rstrip: token.rstrip, normalized: token.normalized)
    }
    let special: [(String, String)] = [
      ("unk_token", settings.unkToken), ("sep_token", settings.sepToken), ("pad_token", settings.padToken),
      ("cls_token", settings.clsToken), ("mask_token", settings.maskToken),
    ]
    let configuration = ConfigurationFile(
      doLowerCase: settings.doLowerCase, stripAccents: settings.stripAccents,
      tokenizeChineseChars: settings.tokenizeChineseChars,
      modelMaxLength: settings.modelMaxLength.map(Double.init), unkToken: .text(settings.unkToken),
      clsToken: .text(settings.clsToken), sepToken: .text(settings.sepToken),
      padToken: .text(settings.padToken), maskToken: .text(settings.maskToken),
      neverSplit: settings.neverSplit.isEmpty ? nil : settings.neverSplit,
      wordpiecesPrefix: settings.continuingSubwordPrefix == "##" ? nil : settings.continuingSubwordPrefix,
      maxInputCharsPerWord: settings.maxInputCharsPerWord == 100 ? nil : settings.maxInputCharsPerWord,
      addedTokensDecoder: decoder, tokenizerClass: "BertTokenizer")
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try Files.write(try encoder.encode(configuration) + [10], to: directory + "/tokenizer_config.json")
    let map = Dictionary(uniqueKeysWithValues: special)
    try Files.write(try encoder.encode(map) + [10], to: directory + "/special_tokens_map.json")
  }
}
