public import ArgumentParser
import Runs
public import Tensors
public import Training

extension Scheduler: ExpressibleByArgument {}

extension ProductPrecision: ExpressibleByArgument {}

extension ClassWeights: ExpressibleByArgument {
  /// `balanced`, or numbers with commas between them.
  public init?(argument: String) {
    if argument == "balanced" {
      self = .balanced
    } else if let numbers = NumberList(argument: argument) {
      self = .list(numbers.values)
    } else {
      return nil
    }
  }
}

/// How a model is trained; what is left out has the default of the task.
struct TrainingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Passes over the training rows.", valueName: "n"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Sequences of a batch. (default: 32)", valueName: "n"))
  var batchSize: Int?

  @Option(help: ArgumentHelp("Tokens of a batch, instead of a number of sequences.", valueName: "n"))
  var batchTokens: Int?

  @Option(help: ArgumentHelp("Batches whose gradients make one step. (default: 1)", valueName: "n"))
  var gradientAccumulationSteps: Int?

  @Option(
    help: ArgumentHelp(
      "Parts of a step whose gradients are added up in one order: the same bytes on 1, 2, 4 ... n ranks.",
      valueName: "n"))
  var gradientShards: Int?

  @Flag(
    inversion: .prefixedNo,
    help:
      "Let ranks add up the gradients of a layer during the way back through those below it. (default: no)")
  var overlapComm: Bool?

  @Option(
    help: ArgumentHelp(
      "Batches' worth of rows that are sorted by length together. (default: 1)", valueName: "n"))
  var lengthWindow: Int?

  @Option(
    help:
      "What products of training steps round their numbers to, sums and weights staying in float32. (default: float32)"
  )
  var precision: ProductPrecision?

  @Option(help: ArgumentHelp("The learning rate at the end of the warm-up.", valueName: "rate"))
  var learningRate: Double?

  @Option(help: "How the learning rate falls. (default: linear)")
  var lrScheduler: Scheduler?

  @Option(
    help: ArgumentHelp(
      "The part of the steps in which the learning rate rises. (default: 0.1)", valueName: "part"))
  var warmupRatio: Double?

  @Option(help: ArgumentHelp("Decoupled weight decay. (default: 0.01)", valueName: "decay"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "The largest norm of all gradients together; 0 for none. (default: 1.0)", valueName: "norm"))
  var maxGradNorm: Double?

  @Option(help: ArgumentHelp("Dropout, where it is not to be the model's own.", valueName: "part"))
  var dropout: Double?

  @Option(
    help: ArgumentHelp(
      "The part of a target that goes to all classes alike. (default: 0.0)", valueName: "part"))
  var labelSmoothing: Double?

  @Option(
    help: ArgumentHelp(
      "What each class counts in the loss on labels: balanced, or numbers in the labels' order.",
      valueName: "weights"))
  var classWeights: ClassWeights?

  @Option(help: ArgumentHelp("Tokens after which a text or pair is truncated.", valueName: "n"))
  var maxLength: Int?

  @OptionGroup var windows: WindowOptions

  @Option(help: ArgumentHelp("Use only the first rows of the training data.", valueName: "rows"))
  var limit: Int?

  @Option(help: ArgumentHelp("Steps between evaluations; every epoch if left out.", valueName: "n"))
  var evalSteps: Int?

  @Option(help: ArgumentHelp("Steps between checkpoints; every two minutes if left out.", valueName: "n"))
  var saveSteps: Int?

  @Option(help: ArgumentHelp("Newest checkpoints that are kept. (default: 2)", valueName: "n"))
  var saveTotalLimit: Int?

  @Option(
    help: ArgumentHelp("Keep every n-th checkpoint too, to the end of the run.", valueName: "n"))
  var keepEvery: Int?

  @Option(
    help: ArgumentHelp("Evaluations without a better metric after which a stage ends.", valueName: "n"))
  var patience: Int?

  @Option(
    help: ArgumentHelp(
      "The metric of dev rows that chooses the best weights, such as macro_f1; the task's own if left out.",
      valueName: "name"))
  var selectionMetric: String?

  /// Sets what these options and the common ones say, and leaves the rest as it is.
  func apply(to settings: inout some TaskRunSettings, with common: CommonOptions) {
    if let limit { settings.limit = limit }
    apply(to: &settings.training, with: common)
  }

  /// Sets what these options and the common ones say of the training, and leaves the rest as it is.
  func apply(to settings: inout TrainingSettings, with common: CommonOptions) {
    apply(to: &settings)
    if let seed = common.givenSeed { settings.seed = seed }
    if let threads = common.threads { settings.threads = threads }
  }

  private func apply(to settings: inout TrainingSettings) {
    func set<Value>(_ path: WritableKeyPath<TrainingSettings, Value>, _ value: Value?) {
      if let value { settings[keyPath: path] = value }
    }
    set(\.epochs, epochs.map(Optional.some))
    set(\.batchSize, batchSize)
    set(\.batchTokens, batchTokens.map(Optional.some))
    set(\.gradientAccumulationSteps, gradientAccumulationSteps)
    set(\.gradientShards, gradientShards.map(Optional.some))
    set(\.overlapComm, overlapComm.map(Optional.some))
    set(\.lengthWindow, lengthWindow)
    set(\.precision, precision.map(Optional.some))
    set(\.learningRate, learningRate.map(Optional.some))
    set(\.scheduler, lrScheduler)
    set(\.warmupRatio, warmupRatio)
    set(\.weightDecay, weightDecay)
    set(\.maxGradNorm, maxGradNorm)
    set(\.dropout, dropout.map(Optional.some))
    set(\.labelSmoothing, labelSmoothing)
    set(\.classWeights, classWeights.map(Optional.some))
    set(\.maxLength, maxLength.map(Optional.some))
    windows.apply(to: &settings)
    set(\.evalSteps, evalSteps.map(Optional.some))
    set(\.saveSteps, saveSteps.map(Optional.some))
    set(\.saveTotalLimit, saveTotalLimit)
    set(\.keepEvery, keepEvery.map(Optional.some))
    set(\.patience, patience.map(Optional.some))
    set(\.selectionMetric, selectionMetric.map(Optional.some))
  }

  /// A setting out of its range is wrong usage, found before anything is read.
  func validate() throws {
    do {
      var settings = TrainingSettings()
      apply(to: &settings)
      try settings.validate()
    } catch TrainingError.settings(let rule) {
      throw ValidationError(Self.ofOption(rule) + ".")
    }
    if batchSize != nil && batchTokens != nil {
      throw ValidationError("--batch-tokens takes the place of --batch-size: give one of them.")
    }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  /// A rule that begins with the name of a setting, said of the option that sets it.
  private static func ofOption(_ rule: String) -> String {
    let key = String(rule.prefix { $0 != " " })
    let others = ["num_train_epochs": "epochs", "lr_scheduler_type": "lr-scheduler"]
    return "--" + (others[key] ?? key.replacing("_", with: "-")) + rule.dropFirst(key.count)
  }
}
