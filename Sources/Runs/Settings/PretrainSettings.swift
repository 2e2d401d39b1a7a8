import BERT
public import Distillation
import Tokenization
public import Training

/// Everything that decides a run on text.
public struct PretrainSettings: RunSettings {
  /// Files of text, plain or gzip.
  public var text: [String]
  /// How often an epoch reads each file; once if left out, half of its rows at 0.5.
  public var textWeights: [Double]?
  /// How lines become rows; `packed` if left out, `lines` where the method compares sentences.
  public var rows: TextForm?
  /// Files of text to measure on, instead of the last share of the text.
  public var devText: [String]?
  /// The share of each file's rows, the last, that is measured on; 0.01 if left out.
  public var devShare: Double?
  /// Pairs of sentences with scores, in STS-B's layout, to measure sentence vectors on: a file, or a folder with dev.tsv.
  public var devSTS: String?
  /// The run folder.
  public var output: String
  /// A checkpoint to start from.
  public var model: String?
  /// Or a shape `LxHxA[xI]` to start from scratch.
  public var shape: String?
  /// Or layers of the teacher, from 1; with a shape too, cut to its width.
  public var studentLayers: [Int]?
  /// The checkpoint whose layers they are, where they are not the teacher's.
  public var studentFrom: String?
  /// The vocabulary of a model from scratch: a file or a tokenizer's folder; the teacher's if left out.
  public var vocabulary: String?
  /// The folder of the model that is learnt from, where the method needs one.
  public var teacher: String?
  /// The method by name.
  public var method = "mlm"
  /// The method written out, instead of a name.
  public var recipe: Recipe?
  /// Replaces the temperature of every term that has one.
  public var temperature: Double?
  /// Replaces the layer map of every term that compares layers.
  public var layerMap: LayerMap?
  /// Replaces the weights of terms by their names.
  public var weights: [String: Double] = [:]
  /// The share of tokens that is masked; 0.15 if left out, nothing where the method predicts no tokens.
  public var maskShare: Double?
  /// Whether all pieces of a word are masked together.
  public var wholeWord = false
  /// How many words a step draws to compare predictions over, beside those that are certain; all words if left out.
  public var vocabularySample: Int?
  /// What becomes of the projection to the teacher's width; left behind if left out.
  public var projection: ProjectionUse?
  /// Steps of all stages together, instead of epochs.
  public var maxSteps: Int?
  /// Whether a run that is in the folder already is removed first.
  public var overwrite = false
  /// The optimizer, the batches, the length.
  public var training = TrainingSettings()

  /// Settings with everything at its default; give a model, a shape or a student's layers.
  public init(text: [String], output: String) { (self.text, self.output) = (text, output) }

  /// Text, models and vocabulary.
  public var sources: [String] {
    text + (devText ?? []) + [devSTS, model, studentFrom, vocabulary, teacher].compactMap(\.self)
  }

  /// Without places and threads.
  public var comparable: PretrainSettings {
    var settings = self
    (settings.output, settings.overwrite, settings.training.threads) = ("", false, nil)
    settings.training.overlapComm = nil
    return settings
  }

  /// Names the model of a run wherever the run's folder is given for it.
  public mutating func resolveModels() {
    (model, teacher) = (model.map(RunFolder.model(at:)), teacher.map(RunFolder.model(at:)))
    studentFrom = studentFrom.map(RunFolder.model(at:))
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case text, rows, output, model, shape, teacher, method, recipe, temperature, weights, overwrite, training,
      projection
    case textWeights = "text_weights"
    case devText = "dev_text"
    case devShare = "dev_share"
    case devSTS = "dev_sts"
    case studentLayers = "student_layers"
    case studentFrom = "student_from"
    case vocabulary = "vocab"
    case layerMap = "layer_map"
    case maskShare = "mask_share"
    case wholeWord = "whole_word"
    case vocabularySample = "vocabulary_sample"
    case maxSteps = "max_steps"
  }

  /// Reads settings; keys that are left out keep their defaults, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    text = try values.decodeIfPresent([String].self, forKey: .text) ?? []
    textWeights = try values.decodeIfPresent([Double].self, forKey: .textWeights)
    rows = try values.decodeIfPresent(TextForm.self, forKey: .rows)
    devText = try values.decodeIfPresent([String].self, forKey: .devText)
    devShare = try values.decodeIfPresent(Double.self, forKey: .devShare)
    devSTS = try values.decodeIfPresent(String.self, forKey: .devSTS)
    output = try values.decodeIfPresent(String.self, forKey: .output) ?? ""
    model = try values.decodeIfPresent(String.self, forKey: .model)
    shape = try values.decodeIfPresent(String.self, forKey: .shape)
    studentLayers = try values.decodeIfPresent([Int].self, forKey: .studentLayers)
    studentFrom = try values.decodeIfPresent(String.self, forKey: .studentFrom)
    vocabulary = try values.decodeIfPresent(String.self, forKey: .vocabulary)
    teacher = try values.decodeIfPresent(String.self, forKey: .teacher)
    try values.read(.method, into: &method)
    recipe = try values.decodeIfPresent(Recipe.self, forKey: .recipe)
    temperature = try values.decodeIfPresent(Double.self, forKey: .temperature)
    layerMap = try values.decodeIfPresent(LayerMap.self, forKey: .layerMap)
    try values.read(.weights, into: &weights)
    maskShare = try values.decodeIfPresent(Double.self, forKey: .maskShare)
    try values.read(.wholeWord, into: &wholeWord)
    vocabularySample = try values.decodeIfPresent(Int.self, forKey: .vocabularySample)
    projection = try values.decodeIfPresent(ProjectionUse.self, forKey: .projection)
    maxSteps = try values.decodeIfPresent(Int.self, forKey: .maxSteps)
    try values.read(.overwrite, into: &overwrite)
    try values.read(.training, into: &training)
  }
}
