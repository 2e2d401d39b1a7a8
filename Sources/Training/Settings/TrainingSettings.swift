public import BERT
public import Tensors
public import Tokenization

/// How the learning rate goes over the steps of a stage, after the warm-up.
public enum Scheduler: String, Codable, Sendable, CaseIterable {
  /// Down to 0 along a straight line.
  case linear
  /// Down to 0 along half a cosine.
  case cosine
  /// Stays.
  case constant
}

/// How a model is trained: the optimizer, the batches, the length of a stage.
///
/// What is `nil` depends on the task and on how the model starts, and is filled in when a run begins. On disk the
/// names are those of Hugging Face's trainer where it has one.
public struct TrainingSettings: Codable, Sendable, Equatable {
  /// The learning rate at the end of the warm-up.
  public var learningRate: Double?
  /// Passes over the training rows in a stage that does not say its own number.
  public var epochs: Int?
  /// Sequences of one batch.
  public var batchSize = 32
  /// Tokens of one batch, instead of a number of sequences.
  public var batchTokens: Int?
  /// Batches whose gradients make one step; the result equals one large batch.
  public var gradientAccumulationSteps = 1
  /// Parts of a step whose gradients are computed alone and added up in one order, so that ranks end with the same bytes;
  /// one for each rank if left out.
  public var gradientShards: Int?
  /// Whether ranks add up the gradients of a layer while the way back goes on through those below it; results do not
  /// depend on it.
  public var overlapComm: Bool?
  /// How many batches' worth of rows are sorted by length together; 1 keeps the shuffled order.
  public var lengthWindow = 1
  /// How the learning rate falls.
  public var scheduler = Scheduler.linear
  /// The part of a stage's steps in which the learning rate rises from 0.
  public var warmupRatio = 0.1
  /// Decoupled weight decay, not on biases and LayerNorm weights.
  public var weightDecay = 0.01
  /// Decay of the first moment.
  public var adamBeta1 = 0.9
  /// Decay of the second moment.
  public var adamBeta2 = 0.999
  /// Added to the root of the second moment.
  public var adamEpsilon = 1e-8
  /// The largest norm that all gradients together may have; 0 switches clipping off.
  public var maxGradNorm = 1.0
  /// Tokens after which a text (or pair) is truncated.
  public var maxLength: Int?
  /// Tokens of a longer text that each of its windows shares with the one before it; such texts are cut if left out.
  public var windows: Int?
  /// How the answers to windows are joined; their mean if left out.
  public var windowPooling: TextWindows.Pooling?
  /// What part of the target goes to all classes alike.
  public var labelSmoothing = 0.0
  /// What each class counts in the loss on labels; all alike if left out.
  public var classWeights: ClassWeights?
  /// The dropout of hidden states and attention, where it is not to be the model's own.
  public var dropout: Double?
  /// What the head reads of the last states; what the model's own does, or the teacher's, if left out.
  public var pooling: HeadPooling?
  /// How the texts of a pair are read; as the model does it, or the teacher, if left out.
  public var pairEncoding: PairEncoding?
  /// Whether the model learns, and is judged, under the rounding of `anneal quantize`; it is saved in float32.
  public var quantizationAware: Bool?
  /// What products of training steps round their numbers to; nothing if left out.
  public var precision: ProductPrecision?
  /// Steps between evaluations; at the end of every epoch if left out.
  public var evalSteps: Int?
  /// Steps between checkpoints; every two minutes if left out.
  public var saveSteps: Int?
  /// Complete checkpoints that are kept, at least 2.
  public var saveTotalLimit = 2
  /// Every how manieth checkpoint is kept to the end, beside the newest; none if left out.
  public var keepEvery: Int?
  /// Evaluations without a better metric after which a stage ends; one that hands on its last weights does not.
  public var patience: Int?
  /// The metric of dev that the best weights are chosen by, one of the task's; the task's own choice if left out.
  public var selectionMetric: String?
  /// Where all random numbers start.
  public var seed: UInt64 = 1
  /// Threads, the number of processors if left out; results do not depend on it.
  public var threads: Int?

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case learningRate = "learning_rate"
    case epochs = "num_train_epochs"
    case batchSize = "batch_size"
    case batchTokens = "batch_tokens"
    case gradientAccumulationSteps = "gradient_accumulation_steps"
    case gradientShards = "gradient_shards"
    case overlapComm = "overlap_comm"
    case lengthWindow = "length_window"
    case scheduler = "lr_scheduler_type"
    case warmupRatio = "warmup_ratio"
    case weightDecay = "weight_decay"
    case adamBeta1 = "adam_beta1"
    case adamBeta2 = "adam_beta2"
    case adamEpsilon = "adam_epsilon"
    case maxGradNorm = "max_grad_norm"
    case maxLength = "max_length"
    case windows
    case windowPooling = "window_pooling"
    case labelSmoothing = "label_smoothing"
    case classWeights = "class_weights"
    case dropout
    case pooling
    case pairEncoding = "pair_encoding"
    case quantizationAware = "quantization_aware"
    case precision
    case evalSteps = "eval_steps"
    case saveSteps = "save_steps"
    case saveTotalLimit = "save_total_limit"
    case keepEvery = "keep_every"
    case patience
    case selectionMetric = "selection_metric"
    case seed
    case threads
  }

  /// Reads settings; keys that are left out keep their defaults, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    learningRate = try values.decodeIfPresent(Double.self, forKey: .learningRate)
    epochs = try values.decodeIfPresent(Int.self, forKey: .epochs)
    try values.read(.batchSize, into: &batchSize)
    batchTokens = try values.decodeIfPresent(Int.self, forKey: .batchTokens)
    try values.read(.gradientAccumulationSteps, into: &gradientAccumulationSteps)
    gradientShards = try values.decodeIfPresent(Int.self, forKey: .gradientShards)
    overlapComm = try values.decodeIfPresent(Bool.self, forKey: .overlapComm)
    try values.read(.lengthWindow, into: &lengthWindow)
    try values.read(.scheduler, into: &scheduler)
    try values.read(.warmupRatio, into: &warmupRatio)
    try values.read(.weightDecay, into: &weightDecay)
    try values.read(.adamBeta1, into: &adamBeta1)
    try values.read(.adamBeta2, into: &adamBeta2)
    try values.read(.adamEpsilon, into: &adamEpsilon)
    try values.read(.maxGradNorm, into: &maxGradNorm)
    maxLength = try values.decodeIfPresent(Int.self, forKey: .maxLength)
    windows = try values.decodeIfPresent(Int.self, forKey: .windows)
    windowPooling = try values.decodeIfPresent(TextWindows.Pooling.self, forKey: .windowPooling)
    try values.read(.labelSmoothing, into: &labelSmoothing)
    classWeights = try values.decodeIfPresent(ClassWeights.self, forKey: .classWeights)
    dropout = try values.decodeIfPresent(Double.self, forKey: .dropout)
    pooling = try values.decodeIfPresent(HeadPooling.self, forKey: .pooling)
    pairEncoding = try values.decodeIfPresent(PairEncoding.self, forKey: .pairEncoding)
    quantizationAware = try values.decodeIfPresent(Bool.self, forKey: .quantizationAware)
    precision = try values.decodeIfPresent(ProductPrecision.self, forKey: .precision)
    evalSteps = try values.decodeIfPresent(Int.self, forKey: .evalSteps)
    saveSteps = try values.decodeIfPresent(Int.self, forKey: .saveSteps)
    try values.read(.saveTotalLimit, into: &saveTotalLimit)
    keepEvery = try values.decodeIfPresent(Int.self, forKey: .keepEvery)
    patience = try values.decodeIfPresent(Int.self, forKey: .patience)
    selectionMetric = try values.decodeIfPresent(String.self, forKey: .selectionMetric)
    try values.read(.seed, into: &seed)
    threads = try values.decodeIfPresent(Int.self, forKey: .threads)
  }

  /// Whether sums overlap where nothing is said of it.
  static let overlapsUsually = false

  /// The largest of any count, so that sums and products of two of them are numbers still.
  public static let largestCount = 1 << 30

  /// The most epochs of a stage: the steps of each are listed.
  public static let mostEpochs = 1 << 20

  /// Throws for a value that cannot be, naming the setting.
  public func validate() throws {
    func require(_ condition: Bool, _ key: CodingKeys, _ rule: String) throws {
      if !condition { throw TrainingError.settings("\(key.stringValue) must be \(rule)") }
    }
    try require((learningRate ?? 1) > 0 && (learningRate ?? 1).isFinite, .learningRate, "above 0")
    func requireCount(_ value: Int?, _ key: CodingKeys, from least: Int = 1, to most: Int = Self.largestCount)
      throws
    {
      try require((value ?? least) >= least, key, "at least \(least)")
      try require((value ?? least) <= most, key, "at most \(most)")
    }
    try requireCount(epochs, .epochs, to: Self.mostEpochs)
    try requireCount(batchSize, .batchSize)
    try requireCount(batchTokens, .batchTokens, from: 8)
    try requireCount(gradientAccumulationSteps, .gradientAccumulationSteps)
    try requireCount(gradientShards, .gradientShards, to: 4096)
    try requireCount(lengthWindow, .lengthWindow)
    try require((0...1).contains(warmupRatio), .warmupRatio, "from 0 to 1")
    try require(weightDecay >= 0 && weightDecay < 1, .weightDecay, "from 0 to below 1")
    try require((0..<1).contains(adamBeta1), .adamBeta1, "from 0 to below 1")
    try require((0..<1).contains(adamBeta2), .adamBeta2, "from 0 to below 1")
    try require(
      Float(adamEpsilon) > 0 && Float(adamEpsilon).isFinite, .adamEpsilon, "above 0 in single precision")
    try require(maxGradNorm >= 0 && maxGradNorm.isFinite, .maxGradNorm, "0 (off) or more")
    try requireCount(maxLength, .maxLength, from: 5)
    try requireCount(windows, .windows, from: 0)
    try require((0..<1).contains(labelSmoothing), .labelSmoothing, "from 0 to below 1")
    if case .list(let weights) = classWeights {
      let sum = weights.reduce(0, +)
      try require(
        !weights.isEmpty && weights.allSatisfy { $0 > 0 } && Float(sum).isFinite, .classWeights,
        "balanced, or a number above 0 for each class")
    }
    try require((0..<1).contains(dropout ?? 0), .dropout, "from 0 to below 1")
    if precision == .bfloat16 && quantizationAware == true {
      throw TrainingError.settings(
        "precision bfloat16 and quantization_aware both round what products read: leave one of them out")
    }
    try requireCount(evalSteps, .evalSteps)
    try requireCount(saveSteps, .saveSteps)
    try requireCount(saveTotalLimit, .saveTotalLimit, from: 2)
    try requireCount(keepEvery, .keepEvery)
    try requireCount(patience, .patience)
    try requireCount(threads, .threads)
  }
}
