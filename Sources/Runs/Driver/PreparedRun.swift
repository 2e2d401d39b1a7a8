public import BERT
import Tensors
public import Tokenization
public import Training

/// A run with everything read and checked: what is left is the training.
public struct PreparedRun {
  /// The name of its kind.
  public var kind: String
  /// The method of a distillation, or the kind's name.
  public var method: String
  /// What it learns from and is judged on.
  var data: any RunData
  /// The model that is trained.
  public var model: BertModel
  /// How it reads text.
  public var tokenizer: Tokenizer
  /// What it goes through.
  public var stages: [Stage]
  /// How it is trained, with everything filled in.
  public var training: TrainingSettings
  /// The training rows of a task; none where text is read as it comes.
  public var train: TaskRows
  /// The model that is learnt from, if any.
  public var teacher: (directory: String, shape: String)?
  /// SHA-256 of everything that was read, by what it is.
  public var inputs: [String: String]
  /// What reading gave to say.
  public var notes: [String]
  /// The settings with everything resolved, as YAML.
  public var settings: String
  /// How many models of its way it leaves; none if nil.
  public var anchorCount: Int?
  /// How many models of single tasks it leaves beside its own.
  public var headCount = 0
  /// Parts of its folder that were there before it and stay.
  var kept: [String] = []
  /// What takes the place of the usual evaluation in the end, from the results of the stages.
  var ending: ((RunFolder, [StageResult]) throws -> FinalEvaluation.Outcome)?
  /// What the teacher's answers add to the labels, where its probabilities are learnt from.
  public var knowledge: KnowledgeShares?

  /// What the run is about.
  func description(folder: String) throws -> RunDescription {
    RunDescription(
      kind: kind, folder: folder, task: data.name, method: method, shape: model.config.shape,
      parameters: parameterCount, teacher: teacher?.directory, teacherShape: teacher?.shape,
      trainingRows: data.trainingRowCount(of: self), devRows: data.devRowCounts[0],
      selectionMetric: training.selectionMetric ?? data.selectionMetric, baseline: try data.baseline(),
      stages: stages.map(\.name),
      stepCount: stages.reduce(0) { $0 + $1.stepCount }, threads: Parallel.threads, seed: training.seed,
      prefersSmaller: data.prefersSmaller ? true : nil)
  }

  /// How many tokens of a text are read at once.
  var maxLength: Int {
    MaximumLength.of(
      model.config, tokenizer, wanted: tokenizer.settings.windows?.length ?? training.maxLength)
  }

  /// What is to be said as the run starts: what reading gave, and how long texts are read.
  var allNotes: [String] {
    guard let windows = train.windows else { return notes }
    let examples = windows.starts.count - 1
    return notes + [
      "\(windows.longCount) of \(examples) training rows are longer than \(maxLength) tokens and read in windows, "
        + "\(train.count) rows to learn from; the answers to a text are joined by their \(windows.pooling.rawValue)"
    ]
  }

  /// Trainable numbers of the model.
  var parameterCount: Int { model.parameters.layout.entries.reduce(0) { $0 + $1.count } }
}
