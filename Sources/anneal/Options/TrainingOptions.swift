public import ArgumentParser
public import Training

extension Scheduler: ExpressibleByArgument {}

/// How a model is trained; what is left out has the default of the task.
struct TrainingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Passes over the training rows.", valueName: "n"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Sequences of a batch.", valueName: "n"))
  var batchSize = 32

  @Option(help: ArgumentHelp("Tokens of a batch, instead of a number of sequences.", valueName: "n"))
  var batchTokens: Int?

  @Option(help: ArgumentHelp("Batches whose gradients make one step.", valueName: "n"))
  var gradientAccumulationSteps = 1

  @Option(help: ArgumentHelp("Batches' worth of rows that are sorted by length together.", valueName: "n"))
  var lengthWindow = 1

  @Option(help: ArgumentHelp("The learning rate at the end of the warm-up.", valueName: "rate"))
  var learningRate: Double?

  @Option(help: "How the learning rate falls.")
  var lrScheduler = Scheduler.linear

  @Option(help: ArgumentHelp("The part of the steps in which the learning rate rises.", valueName: "part"))
  var warmupRatio = 0.1

  @Option(help: ArgumentHelp("Decoupled weight decay.", valueName: "decay"))
  var weightDecay = 0.01

  @Option(help: ArgumentHelp("The largest norm of all gradients together; 0 for none.", valueName: "norm"))
  var maxGradNorm = 1.0

  @Option(help: ArgumentHelp("Dropout, where it is not to be the model's own.", valueName: "part"))
  var dropout: Double?

  @Option(help: ArgumentHelp("The part of a target that goes to all classes alike.", valueName: "part"))
  var labelSmoothing = 0.0

  @Option(help: ArgumentHelp("Tokens after which a text or pair is truncated.", valueName: "n"))
  var maxLength: Int?

  @Option(help: ArgumentHelp("Use only the first rows of the training data.", valueName: "rows"))
  var limit: Int?

  @Option(help: ArgumentHelp("Steps between evaluations; every epoch if left out.", valueName: "n"))
  var evalSteps: Int?

  @Option(help: ArgumentHelp("Steps between checkpoints; every two minutes if left out.", valueName: "n"))
  var saveSteps: Int?

  @Option(help: ArgumentHelp("Newest checkpoints that are kept.", valueName: "n"))
  var saveTotalLimit = 2

  @Option(
    help: ArgumentHelp("Keep every n-th checkpoint too, to the end of the run.", valueName: "n"))
  var keepEvery: Int?

  @Option(
    help: ArgumentHelp("Evaluations without a better metric after which a stage ends.", valueName: "n"))
  var patience: Int?

  /// The settings that these options and the common ones make.
  func settings(with common: CommonOptions) -> TrainingSettings {
    var settings = settings
    settings.seed = common.seed
    settings.threads = common.threads
    return settings
  }

  /// The settings that these options make.
  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.batchSize = batchSize
    settings.batchTokens = batchTokens
    settings.gradientAccumulationSteps = gradientAccumulationSteps
    settings.lengthWindow = lengthWindow
    settings.learningRate = learningRate
    settings.scheduler = lrScheduler
    settings.warmupRatio = warmupRatio
    settings.weightDecay = weightDecay
    settings.maxGradNorm = maxGradNorm
    settings.dropout = dropout
    settings.labelSmoothing = labelSmoothing
    settings.maxLength = maxLength
    settings.evalSteps = evalSteps
    settings.saveSteps = saveSteps
    settings.saveTotalLimit = saveTotalLimit
    settings.keepEvery = keepEvery
    settings.patience = patience
    return settings
  }

  /// A setting out of its range is wrong usage, found before anything is read.
  func validate() throws {
    do {
      try settings.validate()
    } catch let error as TrainingError {
      throw ValidationError("\(error).")
    }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }
}
