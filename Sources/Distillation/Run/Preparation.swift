import BERT
import Files
import GLUE
import Tensors
import Tokenization
import Training

/// Everything of a run that is read and checked before its first step.
struct Preparation {
  let settings: DistillSettings
  let data: TaskData
  let training: TrainingSettings
  let recipe: RecipeStages
  let teacher: Teacher?
  let student: StudentBuilder.Student
  private(set) var inputs: [String: String]
  private(set) var notes: [String] = []

  /// Reads what the settings name; throws where it does not fit together.
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
    if settings.cacheStates == true && settings.teacherCache == nil {
      throw DistillationError.settings(
        "cache_states needs a folder to keep them in: give --teacher-cache DIR")
    }
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

  /// The run with its rows and stages; the teacher has not answered yet.
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

  /// Each term that compares layers, with its pairs of student and teacher layer.
  func layerMaps() throws -> [String] {
    guard let teacher else { return [] }
    var maps: [String] = []
    for stage in recipe.recipe.stages {
      for term in stage.terms {
        guard let layers = term.layers else { continue }
        let pairs = try layers.resolved(
          student: student.model.config.numHiddenLayers, teacher: teacher.model.config.numHiddenLayers,
          embeddings: TermTable.entry(term.kind).mapsEmbeddings)
        let line =
          "\(term.kind): " + pairs.map { "\($0.student) from \($0.teacher)" }.joined(separator: ", ")
        if !maps.contains(line) { maps.append(line) }
      }
    }
    return maps
  }

  // MARK: The teacher's answers

  /// What names the teacher's weights and settings in a cache.
  private var teacherHash: String {
    inputs.filter { $0.key.hasPrefix("teacher's ") }.sorted { $0.key < $1.key }
      .map { "\($0.key) \($0.value)" }.joined(separator: "\n")
  }

  /// Where the teacher's states are kept; nil where that is not asked for, or nothing reads any.
  func statePlace(of run: PreparedRun) -> StateCache.Place? {
    guard settings.cacheStates == true, let teacher, let folder = settings.teacherCache else { return nil }
    let layout = StateLayout(RecipeStages.teacherStates(of: run.stages), teacher.model.config)
    return layout.parts.isEmpty
      ? nil : StateCache.Place(folder: folder, teacherHash: teacherHash, layout: layout)
  }

  /// Asks the teacher for its logits, and for its states where they are kept, from the cache where there is one.
  func answer(_ run: PreparedRun, report: (TrainingEvent) throws -> Void) throws {
    guard let teacher, recipe.needsTeacher else { return }
    try withoutActuallyEscaping(report) { report in
      let note = { (text: String) in try report(.note(text)) }
      let cache = settings.teacherCache.map {
        LogitCache(folder: $0, teacherHash: teacherHash, note: note)
      }
      try teacher.answer(
        data.train.examples, maxLength: training.maxLength, cache: cache,
        progress: Self.progress("the teacher's logits", of: run.train.count, report))
      if let place = statePlace(of: run) {
        try teacher.keepStates(
          of: run.train, in: place,
          listener: .init(
            note: note, progress: Self.progress("the teacher's states", of: run.train.count, report)))
      } else if settings.cacheStates == true {
        try note("the method \(recipe.recipe.name) reads logits alone: there are no states to keep")
      }
    }
  }

  /// Says how many rows are done, and how long they took.
  private static func progress(
    _ what: String, of count: Int, _ report: @escaping (TrainingEvent) throws -> Void
  ) -> (Int) throws -> Void {
    let start = Clock.now()
    return { done in
      try report(
        .preparing(
          PreparationRecord(what: what, done: done, count: count, unit: "rows", seconds: Clock.now() - start))
      )
    }
  }

  /// Lets the teacher answer a few rows, and returns the seconds that all of them would take.
  func rehearse(_ run: PreparedRun, seconds: Double) throws -> Double? {
    guard let teacher, recipe.needsTeacher else { return nil }
    let logits = try teacher.rehearse(data.train.examples, maxLength: training.maxLength, seconds: seconds)
    guard let place = statePlace(of: run) else { return logits }
    teacher.rehearseStates(place.layout)
    // Reading the rows for their states costs about as much as for their logits.
    return StateCache.forecast(run.train, in: place).exists ? logits : 2 * logits
  }
}
