/// A token that is looked for in the text before anything else, as Hugging Face's `added_tokens` are.
public struct AddedToken: Sendable, Equatable {
  /// The token as it stands in a text.
  public var content: String
  /// Its id; nil to take the vocabulary's, or the next free one.
  public var id: Int32?
  /// Whether decoding leaves it out with the special tokens.
  public var special: Bool
  /// Whether it counts only where no letter, digit or underscore touches it.
  public var singleWord: Bool
  /// Whether it takes the white space before it along.
  public var lstrip: Bool
  /// Whether it takes the white space after it along.
  public var rstrip: Bool
  /// Whether it is looked for in the normalised text, itself normalised, instead of in the text as given.
  public var normalized: Bool

  /// A special token, looked for in the text as given.
  public init(
    _ content: String, id: Int32? = nil, special: Bool = true, singleWord: Bool = false, lstrip: Bool = false,
    rstrip: Bool = false, normalized: Bool = false
  ) {
    self.content = content
    self.id = id
    self.special = special
    self.singleWord = singleWord
    self.lstrip = lstrip
    self.rstrip = rstrip
    self.normalized = normalized
  }

  /// Whether the other token's text is the same, byte for byte.
  func hasContent(of other: AddedToken) -> Bool { content.utf8.elementsEqual(other.content.utf8) }

  /// Whether all is the same, the text byte for byte: canonically equivalent tokens are two.
  public static func == (left: AddedToken, right: AddedToken) -> Bool {
    left.hasContent(of: right) && left.id == right.id && left.special == right.special
      && left.singleWord == right.singleWord && left.lstrip == right.lstrip && left.rstrip == right.rstrip
      && left.normalized == right.normalized
  }
}

/// What the files of a tokenizer's folder say beside its vocabulary; the defaults are those of `BertTokenizer`.
///
/// A special token that there is none of is an empty text.
public struct TokenizerSettings: Sendable, Equatable {
  /// Whether text is lower-cased (`do_lower_case`).
  public var doLowerCase: Bool
  /// Whether accents are stripped (`strip_accents`); nil follows `doLowerCase`.
  public var stripAccents: Bool?
  /// Whether every Chinese character is a word (`tokenize_chinese_chars`).
  public var tokenizeChineseChars: Bool
  /// The steps before words are looked up (`tokenizer.json`); nil for BERT's own, by the three options above.
  public var pipeline: TextPipeline?
  /// What is put around texts (`tokenizer.json`); nil for BERT's `[CLS] … [SEP] … [SEP]`.
  public var template: TemplateProcessing?
  /// Which end of a text stays where it is cut (`truncation_side`): the end where `left`.
  public var truncationSide: TruncationSide
  /// The longest input that the model takes, in tokens (`model_max_length`); kept, not applied by itself.
  public var modelMaxLength: Int?
  /// How longer texts are read in windows; nil where they are cut; kept, not applied by itself.
  public var windows: TextWindows?
  /// Whether the texts of a pair are read by themselves, one encoding behind the other, as a bi-encoder takes them.
  public var readsPairsApart = false
  /// Stands for words that no pieces make up.
  public var unkToken: String
  /// Begins every encoding, where `template` says nothing else.
  public var clsToken: String
  /// Ends every text of an encoding, where `template` says nothing else.
  public var sepToken: String
  /// Fills up batches.
  public var padToken: String
  /// Stands for a token to be predicted.
  public var maskToken: String
  /// Words between white space that are neither normalised nor split at punctuation (`never_split`).
  public var neverSplit: [String]
  /// Further tokens to look for in the text, besides the five special ones.
  public var addedTokens: [AddedToken]
  /// Whether the five special tokens are looked for where the vocabulary has them; folders list them among
  /// `addedTokens` where they are.
  public var findsSpecialTokens: Bool
  /// What pieces that continue a word begin with in the vocabulary.
  public var continuingSubwordPrefix: String
  /// Longer words, counted in scalars, are unknown.
  public var maxInputCharsPerWord: Int

  /// Settings that differ from BERT's uncased ones where given.
  public init(
    doLowerCase: Bool = true, stripAccents: Bool? = nil, tokenizeChineseChars: Bool = true,
    pipeline: TextPipeline? = nil, template: TemplateProcessing? = nil,
    truncationSide: TruncationSide = .right, modelMaxLength: Int? = nil, unkToken: String = "[UNK]",
    clsToken: String = "[CLS]",
    sepToken: String = "[SEP]", padToken: String = "[PAD]", maskToken: String = "[MASK]",
    neverSplit: [String] = [], addedTokens: [AddedToken] = [], findsSpecialTokens: Bool = true,
    continuingSubwordPrefix: String = "##", maxInputCharsPerWord: Int = 100
  ) {
    self.doLowerCase = doLowerCase
    self.stripAccents = stripAccents
    self.tokenizeChineseChars = tokenizeChineseChars
    self.pipeline = pipeline
    self.template = template
    self.truncationSide = truncationSide
    self.modelMaxLength = modelMaxLength
    self.unkToken = unkToken
    self.clsToken = clsToken
    self.sepToken = sepToken
    self.padToken = padToken
    self.maskToken = maskToken
    self.neverSplit = neverSplit
    self.addedTokens = addedTokens
    self.findsSpecialTokens = findsSpecialTokens
    self.continuingSubwordPrefix = continuingSubwordPrefix
    self.maxInputCharsPerWord = maxInputCharsPerWord
  }

  /// The five special tokens in the order in which BERT's vocabularies list them.
  public var specialTokens: [String] {
    [padToken, unkToken, clsToken, sepToken, maskToken].filter { !$0.isEmpty }
  }
}
