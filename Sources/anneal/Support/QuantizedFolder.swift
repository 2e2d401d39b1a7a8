import BERT
import Files
import Runs
import Tokenization
import Training

/// The folder of a model in another number format: its files, and those that stood beside the first one's.
enum QuantizedFolder {
  /// What is kept beside a model and does not depend on its format.
  private static let companions = [
    ThresholdFile.name, "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json",
    "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors",
  ]

  /// Writes a model in the place of a folder's, with its tokenizer and, of a classifier, golden rows of its own.
  ///
  /// How many tokens the model's run read is kept with the tokenizer, as the run does not come along.
  static func write(_ model: BertModel, of folder: ModelFolder, to output: String) throws {
    var tokenizer = try ModelFolder.tokenizer(folder.path)
    try Evaluator.checkVocabulary(model, tokenizer)
    if tokenizer.settings.windows == nil, let length = folder.maxLength(nil),
      length < tokenizer.settings.modelMaxLength ?? .max
    {
      var settings = tokenizer.settings
      settings.modelMaxLength = length
      tokenizer = try tokenizer.with(settings)
    }
    try model.save(to: output, with: tokenizer)
    for name in companions where Files.exists("\(folder.path)/\(name)") {
      try Files.write(try Files.read("\(folder.path)/\(name)"), to: "\(output)/\(name)")
    }
    if case .sequenceClassification = model.head {
      try GoldenRows(
        model: model, tokenizer: tokenizer, maxLength: folder.maxLength(nil) ?? .max,
        pairs: folder.hasPairs ?? true, program: ProgramVersion.number
      ).write(to: output)
    }
  }
}
