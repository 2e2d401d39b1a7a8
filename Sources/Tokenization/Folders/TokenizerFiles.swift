import Files

extension Tokenizer {
  /// Reads a model folder as transformers' `AutoTokenizer` does.
  ///
  /// The class that `tokenizer_config.json` names, or `config.json`, or its model's type, decides: for `BertTokenizer`
  /// the vocabulary comes from `tokenizer.json`, or else `vocab.txt`, and the rest from `tokenizer_config.json`; for
  /// `PreTrainedTokenizerFast`, and where nothing is named, all of `tokenizer.json` counts. Special and added tokens
  /// are declared in these files, `special_tokens_map.json` and `added_tokens.json`; those that the vocabulary lacks
  /// are added to it. Throws for what is not supported.
  public init(directory: String) throws {
    func node(_ name: String) throws -> JSONNode? { try JSONNode.readIfThere(directory + "/" + name) }
    let configuration = try node("tokenizer_config.json")
    let file = try node("tokenizer.json").map(TokenizerJSON.init)
    let vocabularyPath = directory + "/vocab.txt"
    if file == nil && !Files.exists(vocabularyPath) {
      throw TokenizerError(path: directory, "there is neither a vocab.txt nor a tokenizer.json")
    }
    let kind = try TokenizerClass.of(
      configuration, model: try? node("config.json"), hasTokenizerFile: file != nil)
    let vocabulary = try file?.vocabulary() ?? Vocabulary(file: vocabularyPath)
    let declared = try DeclaredTokens(
      configuration: configuration, specialTokensMap: node("special_tokens_map.json"),
      addedTokens: node("added_tokens.json"), tokenizerFile: file?.root,
      defaults: kind == .bert ? Self.bertTokens : [])
    var settings = TokenizerSettings()
    if let configuration { try Self.read(configuration, into: &settings) }
    var added = AddedVocabulary(vocabulary)
    switch kind {
    case .bert:
      if let configuration { try Self.readSteps(configuration, into: &settings) }
      func required(_ name: String) throws -> String {
        if let token = declared[name] { return token }
        throw TokenizerError(
          path: configuration?.path ?? directory, "\(name) is null, but the tokenizer needs one")
      }
      settings.unkToken = try required("unk_token")
      settings.clsToken = try required("cls_token")
      settings.sepToken = try required("sep_token")
    case .file:
      try file?.read(into: &settings)
      added.add(try file?.root["added_tokens"]?.elements().map { try $0.addedToken() } ?? [])
      settings.clsToken = declared["cls_token"] ?? ""
      settings.sepToken = declared["sep_token"] ?? ""
    }
    settings.padToken = declared["pad_token"] ?? ""
    settings.maskToken = declared["mask_token"] ?? ""
    if !(configuration?.has("truncation_side") ?? false),
      try file?.root["truncation"]?["direction"]?.string() == "Left"
    {
      settings.truncationSide = .left
    }
    added.add(declared.tokens(beside: added.contents))
    settings.addedTokens = added.tokens
    settings.findsSpecialTokens = false
    Self.simplify(&settings)
    let base = added.hasNewTokens ? try vocabulary.readyForAddedTokens() : vocabulary
    try self.init(vocabulary: base, settings: settings)
  }

  /// Takes BERT's template for what it is, where its tokens are declared: they are the class token and the separator.
  private static func simplify(_ settings: inout TokenizerSettings) {
    guard let (cls, sep) = settings.template?.bertIDs,
      let first = settings.addedTokens.first(where: { $0.id == cls })?.content,
      let last = settings.addedTokens.first(where: { $0.id == sep })?.content,
      ["", first].contains(settings.clsToken), ["", last].contains(settings.sepToken)
    else { return }
    (settings.clsToken, settings.sepToken, settings.template) = (first, last, nil)
  }

  /// The special tokens of `BertTokenizer`, in the order in which it adds them.
  static let bertTokens = [
    (name: "unk_token", token: "[UNK]"), (name: "sep_token", token: "[SEP]"),
    (name: "pad_token", token: "[PAD]"), (name: "cls_token", token: "[CLS]"),
    (name: "mask_token", token: "[MASK]"),
  ]

  /// Reads what counts for every class.
  private static func read(_ configuration: JSONNode, into settings: inout TokenizerSettings) throws {
    // Hugging Face writes 1e30 for "no limit".
    let length = try (configuration["model_max_length"] ?? configuration["max_len"])?.double()
    if let length, length >= 1, length < 1e9 { settings.modelMaxLength = Int(length) }
    settings.windows = try TextWindows(configuration)
    if let pairs = try configuration["pair_encoding"]?.string() {
      guard pairs == "bi" || pairs == "cross" else {
        throw TokenizerError(path: configuration.path, "pair_encoding is \(pairs); expected cross or bi")
      }
      settings.readsPairsApart = pairs == "bi"
    }
    if let side = try configuration["truncation_side"]?.string() {
      guard let known = TruncationSide(rawValue: side) else {
        throw TokenizerError(path: configuration.path, "truncation_side is \(side); expected left or right")
      }
      settings.truncationSide = known
    }
    if try configuration["split_special_tokens"]?.bool() == true {
      throw TokenizerError(path: configuration.path, "split_special_tokens is not supported")
    }
    settings.neverSplit = try configuration["never_split"]?.elements().map { try $0.string() } ?? []
  }

  /// Reads the steps of `BertTokenizer`.
  private static func readSteps(_ configuration: JSONNode, into settings: inout TokenizerSettings) throws {
    settings.doLowerCase = try configuration["do_lower_case"]?.bool() ?? true
    settings.stripAccents = try configuration["strip_accents"]?.bool()
    settings.tokenizeChineseChars = try configuration["tokenize_chinese_chars"]?.bool() ?? true
    // The reference leaves these out, so that other texts would be cut than whoever wrote them had in mind.
    let prefix = try configuration["wordpieces_prefix"]?.string() ?? "##"
    let most = try configuration["max_input_chars_per_word"]?.int() ?? 100
    if prefix != "##" || most != 100 {
      throw TokenizerError(
        path: configuration.path,
        "wordpieces_prefix \"\(prefix)\" and max_input_chars_per_word \(most) count only in the model of a "
          + "tokenizer.json, with the tokenizer_class PreTrainedTokenizerFast")
    }
  }
}
