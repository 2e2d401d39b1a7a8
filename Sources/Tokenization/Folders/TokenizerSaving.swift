import Files

extension Tokenizer {
  /// Writes `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json` and `vocab.txt`, so that transformers
  /// and `init(directory:)` give the same ids.
  ///
  /// The class is `BertTokenizer` where its options say everything, else `PreTrainedTokenizerFast`. `never_split` is
  /// written too, which transformers does not read. A vocabulary whose tokens do not fit lines has no `vocab.txt`.
  public func save(to directory: String) throws {
    let empty = core.modelVocabulary.tokens.count { $0.isEmpty }
    if empty > 1 && vocabulary.count > core.modelVocabulary.count {
      throw TokenizerError(
        path: directory, "a vocabulary with \(empty) empty tokens cannot be saved with added tokens")
    }
    try Files.makeDirectory(directory)
    let vocabularyPath = directory + "/vocab.txt"
    if core.modelVocabulary.fitsLines {
      try Files.write(core.modelVocabulary.fileBytes, to: vocabularyPath)
    } else if Files.exists(vocabularyPath) {
      try Files.remove(vocabularyPath)
    }
    try Files.write(JSONWriter.bytes(tokenizerFile), to: directory + "/tokenizer.json")
    try Files.write(JSONWriter.bytes(configurationFile), to: directory + "/tokenizer_config.json")
    try Files.write(JSONWriter.bytes(.object(declaredTokens)), to: directory + "/special_tokens_map.json")
  }

  private static func text(_ text: String) -> JSONText { .string(text) }
  private static func whole(_ number: some BinaryInteger) -> JSONText { .number(String(number)) }

  /// Whether `BertTokenizer` makes the same tokenizer of the options in `tokenizer_config.json`.
  private var isBertTokenizer: Bool {
    settings.pipeline == nil && settings.template == nil && settings.continuingSubwordPrefix == "##"
      && settings.maxInputCharsPerWord == 100
      && [settings.unkToken, settings.clsToken, settings.sepToken].allSatisfy(isAdded)
  }

  /// Whether a token is looked for in texts.
  private func isAdded(_ content: String) -> Bool {
    core.added.entries.contains { !$0.isWord && $0.bytes.elementsEqual(content.utf8) }
  }

  /// The named special tokens that are looked for, and null for the others: transformers would add them.
  private var namedTokens: [(key: String, value: JSONText)] {
    [
      ("unk_token", settings.unkToken), ("sep_token", settings.sepToken), ("pad_token", settings.padToken),
      ("cls_token", settings.clsToken), ("mask_token", settings.maskToken),
    ].map { ($0, isAdded($1) ? .string($1) : .null) }
  }

  /// The named special tokens, and the list of further ones.
  private var declaredTokens: [(key: String, value: JSONText)] {
    let named = namedTokens.filter { if case .null = $0.value { false } else { true } }
    let names = Set(settings.specialTokens.map { Array($0.utf8) })
    let further = addedEntries.filter { $0.token.special && !names.contains($0.bytes) }
    if further.isEmpty { return named }
    return named + [("additional_special_tokens", .array(further.map { Self.text($0.token.content) }))]
  }

  /// The added tokens in the order of their ids.
  private var addedEntries: [AddedTokenTable.Entry] {
    core.added.entries.filter { !$0.isWord }.sorted { $0.id < $1.id }
  }

  private func options(_ token: AddedToken) -> [(key: String, value: JSONText)] {
    [
      ("content", Self.text(token.content)), ("single_word", .bool(token.singleWord)),
      ("lstrip", .bool(token.lstrip)), ("rstrip", .bool(token.rstrip)),
      ("normalized", .bool(token.normalized)), ("special", .bool(token.special)),
    ]
  }

  private var configurationFile: JSONText {
    var members: [(key: String, value: JSONText)] = [
      (
        "added_tokens_decoder",
        .object(addedEntries.map { (String($0.id), .object(options($0.token))) })
      )
    ]
    members += declaredTokens.filter { $0.key == "additional_special_tokens" }
    members += [
      ("do_lower_case", .bool(settings.doLowerCase)),
      ("strip_accents", settings.stripAccents.map { .bool($0) } ?? .null),
      ("tokenize_chinese_chars", .bool(settings.tokenizeChineseChars)),
    ]
    members += namedTokens
    if let length = settings.modelMaxLength { members.append(("model_max_length", Self.whole(length))) }
    if settings.truncationSide != .right {
      members.append(("truncation_side", Self.text(settings.truncationSide.rawValue)))
    }
    if !settings.neverSplit.isEmpty {
      members.append(("never_split", .array(settings.neverSplit.map(Self.text))))
    }
    if let windows = settings.windows {
      members += [
        ("window_length", Self.whole(windows.length)), ("window_stride", Self.whole(windows.stride)),
        ("window_pooling", Self.text(windows.pooling.rawValue)),
      ]
    }
    if settings.readsPairsApart { members.append(("pair_encoding", Self.text("bi"))) }
    let name = isBertTokenizer ? "BertTokenizer" : "PreTrainedTokenizerFast"
    members.append(("tokenizer_class", Self.text(name)))
    return .object(members)
  }

  private var tokenizerFile: JSONText {
    let prefix = settings.continuingSubwordPrefix
    return .object([
      ("version", Self.text("1.0")), ("truncation", .null), ("padding", .null),
      (
        "added_tokens",
        .array(addedEntries.map { .object([("id", Self.whole($0.id))] + options($0.token)) })
      ),
      ("normalizer", normalizers), ("pre_tokenizer", preTokenizers), ("post_processor", template),
      (
        "decoder",
        .object([
          ("type", Self.text("WordPiece")), ("prefix", Self.text(prefix)), ("cleanup", .bool(true)),
        ])
      ),
      (
        "model",
        .object([
          ("type", Self.text("WordPiece")), ("unk_token", Self.text(settings.unkToken)),
          ("continuing_subword_prefix", Self.text(prefix)),
          ("max_input_chars_per_word", Self.whole(settings.maxInputCharsPerWord)),
          ("vocab", .object(entries)),
        ])
      ),
    ])
  }

  /// The tokens of the model with their ids; of empty ones the last alone, as transformers reads lines.
  private var entries: [(key: String, value: JSONText)] {
    let tokens = core.modelVocabulary.tokens
    let lastEmpty = tokens.lastIndex { $0.isEmpty }
    return tokens.enumerated().compactMap { id, token in
      token.isEmpty && id != lastEmpty ? nil : (token, Self.whole(id))
    }
  }

  private static func step(_ type: String, _ options: [(key: String, value: JSONText)] = []) -> JSONText {
    .object([("type", text(type))] + options)
  }

  /// Steps as one: null for none, a sequence for several.
  private static func steps(_ steps: [JSONText], _ key: String) -> JSONText {
    steps.isEmpty ? .null : steps.count == 1 ? steps[0] : step("Sequence", [(key, .array(steps))])
  }

  private var normalizers: JSONText {
    let steps = core.pipeline.normalizers.map { normalizer -> JSONText in
      switch normalizer {
      case .nfd: return Self.step("NFD")
      case .stripAccents: return Self.step("StripAccents")
      case .lowercase: return Self.step("Lowercase")
      case .bert(let clean, let chinese, let strip, let lowercase):
        // Unless settings differ, accents go by lower-casing: null.
        let isPlain = core.hasOwnPipeline ? strip == lowercase : settings.stripAccents == nil
        return Self.step(
          "BertNormalizer",
          [
            ("clean_text", .bool(clean)), ("handle_chinese_chars", .bool(chinese)),
            ("strip_accents", isPlain ? .null : .bool(strip)), ("lowercase", .bool(lowercase)),
          ])
      }
    }
    return Self.steps(steps, "normalizers")
  }

  private var preTokenizers: JSONText {
    let steps = core.pipeline.preTokenizers.map { step -> JSONText in
      switch step {
      case .bert: Self.step("BertPreTokenizer")
      case .whitespaceSplit: Self.step("WhitespaceSplit")
      case .whitespace: Self.step("Whitespace")
      case .punctuation(let removed):
        Self.step("Punctuation", [("behavior", Self.text(removed ? "Removed" : "Isolated"))])
      }
    }
    return Self.steps(steps, "pretokenizers")
  }

  private var template: JSONText {
    var special: [(key: String, value: JSONText)] = []
    func pieces(_ pieces: [TemplateProcessing.Piece]) -> JSONText {
      .array(
        pieces.map { piece in
          switch piece {
          case .first(let type): return sequence("A", type)
          case .second(let type): return sequence("B", type)
          case .special(let ids, let type):
            let tokens = ids.map { vocabulary.token($0) ?? "" }
            let name = tokens.joined(separator: " ")
            if !special.contains(where: { $0.key.utf8.elementsEqual(name.utf8) }) {
              special.append(
                (
                  name,
                  .object([
                    ("id", Self.text(name)), ("ids", .array(ids.map { Self.whole($0) })),
                    ("tokens", .array(tokens.map(Self.text))),
                  ])
                ))
            }
            return .object([
              ("SpecialToken", .object([("id", Self.text(name)), ("type_id", Self.whole(type))]))
            ])
          }
        })
    }
    func sequence(_ name: String, _ type: Int32) -> JSONText {
      .object([("Sequence", .object([("id", Self.text(name)), ("type_id", Self.whole(type))]))])
    }
    let single = pieces(core.template.single)
    let pair = pieces(core.template.pair)
    return Self.step(
      "TemplateProcessing", [("single", single), ("pair", pair), ("special_tokens", .object(special))])
  }
}
