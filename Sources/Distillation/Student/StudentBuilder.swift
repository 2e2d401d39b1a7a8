public import BERT
import Files
public import GLUE
import Tensors
public import Tokenization
public import Training

/// Students: of any shape from random weights, made of a teacher's layers, or read from a checkpoint.
public enum StudentBuilder {
  /// What a student is made from.
  public struct Source {
    /// A shape `LxHxA[xI]` from scratch, or a checkpoint directory.
    public var student: String?
    /// Or layers of the teacher, from 1; with a shape too, cut to its width.
    public var layers: [Int]?
    /// The checkpoint whose layers they are, where they are not the teacher's.
    public var from: String?
    /// The vocabulary file, where it is not the teacher's.
    public var vocabulary: String?
    /// How it will be trained: its dropout, and the seed of new weights.
    public var training: TrainingSettings
    /// What its head answers; nil where it is to have `head`.
    public var task: GLUETask?
    /// The head of a student of no task.
    public var head = Head.none
    /// The units of its score, where the task's scores are of any range and no stored head brings its own.
    public var scale: ScoreScale?
    /// The teacher; needed for its layers and, unless a vocabulary is given, for its tokenizer.
    public var teacher: (model: BertModel, tokenizer: Tokenizer)?

    /// A source for a task; say what the student is.
    public init(
      task: GLUETask, training: TrainingSettings, teacher: (model: BertModel, tokenizer: Tokenizer)?
    ) {
      (self.task, self.training, self.teacher) = (task, training, teacher)
    }

    /// A source for text: a student with a masked-language head, or none; say what it is.
    public init(
      head: Head, training: TrainingSettings, teacher: (model: BertModel, tokenizer: Tokenizer)?
    ) {
      (self.head, self.training, self.teacher) = (head, training, teacher)
    }
  }

  /// A student with its tokenizer.
  public struct Student {
    /// The model.
    public var model: BertModel
    /// How it reads text.
    public var tokenizer: Tokenizer
    /// What reading its files gave to say.
    public var notes: [String] = []
    /// SHA-256 of its files, by what they are.
    public var inputs: [String: String] = [:]
  }

  /// Makes a student; throws where what is said of it does not fit together or cannot be read.
  ///
  /// Its head reads what the teacher's does, unless the training says otherwise.
  public static func make(_ source: Source) throws -> Student {
    var source = source
    if source.task != nil && source.teacher?.model.config.pooling == .mean {
      source.training.pooling = source.training.pooling ?? .mean
    }
    if source.task != nil && source.teacher?.model.config.pairEncoding == .bi {
      source.training.pairEncoding = source.training.pairEncoding ?? .bi
    }
    var student = try build(source)
    student.tokenizer = try student.tokenizer.readingPairs(
      apart: student.model.config.pairEncoding == .bi)
    return student
  }

  private static func build(_ source: Source) throws -> Student {
    if source.layers == nil && source.from != nil {
      throw DistillationError.settings(
        "student_from needs the layers to take from it: give --student-layers 1,3,5, or the folder as --student"
      )
    }
    if source.layers != nil && source.from == nil && source.vocabulary != nil {
      throw DistillationError.settings(
        "a student of the teacher's layers has the teacher's vocabulary: leave vocab out")
    }
    switch (source.student, source.layers) {
    case (let student?, nil):
      return Files.isDirectory(student) ? try stored(student, source) : try fresh(student, source)
    case (let shape, let layers?): return try fromLayers(layers, shape: shape, source)
    default:
      throw DistillationError.settings(
        "give a student (--student SHAPE or DIR), layers of the teacher (--student-layers 1,3,5), or both a shape "
          + "and layers")
    }
  }

  private static func stored(_ directory: String, _ source: Source) throws -> Student {
    let (model, notes) =
      try source.task.map {
        try ModelSource.stored(
          directory, task: $0, newHead: true, training: source.training, scale: source.scale)
      } ?? ModelSource.stored(directory, head: source.head, training: source.training)
    let tokenizer =
      try source.vocabulary.map(vocabulary) ?? Tokenizer(directory: directory)
    return Student(
      model: model, tokenizer: tokenizer, notes: notes,
      inputs: try ModelSource.hashes(directory, as: "student"))
  }

  private static func fresh(_ shape: String, _ source: Source) throws -> Student {
    let tokenizer: Tokenizer
    if let path = source.vocabulary {
      tokenizer = try vocabulary(path)
    } else if let teacher = source.teacher {
      tokenizer = teacher.tokenizer
    } else {
      throw DistillationError.settings("a student without a teacher needs a vocabulary: give --vocab FILE")
    }
    let model =
      try source.task.map {
        try ModelSource.fresh(
          shape: shape, tokenizer: tokenizer, task: $0, training: source.training, scale: source.scale)
      }
      ?? ModelSource.fresh(
        shape: shape, tokenizer: tokenizer, head: source.head, training: source.training,
        vocabSize: source.vocabulary == nil ? source.teacher?.model.config.vocabSize : nil)
    return Student(model: model, tokenizer: tokenizer)
  }

  /// The tokenizer of a vocabulary file, or of a folder.
  private static func vocabulary(_ path: String) throws -> Tokenizer {
    Files.isDirectory(path) ? try Tokenizer(directory: path) : try Tokenizer(vocabularyFile: path)
  }

  /// A student of some layers of the teacher or of another checkpoint, in that order, with its embeddings, pooler
  /// and head; cut to the width of `shape` if there is one.
  private static func fromLayers(_ layers: [Int], shape: String?, _ source: Source) throws -> Student {
    let origin = try origin(source)
    if layers.isEmpty {
      throw DistillationError.settings("a student needs at least one layer of the teacher")
    }
    let from = try origin.model.widened()
    let count = from.config.numHiddenLayers
    for layer in layers where layer < 1 || layer > count {
      throw DistillationError.settings(
        "\(source.from ?? "the teacher") has no layer \(layer) to make a student of: it has layers 1 "
          + "to \(count)")
    }
    var config = from.config
    config.numHiddenLayers = layers.count
    if source.task == nil {
      (config.labels, config.problemType, config.pooling) = (nil, nil, .cls)
      config.read(pairs: .cross)
    } else {
      ModelSource.applyHead(source.training, to: &config)
    }
    if let shape {
      let wanted = try BertConfig(shape: shape, vocabSize: config.vocabSize)
      if wanted.numHiddenLayers != layers.count {
        throw DistillationError.settings(
          "the student \(shape) has \(wanted.numHiddenLayers) layers, but \(layers.count) are given to make it of"
        )
      }
      (config.hiddenSize, config.intermediateSize) = (wanted.hiddenSize, wanted.intermediateSize)
      config.numAttentionHeads = wanted.numAttentionHeads
    }
    let cut = try WidthCut(from, to: config)
    let head = source.task == nil ? source.head : from.head
    let model = try BertModel(config: config, head: head, seed: source.training.seed)
    for entry in model.parameters.layout.entries {
      guard let place = from.parameters.layout.entry(teacherName(entry.name, layers)) else { continue }
      // A head that read pairs in the other way is none for this one.
      if entry.name.hasPrefix("classifier.") && from.config.pairEncoding != config.pairEncoding { continue }
      cut.copy(place, to: entry, of: model)
    }
    return Student(
      model: try ModelSource.applyingDropout(model, source.training), tokenizer: origin.tokenizer,
      notes: origin.notes
        + (from.config.pairEncoding == config.pairEncoding || source.task == nil
          ? []
          : ["the student reads pairs otherwise than the model that its layers are of: its head is a new one"]),
      inputs: origin.inputs)
  }

  /// The model whose layers a student is made of.
  private static func origin(_ source: Source) throws -> Student {
    if let directory = source.from { return try stored(directory, source) }
    guard let teacher = source.teacher else {
      throw DistillationError.settings(
        "layers need a model to take them from: give --teacher DIR or --student-from DIR")
    }
    return Student(model: teacher.model, tokenizer: teacher.tokenizer)
  }

  /// The teacher's name of a student's parameter: the same, but for the number of the layer.
  private static func teacherName(_ name: String, _ layers: [Int]) -> String {
    let prefix = "bert.encoder.layer."
    guard name.hasPrefix(prefix) else { return name }
    let rest = name.dropFirst(prefix.count)
    guard let dot = rest.firstIndex(of: "."), let number = Int(rest[..<dot]) else { return name }
    return prefix + String(layers[number] - 1) + rest[dot...]
  }
}
