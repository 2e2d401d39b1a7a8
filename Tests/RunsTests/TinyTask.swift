import BERT
import Distillation
import Files
import Runs
import Tensors
import Tokenization
import Training

/// A task of a few dozen made-up sentences in SST-2's layout, with its vocabulary, for runs of a second.
struct TinyTask {
  let folder: String
  var data: String { folder + "/data" }
  var vocabulary: String { folder + "/vocab.txt" }
  var teacher: String { folder + "/teacher/model" }
  var generator: String { folder + "/generator" }
  var bank: String { folder + "/bank.txt" }

  private static let words = ["good", "bad", "fine", "poor", "film", "plot", "very", "not", "the", "a"]

  init(in folder: String, rows: Int = 44) throws {
    self.folder = folder
    let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + Self.words
    try Files.write(tokens.joined(separator: "\n") + "\n", to: vocabulary)
    try Files.write(Self.table(rows: rows, seed: 1), to: data + "/SST-2/train.tsv")
    try Files.write(Self.table(rows: 20, seed: 2), to: data + "/SST-2/dev.tsv")
    // What some methods read beside a teacher: a masked language model, and texts without labels.
    let tokenizer = try Tokenizer(vocabularyFile: vocabulary)
    let config = try BertConfig(shape: "1x12x2", vocabSize: tokenizer.vocabulary.count)
    try BertModel(config: config, head: .maskedLM, seed: 4).save(to: generator, with: tokenizer)
    try Files.write(
      "the good film\nplot very bad\na fine plot\nnot poor\nbad bad film\nthe plot\n", to: bank)
  }

  /// A label follows from the first word.
  static func table(rows: Int, seed: UInt64) -> String {
    let random = CounterRandom(seed: seed, purpose: .init("tiny task"))
    var text = "sentence\tlabel\n"
    for row in 0..<rows {
      let at = UInt64(row * 16)
      let count = 2 + Int(random.below(7, at))
      let picks = (0..<count).map { Int(random.below(UInt64(words.count), at + 1 + UInt64($0))) }
      text += picks.map { words[$0] }.joined(separator: " ") + "\t\(picks[0] % 2 == 0 ? 1 : 0)\n"
    }
    return text
  }

  func finetune(output: String, shape: String = "3x24x3") -> FinetuneSettings {
    var settings = FinetuneSettings(task: "SST-2", output: folder + "/" + output)
    settings.data = data
    settings.shape = shape
    settings.vocabulary = vocabulary
    settings.training.epochs = 3
    settings.training.batchSize = 8
    settings.training.learningRate = 1e-3
    // A teacher leaves its way, for methods that follow it.
    if ["teacher", "other"].contains(output) { settings.keepAnchors = 9 }
    return settings
  }

  func distill(output: String, method: String = "annealing-intermediate") -> DistillSettings {
    var settings = DistillSettings(task: "SST-2", output: folder + "/" + output)
    settings.data = data
    settings.teacher = teacher
    settings.student = "2x16x2"
    settings.method = method
    switch method {
    case "takd": settings.assistants = ["2x20x2"]
    case "self-distillation": settings.student = nil
    case "mate", "imitation": settings.lesson = ["generator": .text(generator)]
    case "minimax-knn": settings.lesson = ["bank": .array([.text(bank)]), "max_distance": .whole(1)]
    case "reinforced": settings.otherTeachers = [teacher]
    default: break
    }
    settings.training.epochs = 6
    settings.training.batchSize = 8
    settings.training.learningRate = 1e-3
    return settings
  }

  /// The logged events of a run, without what differs from run to run: times and folders.
  static func comparable(_ events: [RunEvent]) -> [RunEvent] {
    events.filter(\.isLogged).map { event in
      switch event {
      case .started(var record):
        record.folder = ""
        record.threads = 0
        return .started(record)
      case .step(var record):
        record.seconds = 0
        return .step(record)
      case .evaluated(var record):
        record.seconds = 0
        return .evaluated(record)
      case .finished(var result):
        result.folder = ""
        (result.trainingSeconds, result.totalSeconds) = (0, 0)
        (result.examplesPerSecond, result.sentencesPerSecond) = (0, 0)
        return .finished(result)
      default: return event
      }
    }
  }

  /// What a run says, kept as an event log would keep it.
  final class Recorder {
    var log: [RunEvent] = []
    var notes: [String] = []
    /// Called with every event, before it is kept.
    var onEvent: (RunEvent) throws -> Void = { _ in }

    func handle(_ event: RunEvent) throws {
      if case .resumed(let record) = event { log.removeLast(log.count - record.loggedEvents) }
      if case .note(let text) = event { notes.append(text) }
      try onEvent(event)
      if event.isLogged { log.append(event) }
    }
  }
}
