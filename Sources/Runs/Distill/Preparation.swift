import BERT
import Distillation
import Files
import GLUE
import Ranks
import Tensors
import Tokenization
import Training

/// Everything of a run that is read and checked before its first step.
struct Preparation {
  /// A teacher with what names its weights and settings in a cache.
  struct Named {
    let teacher: Teacher
    let directory: String
    let hash: String
  }

  let settings: DistillSettings
  private let ranks: Ranks
  let data: TaskData
  let training: TrainingSettings
  let method: RecipeStages
  /// The teachers, the one whose layers are compared first.
  let teachers: [Named]
  let student: StudentBuilder.Student
  private let source: (any TeacherSource)?
  private let way: TeacherWay?
  private let answered: AnsweredTeacher?
  private let text: RecipeStages
  private(set) var inputs: [String: String]
  private(set) var notes: [String] = []

  /// Reads what the settings name; throws where it does not fit together.
  ///
  /// `whole` are the settings that the run is known by: with assistants, they name the chain's first teacher.
  /// `recorded` is the training of a run that goes on; `report` hears how far made text is.
  init(
    _ settings: DistillSettings, of whole: DistillSettings, with tables: MethodTables,
    recorded: TrainingSettings? = nil, ranks: Ranks = .alone,
    report: (RunEvent) throws -> Void = { _ in }
  ) throws {
    (self.settings, self.ranks) = (settings, ranks)
    try settings.training.validate()
    Parallel.configure(threads: settings.training.threads ?? 0)
    method = try RecipeStages(settings, with: tables)
    text = try RecipeStages(whole, with: tables)
    var data = try TaskData(settings, among: tables.tasks)
    notes = data.notes
    inputs = data.inputs
    if let share = settings.heldOutShare {
      data = try data.holdingOut(share)
      notes.append(
        "\(data.dev[0].examples.count) training rows are held out: the run is measured on them, and on no row of dev"
      )
    }
    if let augment = settings.augment {
      if !method.needsTeacher {
        throw DistillationError.settings(
          "the method \(method.recipe.name) learns from labels alone, and made text has none: choose a method with "
            + "a teacher, such as kd, or leave augment out")
      }
      let made = try MadeText(augment, of: data, settings, report: report)
      data.unlabelled += made.rows
      notes += made.notes
      inputs.merge(made.inputs) { first, _ in first }
    }
    let answers = try TeacherAnswers(settings, method, for: &data)
    notes += answers?.notes ?? []
    inputs.merge(try InputHashes.answers(whole.teacherAnswers ?? [])) { first, _ in first }
    self.data = data
    let models = try LoadedTeacher.all(settings, method: method)
    for model in models {
      notes += model.notes
      inputs.merge(model.hashes(as: whole.assistants == nil ? "teacher" : "assistant")) { first, _ in first }
    }
    if whole.assistants != nil, let first = whole.teacher {
      inputs.merge(try ModelSource.hashes(first, as: "teacher")) { first, _ in first }
    }
    let isPretrained =
      settings.studentLayers != nil || settings.student.map { Files.isDirectory($0) } ?? false
    training = try settings.training.resolved(
      for: data.task, rows: data.train.examples.count, isPretrained: isPretrained, recorded: recorded)
    var made = try StudentBuilder.make(
      SelfDistillation.settings(settings, method, teacher: models.first?.model.config).student(
        for: data.task, training: training, scale: data.scoreScale,
        teacher: models.first.map { ($0.model, $0.tokenizer) }))
    let rounded = try ModelSource.applyingRounding(made.model, training)
    (made.model, made.notes) = (rounded.model, made.notes + rounded.notes)
    student = made
    try SelfDistillation.check(method, student: student.model.config, teacher: models.first?.model.config)
    inputs.merge(student.inputs) { first, _ in first }
    for (number, path) in try method.lessonFiles().enumerated() {
      let name = "lesson file \(number + 1)"
      inputs.merge(
        Files.isDirectory(path)
          ? try ModelSource.hashes(path, as: name) : [name: try SHA256.hexadecimal(ofFile: path)]
      ) { first, _ in first }
    }
    data.fitCosine(of: student.model)
    inputs["vocabulary"] = student.tokenizer.vocabulary.hash
    notes += student.notes
    try Evaluator.check(student.model, student.tokenizer, data.task)
    let (task, student) = (data.task, student)
    teachers = try models.map {
      Named(
        teacher: try Teacher(
          model: $0.model, tokenizer: $0.tokenizer, task: task, studentLabels: student.model.config.labels,
          studentTokenizer: student.tokenizer, studentScale: student.model.config.scoreScale),
        directory: $0.directory, hash: $0.hash)
    }
    if let precision = training.precision {
      for named in teachers { try named.teacher.runBeside(in: precision) }
    }
    notes += models.flatMap { Self.doubts(of: $0.directory, on: task) }
    if training.windows == nil {
      notes += models.filter { $0.tokenizer.settings.windows != nil }.map {
        "the teacher \($0.directory) reads long texts in windows, and the student's are cut: --windows reads them so"
      }
    }
    notes += teachers.compactMap { named in named.teacher.note.map { "\(named.directory): \($0)" } }
    way = try TeacherWay(settings, method)
    answered = try answers?.teacher(for: student.model.config, task)
    let sources = teachers.map { $0.teacher as any TeacherSource } + [answered].compactMap { $0 }
    source =
      sources.count < 2
      ? sources.first
      : way?.source(
        teachers.dropFirst().map(\.teacher), final: teachers[0].teacher, average: settings.teacherAverage)
        ?? TeacherEnsemble(
          sources, weights: settings.teacherWeights ?? [Double](repeating: 1, count: sources.count),
          average: settings.teacherAverage ?? .probabilities)
    if let way, way.use == .equal { notes.append(way.sentence(Array(0...way.steps.count))) }
    try checkVocabularies()
    if settings.cacheStates == true && settings.teacherCache == nil {
      throw DistillationError.settings(
        "cache_states needs a folder to keep them in: give --teacher-cache DIR")
    }
    notes += [try data.classWeightsNote(training)].compactMap(\.self)
    if recorded == nil { notes += try IdleSettings(settings, method, data.task).found() }
    notes += try method.recipe.neverReached(epochs: method.epochs(training))
    if let labels = data.task.labels {
      notes += try method.recipe.coincidences(classes: labels.count, in: tables)
    }
    if !data.unlabelled.isEmpty {
      if !method.needsTeacher && method.recipe.stages.allSatisfy({ $0.lesson == nil }) {
        throw DistillationError.settings(
          "the method \(method.recipe.name) learns from labels alone, and texts without labels have none: choose a "
            + "method with a teacher, such as kd")
      }
      notes.append(
        "\(data.unlabelled.count) rows have no label: the student learns what the "
          + (method.needsTeacher ? "teacher says of them" : "others say of them"))
    }
  }

  /// What the record of the run that made a teacher holds against its answers, where there is such a record.
  private static func doubts(of teacher: String, on task: GLUETask) -> [String] {
    guard let folder = RunFolder.ofModel(teacher), let record = try? RunRecord<JSONValue>.read(folder),
      record.description.task == task.name
    else { return [] }
    return (record.findings?.sentences ?? []).map { "the teacher \(teacher): \($0)" }
  }

  /// The teacher whose layers are compared.
  private var teacher: Teacher? { teachers.first?.teacher }

  /// Layers can be compared token by token only where both models read the same tokens.
  private func checkVocabularies() throws {
    guard let teacher, let term = try method.intermediateTerm() else { return }
    let (its, own) = (teacher.tokenizer, student.tokenizer)
    if its.settings.readsPairsApart != own.settings.readsPairsApart {
      throw DistillationError.mismatch(
        "the term \(term) compares layers token by token, and of a cross-encoder and a bi-encoder one reads both texts of a "
          + "pair in one sequence, the other each by itself: choose a method of logits alone, such as annealing or kd"
      )
    }
    if !its.givesSameIDs(as: own) {
      let what =
        its.vocabulary == own.vocabulary
        ? "read by different tokenizer settings" : "have different vocabularies"
      throw DistillationError.mismatch(
        "the term \(term) compares the models token by token, but teacher and student \(what): choose a method of "
          + "logits alone, such as annealing or kd")
    }
  }

  /// The run with its rows and stages; the teacher has not answered yet.
  func prepared() throws -> PreparedRun {
    let map =
      data.task.isRegression ? nil : try LabelMap(task: data.task, modelLabels: student.model.config.labels)
    var length = MaximumLength.of(student.model.config, student.tokenizer, wanted: training.maxLength)
    if let teacher, try method.intermediateTerm() != nil {
      length = MaximumLength.of(teacher.model.config, teacher.tokenizer, wanted: length)
    }
    if training.windows != nil {
      // Every teacher is asked about every window.
      length = teachers.map(\.teacher).reduce(length) {
        MaximumLength.of($1.model.config, $1.tokenizer, wanted: $0)
      }
    }
    let tokenizer = try training.reading(student.tokenizer, length: length, pairs: data.task.hasPairs)
    let rows = try TaskRows(
      data.examples, tokenizer: tokenizer, maxLength: length, toModel: map?.toModel,
      scale: student.model.config.scoreScale)
    answered?.answer(rows)
    let stages = try method.stages(
      of: RecipeStages.Parts(
        student: ModelLearner(student.model), tokenizer: tokenizer,
        // Answers alone have no layers: terms that ask for some were refused.
        teacher: source.map { ($0, (teacher?.model ?? student.model).config) }, task: data.task,
        training: training, rows: rows,
        classWeights: data.classWeights(training).map { map?.inModelOrder($0) ?? $0 },
        classVectors: teacher?.classVectors,
        labelledRows: rows.count(ofExamples: data.train.examples.count),
        measure: TaskMeasure(
          data.dev[0], tokenizer: tokenizer,
          maxLength: MaximumLength.of(
            student.model.config, tokenizer, wanted: tokenizer.settings.windows?.length ?? training.maxLength),
          modelLabels: student.model.config.labels, selectionMetric: training.selectionMetric),
        cache: settings.teacherCache.flatMap { folder in
          teachers.first.map { LessonTable.Cache(folder: folder, teacherHash: $0.hash) }
        }))
    var setting = TermTable.Setting(
      student: student.model.config,
      teacher: teacher?.model.config ?? answered.map { _ in student.model.config },
      isRegression: data.task.isRegression, labelSmoothing: training.labelSmoothing, seed: training.seed)
    setting.isMultiLabel = data.task.isMultiLabel
    if student.model.config.pairEncoding == .bi { try PairParts.check(stages) }
    return PreparedRun(
      kind: Distill.name, method: method.recipe.name, data: data, model: student.model,
      tokenizer: tokenizer, stages: stages, training: training, train: rows,
      teacher: teachers.first.map { ($0.directory, $0.teacher.model.config.shape) },
      inputs: inputs, notes: notes, settings: try text.text(resolved: training, in: setting))
  }

  /// Each term that compares layers, with its pairs of student and teacher layer.
  func layerMaps() throws -> [String] {
    guard let teacher else { return [] }
    var maps: [String] = []
    for stage in method.recipe.stages {
      for term in stage.terms {
        let pairs = try method.tables.terms.pairs(
          term, student: student.model.config.numHiddenLayers, teacher: teacher.model.config.numHiddenLayers)
        guard let pairs else { continue }
        let line =
          "\(term.kind): " + pairs.map { "\($0.student) from \($0.teacher)" }.joined(separator: ", ")
        if !maps.contains(line) { maps.append(line) }
      }
    }
    return maps
  }

  // MARK: The teacher's answers

  /// Where the teacher's states are kept; nil where that is not asked for, or nothing reads any.
  func statePlace(of run: PreparedRun) -> StateCache.Place? {
    guard settings.cacheStates == true, let first = teachers.first, let folder = settings.teacherCache
    else { return nil }
    let layout = StateLayout(RecipeStages.teacherStates(of: run.stages), first.teacher.model.config)
    return layout.isEmpty
      ? nil : StateCache.Place(folder: folder, teacherHash: first.hash, layout: layout)
  }

  /// Asks the teachers for their logits, and the first for its states where they are kept; from the cache where
  /// there is one.
  func answer(_ run: PreparedRun, report: (RunEvent) throws -> Void) throws {
    try withoutActuallyEscaping(report) { report in
      for lesson in run.stages.map(\.lesson) {
        try lesson.prepare(over: ranks) { what, done, count in
          try report(
            .preparing(PreparationRecord(what: what, done: done, count: count, unit: "rows", seconds: 0)))
        }
      }
    }
    guard let teacher, method.readsAnswers else { return }
    try withoutActuallyEscaping(report) { report in
      let note = { (text: String) in try report(.note(text)) }
      for (index, named) in teachers.enumerated() {
        let cache = settings.teacherCache.map { LogitCache(folder: $0, teacherHash: named.hash, note: note) }
        let who = index == 0 ? "the teacher's" : "teacher \(index + 1)'s"
        let progress = Self.progress("\(who) logits", of: run.train.count, report)
        if run.train.windows != nil && named.teacher.readsStudentsTokens {
          try named.teacher.answer(run.train, cache: cache, over: ranks, progress: progress)
        } else {
          try named.teacher.answer(
            WindowTexts.examples(of: data.examples, as: run), maxLength: training.maxLength, cache: cache,
            over: ranks, progress: progress)
        }
        if let request = try method.uncertainty() {
          try named.teacher.measureUncertainty(
            of: WindowTexts.examples(of: data.examples, as: run), maxLength: training.maxLength, request,
            cache: settings.teacherCache.map {
              LogitCache(folder: $0, teacherHash: "\(named.hash)\n\(request.name)", note: note)
            }, progress: Self.progress("\(who) uncertainty", of: run.train.count, report))
        }
      }
      if let way, way.use == .greedy, let curriculum = source as? TeacherCurriculum {
        try curriculum.choose(run.train, threshold: settings.anchorThreshold ?? TeacherWay.threshold)
        try note(way.sentence(curriculum.route))
      }
      if let place = statePlace(of: run) {
        // One writes; the others find it written.
        if !ranks.isFirst { try ranks.meet() }
        try teacher.keepStates(
          of: run.train, in: place,
          listener: .init(
            note: note, progress: Self.progress("the teacher's states", of: run.train.count, report)))
        if ranks.isFirst { try ranks.meet() }
      }
    }
  }

  /// What the teacher's answers add to the labels, where the method learns from its probabilities.
  func knowledge(_ run: PreparedRun) throws -> KnowledgeShares? {
    let terms = method.recipe.stages.flatMap(\.terms).filter { $0.kind.hasPrefix("kl") }
    guard let source, let term = terms.first, !data.task.isRegression else { return nil }
    let options = try method.tables.terms.options(of: term) as? any TemperatureOptions
    let start = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
    let temperature = term.kind == "kl_similarity" ? nil : options?.temperature?.value(at: start)
    guard let (said, labels) = try source.probabilities(of: run.train, temperature: temperature ?? 1) else {
      return nil
    }
    return KnowledgeShares(targets: said, labels: labels, temperature: temperature ?? 1)
  }

  /// Says how many rows are done, and how long they took.
  private static func progress(
    _ what: String, of count: Int, _ report: @escaping (RunEvent) throws -> Void
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
    guard let teacher, method.readsAnswers else { return nil }
    let passes = Double(1 + (try method.uncertainty()?.passes ?? 0))
    let logits =
      try passes
      * teachers.reduce(0) {
        $0
          + (try $1.teacher.rehearse(
            data.examples, maxLength: training.maxLength, rows: run.train.count,
            seconds: seconds / Double(teachers.count)))
      }
    guard let place = statePlace(of: run) else { return logits }
    teacher.rehearseStates(place.layout)
    // Reading the rows for their states costs about as much as for their logits.
    return StateCache.forecast(run.train, in: place).exists
      ? logits : logits + logits / passes / Double(teachers.count)
  }
}
