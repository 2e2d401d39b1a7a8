public import BERT
public import GLUE
public import Ranks
public import Tensors
public import Tokenization
public import Training

/// A fine-tuned model as a source of what a student learns from.
///
/// It always runs in evaluation mode. The logits of rows that it was asked about beforehand are computed once, from its
/// own tokens, and permuted to the student's label order by the names of the labels; hidden states and attention are
/// read from a cache where they were kept. Everything else runs beside the student, batch by batch, which takes a
/// student that reads the same tokens.
public final class Teacher: TeacherSource {
  /// The model.
  public let model: BertModel
  /// How it reads text.
  public let tokenizer: Tokenizer
  /// What a user should know about how its labels were matched, if anything.
  public let note: String?
  let map: [Int]?
  /// The units of its own score and of the student's, where they differ.
  private let scales: (own: ScoreScale?, student: ScoreScale?)?
  /// Whether it gives every text the ids that the student does.
  public let readsStudentsTokens: Bool
  /// The model as it runs beside a student.
  private(set) var live: BertModel
  let workspace = Workspace()
  /// The logits of each row of each data set that was asked about, in the student's label order.  // [rows][labels]
  private var answers: [UInt32: [[Float]]] = [:]
  /// How unsure it is of each training row, 1 being the mean; none where it was not measured.
  var uncertainties: [Double] = []
  private var batchLogits = FloatBuffer(count: 0)
  private var states = States.computed

  /// Where everything but logits comes from.
  private enum States {
    /// A forward pass for each batch.
    case computed
    /// A file.
    case stored(StateCache)
    /// Nowhere: zeros, where only time and memory are asked for.
    case rehearsed(StateLayout, Arena)
  }

  /// A teacher of a task for students whose logits are in the order `studentLabels`.
  ///
  /// With the student's tokenizer it can run beside the student where both give the same ids; without, it answers
  /// only what it was asked beforehand. A score is given as a student of the units `studentScale` would answer it. Throws where the teacher's labels are not those of the task, naming both.
  public init(
    model: BertModel, tokenizer: Tokenizer, task: GLUETask, studentLabels: [String]?,
    studentTokenizer: Tokenizer? = nil, studentScale: ScoreScale? = nil
  ) throws {
    (self.model, live) = (model, model)
    let own = model.config.scoreScale
    scales = own == studentScale || !task.isRegression ? nil : (own, studentScale)
    self.tokenizer = tokenizer
    readsStudentsTokens = studentTokenizer.map { tokenizer.givesSameIDs(as: $0) } ?? false
    do {
      try Evaluator.check(model, tokenizer, task)
      if task.isRegression {
        (map, note) = (nil, nil)
      } else {
        let own = try LabelMap(task: task, modelLabels: model.config.labels)
        let student = try LabelMap(task: task, modelLabels: studentLabels)
        map = student.toTask.map { own.toModel[$0] }
        note = own.note
      }
    } catch {
      throw DistillationError.mismatch("the teacher does not fit \(task.name): \(error)")
    }
  }

  /// The rows of its classifier in the student's label order; nil where it gives a score.  // [labels][width]
  public var classVectors: [[Float]]? {
    map.map { places in
      let weight = model.parameters.matrix("classifier.weight")
      return places.map { Array(weight.row($0)) }
    }
  }

  /// Lets the model multiply as the student does wherever it runs beside it; what it answers beforehand is in float32 still.
  ///
  /// A teacher of 8 bits stays as it is.
  public func runBeside(in precision: ProductPrecision) throws {
    guard model.precision == "float32" else { return }
    live = try model.widened().multiplying(learning: precision, answering: precision)
  }

  /// Computes the logits of all training rows, from the teacher's own tokens; `progress` hears how many are done.
  ///
  /// Ranks share the rows. Where its folder says that it reads windows, its answer to a row is that of its windows, joined.
  public func answer(
    _ examples: [Example], maxLength: Int?, cache: LogitCache? = nil, over ranks: Ranks = .alone,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    let length = MaximumLength.of(model.config, tokenizer, wanted: maxLength)
    let rows = try TaskRows(examples, tokenizer: tokenizer, maxLength: length, toModel: nil)
    keep(rows.joined(try logits(rows, cache, ranks, progress)), of: rows)
  }

  /// Computes the logits of rows of the teacher's own tokens, each row by itself.
  public func answer(
    _ rows: TaskRows, cache: LogitCache? = nil, over ranks: Ranks = .alone,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    keep(try logits(rows, cache, ranks, progress), of: rows)
  }

  private func logits(
    _ rows: TaskRows, _ cache: LogitCache?, _ ranks: Ranks, _ progress: (Int) throws -> Void
  ) throws -> [[Float]] {
    let predictor = Predictor(model: model)
    return try cache?.logits(rows, over: ranks) { try predictor.logits($0, over: ranks, progress: progress) }
      ?? predictor.logits(rows, over: ranks, progress: progress)
  }

  private func keep(_ logits: [[Float]], of rows: TaskRows) {
    answers[UInt32(rows.dataSet)] = logits.map(inStudentsTerms)
  }

  /// Logits of its own in the student's label order, or a score as the student has it.
  func inStudentsTerms(_ row: [Float]) -> [Float] {
    if let map { return map.map { row[$0] } }
    guard let scales else { return row }
    return row.map { own in
      let score = scales.own?.score(Double(own)) ?? Double(own)
      return Float(scales.student?.answer(score) ?? score)
    }
  }

  /// Reads the states of the training rows from a file from now on, writing it first where it is not there.
  public func keepStates(of rows: TaskRows, in place: StateCache.Place, listener: StateCache.Listener) throws
  {
    states = .stored(try StateCache.open(rows, in: place, model: model, listener: listener))
  }

  /// Stands in for `keepStates` where only time and memory are asked for.
  public func rehearseStates(_ layout: StateLayout) { states = .rehearsed(layout, Arena()) }

  /// Stands in for `answer` where only time and memory are asked for: every row gets zeros, a few rows are answered,
  /// and the seconds that all would take come back.
  ///
  /// `rows` is how many rows the student has, the examples if left out.
  public func rehearse(
    _ examples: [Example], maxLength: Int?, rows: Int? = nil, seconds: Double, dataSet: Int = 0
  ) throws -> Double {
    let columns = map?.count ?? 1
    if dataSet == 0 { uncertainties = [Double](repeating: 1, count: rows ?? examples.count) }
    answers[UInt32(dataSet)] = [[Float]](
      repeating: [Float](repeating: 0, count: columns), count: rows ?? examples.count)
    let length = MaximumLength.of(model.config, tokenizer, wanted: maxLength)
    let predictor = Predictor(model: model)
    var (measured, count, taken) = (0.0, 0, 2)
    // Twice as many rows each time, so that what the first pass sets up weighs little.
    while measured < seconds && count < examples.count {
      let some = Array(examples[count..<min(count + taken, examples.count)])
      let start = Clock.now()
      _ = try predictor.logits(TaskRows(some, tokenizer: tokenizer, maxLength: length, toModel: nil))
      if count > 0 { measured += Clock.now() - start }
      count += some.count
      taken *= 2
    }
    return count > 2 ? measured / Double(count - 2) * Double(examples.count) : 0
  }

  /// What the teacher says of a batch, in evaluation mode; logits in the student's label order.
  ///
  /// Throws where it must run beside a student that reads other tokens.
  public func outputs(for batch: LabelledBatch, request: OutputRequest, at position: SchedulePosition) throws
    -> EncoderOutput
  {
    var rest = request
    rest.logits = false
    guard request.logits else { return try rest == Self.nothing ? EncoderOutput() : states(for: batch, rest) }
    guard let known = known(batch.rows) else {
      var output = try passing(batch, request)
      output.logits = output.logits.map { own in
        logits(own.rows) { row in inStudentsTerms(Array(own.row(row))) }
      }
      return output
    }
    var output = rest == Self.nothing ? EncoderOutput() : try states(for: batch, rest)
    output.logits = logits(batch.rows.count) { known[$0] }
    return output
  }

  /// What it answered to the rows, each; nil where it was not asked about one of them.
  private func known(_ rows: [RowID]) -> [[Float]]? {
    var found: [[Float]] = []
    found.reserveCapacity(rows.count)
    for row in rows {
      guard let answers = answers[row.dataSet], answers.indices.contains(Int(row.number)) else { return nil }
      found.append(answers[Int(row.number)])
    }
    return found
  }

  /// Rows of logits in memory of this object.  // [sequences, labels]
  func logits(_ count: Int, _ row: (Int) -> [Float]) -> Matrix {
    let columns = map?.count ?? 1
    if batchLogits.count < count * columns { batchLogits = FloatBuffer(count: count * columns) }
    let matrix = batchLogits.matrix(rows: count, columns: columns)
    for place in 0..<count {
      let values = row(place)
      for column in 0..<columns { matrix[place, column] = values[column] }
    }
    return matrix
  }

  private func states(for batch: LabelledBatch, _ wanted: OutputRequest) throws -> EncoderOutput {
    switch states {
    case .stored(let cache) where cache.holds(wanted, of: batch.rows):
      return cache.outputs(for: batch, wanted)
    case .rehearsed(let layout, let arena):
      arena.reset()
      let output = layout.makeOutput(wanted, for: batch.batch, in: arena)
      for sequence in 0..<batch.batch.sequenceCount {
        for part in layout.parts {
          layout.place(of: part, sequence: sequence, in: output, batch.batch)?
            .update(repeating: 0, count: layout.count(part, tokens: batch.batch.tokens(of: sequence).count))
        }
      }
      return output
    default: return try passing(batch, wanted)
    }
  }

  /// A pass over the student's own tokens.
  private func passing(_ batch: LabelledBatch, _ wanted: OutputRequest) throws -> EncoderOutput {
    if !readsStudentsTokens {
      let row = batch.rows.first { known([$0]) == nil } ?? 0
      throw DistillationError.mismatch(
        "the teacher was not asked about row \(row.number + 1) of data set \(row.dataSet), and cannot read the "
          + "student's tokens: it has another tokenizer")
    }
    return try live.forward(batch.batch, request: wanted, workspace: workspace)
  }

  private static let nothing: OutputRequest = {
    var request = OutputRequest()
    request.logits = false
    return request
  }()
}
