import BERT
import Files
import GLUE
import Tensors
import Tokenization
import Training

/// Students: of any shape from random weights, made of a teacher's layers, or read from a checkpoint.
enum StudentBuilder {
  /// What a student is made from.
  struct Source {
    var settings: DistillSettings
    var training: TrainingSettings
    var task: GLUETask
    /// The teacher; needed for its layers and, unless a vocabulary is given, for its tokenizer.
    var teacher: (model: BertModel, tokenizer: Tokenizer)?
  }

  /// A student with its tokenizer.
  struct Student {
    var model: BertModel
    var tokenizer: Tokenizer
    var notes: [String] = []
    var inputs: [String: String] = [:]
  }

  /// Makes the student that the settings ask for.
  static func make(_ source: Source) throws -> Student {
    switch (source.settings.student, source.settings.studentLayers) {
    case (let student?, nil):
      return Files.isDirectory(student) ? try stored(student, source) : try fresh(student, source)
    case (nil, let layers?): return try fromLayers(layers, source)
    default:
      throw DistillationError.settings(
        "give either a student (--student SHAPE or DIR) or layers of the teacher (--student-layers 1,3,5)")
    }
  }

  private static func stored(_ directory: String, _ source: Source) throws -> Student {
    let (model, notes) = try ModelSource.stored(
      directory, task: source.task, newHead: true, training: source.training)
    let tokenizer =
      try source.settings.vocabulary.map { try Tokenizer(vocabularyFile: $0) }
      ?? Tokenizer(directory: directory)
    return Student(
      model: model, tokenizer: tokenizer, notes: notes,
      inputs: try ModelSource.hashes(directory, as: "student"))
  }

  private static func fresh(_ shape: String, _ source: Source) throws -> Student {
    let tokenizer: Tokenizer
    if let path = source.settings.vocabulary {
      tokenizer = try Tokenizer(vocabularyFile: path)
    } else if let teacher = source.teacher {
      tokenizer = teacher.tokenizer
    } else {
      throw DistillationError.settings("a student without a teacher needs a vocabulary: give --vocab FILE")
    }
    let model = try ModelSource.fresh(
      shape: shape, tokenizer: tokenizer, task: source.task, training: source.training)
    return Student(model: model, tokenizer: tokenizer)
  }

  /// A student of the teacher's width: its embeddings, the chosen layers in that order, its pooler and head.
  private static func fromLayers(_ layers: [Int], _ source: Source) throws -> Student {
    guard let teacher = source.teacher else {
      throw DistillationError.settings("layers of a teacher need a teacher: give --teacher DIR")
    }
    if layers.isEmpty {
      throw DistillationError.settings("a student needs at least one layer of the teacher")
    }
    let from = teacher.model
    let count = from.config.numHiddenLayers
    for layer in layers where layer < 1 || layer > count {
      throw DistillationError.settings(
        "the teacher has no layer \(layer) to make a student of: it has layers 1 to \(count)")
    }
    var config = from.config
    config.numHiddenLayers = layers.count
    let model = try BertModel(config: config, head: from.head, seed: source.training.seed)
    for entry in model.parameters.layout.entries {
      guard let place = from.parameters.layout.entry(teacherName(entry.name, layers)) else { continue }
      (model.parameters.values.base + entry.offset).update(
        from: from.parameters.values.base + place.offset, count: entry.count)
    }
    return Student(
      model: try ModelSource.applyingDropout(model, source.training), tokenizer: teacher.tokenizer)
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
