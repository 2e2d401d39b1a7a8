public import ArgumentParser
import BERT
import Distillation
import Files
public import Runs
public import Training

extension TextForm: ExpressibleByArgument {}
extension ProjectionUse: ExpressibleByArgument {}

/// Everything that `pretrain` is told.
struct PretrainOptions: ParsableArguments {
  @OptionGroup(title: "Text") var text: CorpusOptions
  @OptionGroup(title: "Model") var model: PretrainModelOptions
  @OptionGroup(title: "Output") var run: RunOptions
  @OptionGroup(title: "Settings") var file: SettingsOptions
  @OptionGroup(title: "Method") var method: PretrainMethodOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    if method.listMethods || file.allowsMissing { return }
    try require(settings)
  }

  /// Throws, as wrong usage, unless file and options together say what a run cannot do without.
  func require(_ settings: PretrainSettings) throws {
    if settings.text.isEmpty { throw ValidationError("Missing expected argument '--text <file> ...'") }
    if settings.output.isEmpty { throw ValidationError("Missing expected argument '--output <run>'") }
    if let limit = training.limit {
      throw ValidationError("--limit \(limit) is for the rows of a task: text is read for --max-steps.")
    }
    try Usage.check { try settings.check() }
  }

  /// The settings that file and options make; the options win.
  var settings: PretrainSettings {
    get throws {
      var settings = try file.read(PretrainSettings.self, or: PretrainSettings(text: [], output: ""))
      run.apply(to: &settings)
      training.apply(to: &settings.training, with: common)
      text.apply(to: &settings)
      model.apply(to: &settings)
      method.apply(to: &settings)
      if training.epochs != nil && text.maxSteps == nil { settings.maxSteps = nil }
      if text.maxSteps != nil && training.epochs == nil { settings.training.epochs = nil }
      return settings
    }
  }
}

/// The text, and how it is read.
struct CorpusOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Files of text in UTF-8, plain or gzip, of any size; a line is a sentence or a paragraph.",
      valueName: "file"),
    completion: .file())
  var text: [String] = []

  @Option(
    help: ArgumentHelp(
      "How often an epoch reads each file, such as 2,0.5. (default: once)", valueName: "list"))
  var textWeights: NumberList?

  @Option(
    help: ArgumentHelp(
      "Rows packed with lines to --max-length, or a row for each of the lines. (default: packed; lines for sentence-vectors)"
    ))
  var rows: TextForm?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Text to measure on, instead of the last of --text.", valueName: "file"),
    completion: .file())
  var devText: [String] = []

  @Option(
    name: .customLong("dev-share"),
    help: ArgumentHelp("The share of the text, the last, to measure on. (default: 0.01)", valueName: "share"))
  var devShare: Double?

  @Option(
    help: ArgumentHelp(
      "Pairs with scores to measure sentence vectors on by Spearman's correlation: STS-B's dev.tsv, or its folder.",
      valueName: "file"), completion: .file())
  var devSts: String?

  @Option(
    help: ArgumentHelp("Steps, through the text as often as they take, instead of --epochs.", valueName: "n"))
  var maxSteps: Int?

  /// Sets what these options say.
  func apply(to settings: inout PretrainSettings) {
    if !text.isEmpty { (settings.text, settings.textWeights) = (text, nil) }
    if let textWeights { settings.textWeights = textWeights.values }
    if let rows { settings.rows = rows }
    if !devText.isEmpty { (settings.devText, settings.devShare) = (devText, nil) }
    if let devShare { (settings.devShare, settings.devText) = (devShare, devText.isEmpty ? nil : devText) }
    if let devSts { settings.devSTS = devSts }
    if let maxSteps { settings.maxSteps = maxSteps }
  }
}

/// What is trained on text.
struct PretrainModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The folder of a checkpoint or of a run to start from.", valueName: "dir"),
    completion: .directory)
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Or a shape to start from scratch, LxHxA or LxHxAxI: layers, hidden size, attention heads, intermediate size.",
      valueName: "shape"))
  var shape: String?

  @Option(
    help: ArgumentHelp("Either of both, as distill takes it: a shape, or a folder.", valueName: "shape"))
  var student: String?

  @OptionGroup var choice: LayerChoiceOptions

  @Option(
    help: ArgumentHelp(
      "The vocabulary of a model from scratch: a file or a tokenizer's folder; the teacher's if left out.",
      valueName: "file"), completion: .file())
  var vocab: String?

  @Option(
    help: ArgumentHelp("The folder of the teacher or of its run.", valueName: "dir"), completion: .directory)
  var teacher: String?

  func validate() throws {
    if shape != nil && student != nil {
      throw ValidationError("--student is another word for --shape or --model: give one of them.")
    }
    if let student, !Files.isDirectory(student) {
      try Usage.check("--student") { _ = try BertConfig(shape: student, vocabSize: 1) }
    }
    if let shape {
      try Usage.check("--shape") { _ = try BertConfig(shape: shape, vocabSize: 1) }
    }
  }

  /// Sets what these options say; a model given here replaces the one of the settings as a whole.
  func apply(to settings: inout PretrainSettings) {
    if model != nil || shape != nil || student != nil || choice.layers != nil {
      // As distill takes it, a student may be the folder of a checkpoint.
      let folder = student.flatMap { Files.isDirectory($0) ? $0 : nil }
      settings.model = model ?? folder
      settings.shape = shape ?? (folder == nil ? student : nil)
      (settings.studentLayers, settings.studentFrom) = (choice.layers?.values, nil)
      if settings.model != nil { settings.vocabulary = nil }
    }
    if let origin = choice.origin { settings.studentFrom = origin }
    if let vocab { settings.vocabulary = vocab }
    if let teacher { settings.teacher = teacher }
  }
}

/// What a model learns from text.
struct PretrainMethodOptions: ParsableArguments {
  @Flag(help: "List the methods with their papers, and leave.")
  var listMethods = false

  @Option(
    help: ArgumentHelp("The method by name; --list-methods has them all. (default: mlm)", valueName: "name"),
    completion: .list(Recipe.pretraining.map(\.name)))
  var method: String?

  @Option(
    help: ArgumentHelp("The share of tokens that is masked. (default: 0.15)", valueName: "share"))
  var maskShare: Double?

  @Flag(help: "Mask all pieces of a word together.")
  var wholeWord = false

  @Option(
    help: ArgumentHelp(
      "Compare predictions over so many words that each step draws, beside the likeliest, and not over all.",
      valueName: "n"))
  var vocabularySample: Int?

  @Option(
    help:
      "Whether the learnt projection to a wider teacher's vectors is written beside the model (keep: 2_Dense, with the last weights), or left behind. (default: drop)"
  )
  var projection: ProjectionUse?

  @OptionGroup var terms: TermChangeOptions

  func validate() throws {
    if let method { try Usage.check("--method") { _ = try Recipe.pretraining(named: method) } }
  }

  /// Sets what these options say; a method given here replaces one that the settings write out.
  func apply(to settings: inout PretrainSettings) {
    if let method { (settings.method, settings.recipe) = (method, nil) }
    if let maskShare { settings.maskShare = maskShare }
    if wholeWord { settings.wholeWord = true }
    if let vocabularySample { settings.vocabularySample = vocabularySample }
    if let projection { settings.projection = projection }
    terms.apply(
      temperature: &settings.temperature, layerMap: &settings.layerMap, weights: &settings.weights)
  }

  /// The methods: name, what the model learns from, paper.
  static func list() -> String {
    Recipe.pretraining.map { "\($0.name)\n    \($0.summary)\n    \($0.paper)\n" }.joined()
      + "\nA method is stages of weighted terms; --method mlm --print-settings writes one out to be changed. Its terms are"
      + "\namong those of anneal distill --list-methods that need no answers of a task.\n"
  }
}
