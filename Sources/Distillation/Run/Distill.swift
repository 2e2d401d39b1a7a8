import BERT
import Files
import GLUE
import Tensors
import Tokenization
public import Training

/// Trains a student on what a teacher says about a task.
public enum Distill {
  /// Runs to the end, or until `stop` is raised (then `TrainingError.interrupted`, after saving).
  ///
  /// Everything that can be known before the first step is checked before the first step. Events go to
  /// `onEvent` in order, on the calling thread.
  public static func run(
    _ settings: DistillSettings, stop: StopFlag? = nil, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    try run(settings, resumes: false, stop: stop, onEvent: onEvent)
  }

  /// Checks everything that can be known before the first step, and says what would be run and what it would cost,
  /// after trying it for about so many seconds; nothing is written.
  public static func check(_ settings: DistillSettings, seconds: Double = 2) throws -> RunPreview {
    let preparation = try Preparation(settings)
    let teacherSeconds = try preparation.rehearse(seconds: seconds / 4)
    var preview = try preparation.run().preview(folder: settings.output, seconds: seconds)
    preview.forecast.teacherSeconds = teacherSeconds
    preview.teacherLabels = preparation.teacher.flatMap { $0.model.config.labels }
    preview.layerMaps = try preparation.layerMaps()
    return preview
  }

  static func run(
    _ settings: DistillSettings, resumes: Bool, stop: StopFlag?,
    onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    var recorded = settings
    recorded.overwrite = false
    let order = RunDriver.Order(
      folder: settings.output, settings: recorded, overwrite: settings.overwrite, resumes: resumes, stop: stop
    )
    return try RunDriver.run(order, onEvent: onEvent) { note in
      let preparation = try Preparation(settings)
      try preparation.answer(note: note)
      return try preparation.run()
    }
  }

  /// Everything of a run that is read and checked before its first step.
  private struct Preparation {
    let settings: DistillSettings
    let data: TaskData
    let training: TrainingSettings
    let recipe: RecipeStages
    let teacher: Teacher?
    let student: StudentBuilder.Student
    var inputs: [String: String]
    var notes: [String] = []

    init(_ settings: DistillSettings) throws {
      self.settings = settings
      try settings.training.validate()
      Parallel.configure(threads: settings.training.threads ?? 0)
      recipe = try RecipeStages(settings)
      data = try TaskData(task: settings.task, data: settings.data, limit: settings.limit)
      inputs = data.inputs
      var model: (model: BertModel, tokenizer: Tokenizer)?
      if let directory = settings.teacher {
        let loaded = try BertModel.load(directory: directory, head: .asStored)
        notes += loaded.notes.map { "teacher: \($0)" }
        model = (loaded.model, try Tokenizer(directory: directory))
        inputs.merge(try ModelSource.hashes(directory, as: "teacher")) { first, _ in first }
      } else if recipe.needsTeacher {
        throw DistillationError.settings(
          "the method \(recipe.recipe.name) needs a teacher: give --teacher DIR (a model fine-tuned on \(settings.task))"
        )
      }
      let isPretrained =
        settings.studentLayers != nil || settings.student.map { Files.isDirectory($0) } ?? false
      training = settings.training.resolved(rows: data.train.examples.count, isPretrained: isPretrained)
      student = try StudentBuilder.make(
        StudentBuilder.Source(settings: settings, training: training, task: data.task, teacher: model))
      inputs.merge(student.inputs) { first, _ in first }
      inputs["vocabulary"] = student.tokenizer.vocabulary.hash
      notes += student.notes
      try Evaluator.check(student.model, student.tokenizer, data.task)
      if let (model, tokenizer) = model {
        teacher = try Teacher(
          model: model, tokenizer: tokenizer, task: data.task, studentLabels: student.model.config.labels)
      } else {
        teacher = nil
      }
      try checkVocabularies()
    }

    /// Layers can be compared token by token only where both models read the same tokens.
    private func checkVocabularies() throws {
      guard let teacher, let term = try recipe.intermediateTerm() else { return }
      if teacher.tokenizer.vocabulary != student.tokenizer.vocabulary
        || teacher.tokenizer.settings != student.tokenizer.settings
      {
        throw DistillationError.mismatch(
          "the term \(term) compares the models token by token, but teacher and student have different "
            + "vocabularies: choose a method of logits alone, such as annealing or kd")
      }
    }

    /// Lets the teacher answer a few rows, and returns the seconds that all of them would take.
    func rehearse(seconds: Double) throws -> Double? {
      guard let teacher, recipe.needsTeacher else { return nil }
      return try teacher.rehearse(data.train.examples, maxLength: training.maxLength, seconds: seconds)
    }

    /// Each term that compares layers, with its pairs of student and teacher layer.
    func layerMaps() throws -> [String] {
      guard let teacher else { return [] }
      var maps: [String] = []
      for stage in recipe.recipe.stages {
        for term in stage.terms {
          guard let layers = term.layers else { continue }
          let pairs = try layers.resolved(
            student: student.model.config.numHiddenLayers, teacher: teacher.model.config.numHiddenLayers,
            embeddings: term.kind.hasPrefix("hidden"))
          let line =
            "\(term.kind): " + pairs.map { "\($0.student) from \($0.teacher)" }.joined(separator: ", ")
          if !maps.contains(line) { maps.append(line) }
        }
      }
      return maps
    }

    /// Asks the teacher for its logits, from the cache where there is one.
    func answer(note: (String) throws -> Void) throws {
      guard let teacher, recipe.needsTeacher else { return }
      try withoutActuallyEscaping(note) { note in
        let cache = settings.teacherCache.map { folder in
          LogitCache(
            folder: folder,
            teacherHash: inputs.filter { $0.key.hasPrefix("teacher's ") }.sorted { $0.key < $1.key }
              .map { "\($0.key) \($0.value)" }.joined(separator: "\n"), note: note)
        }
        try teacher.answer(data.train.examples, maxLength: training.maxLength, cache: cache)
      }
    }

    func run() throws -> PreparedRun {
      let map =
        data.task.isRegression ? nil : try LabelMap(task: data.task, modelLabels: student.model.config.labels)
      var length = MaximumLength.of(student.model.config, student.tokenizer, wanted: training.maxLength)
      if let teacher, try recipe.intermediateTerm() != nil {
        length = MaximumLength.of(teacher.model.config, teacher.tokenizer, wanted: length)
      }
      let rows = try TaskRows(
        data.train.examples, tokenizer: student.tokenizer, maxLength: length, toModel: map?.toModel)
      return PreparedRun(
        kind: "distill", method: recipe.recipe.name, data: data, model: student.model,
        tokenizer: student.tokenizer,
        stages: try recipe.stages(
          student: student.model, teacher: teacher.map { ($0, $0.model.config) }, task: data.task,
          training: training),
        training: training, train: rows,
        teacher: settings.teacher.flatMap { directory in teacher.map { (directory, $0.model.config.shape) } },
        inputs: inputs, notes: notes, settings: try recipe.text(resolved: training))
    }
  }
}
