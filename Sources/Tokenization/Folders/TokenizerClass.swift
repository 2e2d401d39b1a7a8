/// Which of a folder's files counts: what transformers makes of the class that the folder names.
enum TokenizerClass {
  /// `BertTokenizer` and its like: tokenizer.json gives the vocabulary alone, the options of tokenizer_config.json the
  /// steps, and the template is BERT's.
  case bert
  /// `PreTrainedTokenizerFast`: tokenizer.json gives everything.
  case file

  /// The classes that are `BertTokenizer` by another name.
  private static let bertClasses: Set<String> = [
    "BertTokenizer", "ConvBertTokenizer", "DistilBertTokenizer", "DPRContextEncoderTokenizer",
    "DPRQuestionEncoderTokenizer", "DPRReaderTokenizer", "ElectraTokenizer", "LayoutLMTokenizer",
    "LxmertTokenizer", "MobileBertTokenizer", "SqueezeBertTokenizer",
  ]
  private static let fileClasses: Set<String> = [
    "PreTrainedTokenizer", "PreTrainedTokenizerFast", "PythonBackend", "TokenizersBackend",
  ]
  /// The models whose tokenizer is `BertTokenizer` where no file names a class.
  private static let bertModels: Set<String> = [
    "bert", "convbert", "distilbert", "dpr", "electra", "ernie", "layoutlm", "lxmert", "megatron-bert",
    "mobilebert", "nezha", "nomic_bert", "qdqbert", "realm", "retribert", "squeezebert", "visual_bert",
  ]
  /// The models with tokenizers of their own that their vocabularies could be mistaken for BERT's.
  private static let otherModels: Set<String> = [
    "albert", "big_bird", "camembert", "deberta", "deberta-v2", "funnel", "gpt2", "herbert", "markuplm",
    "mpnet",
    "roberta", "splinter", "t5", "xlm-roberta", "xlnet",
  ]

  /// The class that tokenizer_config.json or else config.json names, or that goes with the model's type.
  static func of(_ configuration: JSONNode?, model: JSONNode?, hasTokenizerFile: Bool) throws
    -> TokenizerClass
  {
    for node in [configuration?["tokenizer_class"], model?["tokenizer_class"]] {
      guard let node else { continue }
      let name = try node.string()
      let plain = name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
      if bertClasses.contains(plain) { return .bert }
      // Without a tokenizer.json there is nothing but a vocab.txt to go by.
      if fileClasses.contains(name) { return hasTokenizerFile ? .file : .bert }
      throw TokenizerError(
        path: node.path,
        "the tokenizer_class is \(name); BertTokenizer, those that work as it does, and PreTrainedTokenizerFast are "
          + "supported")
    }
    if let node = model?["model_type"] {
      let type = try node.string()
      if bertModels.contains(type) { return .bert }
      if otherModels.contains(type) {
        throw TokenizerError(path: node.path, "the tokenizer of a model of type \(type) is not supported")
      }
    }
    return hasTokenizerFile ? .file : .bert
  }
}
