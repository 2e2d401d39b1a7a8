import BERT
import Glibc
import Tensors
import Tokenization
import Training

/// A masked language model that fills masked places, with the memory that its probabilities need.
final class TextGenerator {
  /// The model; a lesson may move it.
  let learner: ModelLearner
  /// The id of `[MASK]`.
  let mask: Int32
  private let tokenizer: Tokenizer
  private var memory: [FloatBuffer] = []

  /// Reads a checkpoint; throws where it has no masked-language head, or reads other ids than the student.
  init(_ directory: String, for student: Tokenizer, lesson: String) throws {
    let loaded: LoadedModel
    do {
      loaded = try BertModel.load(directory: directory, head: .asStored)
    } catch {
      throw DistillationError.settings("the generator of \(lesson): \(error)")
    }
    guard loaded.model.head == .maskedLM else {
      throw DistillationError.settings(
        "the generator of \(lesson) must be a masked language model (BertForMaskedLM), and \(directory) has "
          + "\(loaded.model.head == .none ? "no head" : "a head for classes or scores"): train one with anneal pretrain"
      )
    }
    let own = try Tokenizer(directory: directory)
    if student.settings.readsPairsApart {
      throw DistillationError.mismatch(
        "the generator of \(lesson) writes into one sequence, and a bi-encoder reads the texts of a pair in two: choose a "
          + "method without a generator, such as kd")
    }
    guard own.givesSameIDs(as: student) else {
      throw DistillationError.mismatch(
        "the generator \(directory) and the student have different vocabularies or tokenizer settings: what one writes "
          + "the other cannot read")
    }
    guard let mask = student.maskID else {
      throw DistillationError.mismatch(
        "the vocabulary has no \(student.settings.maskToken) to generate in the place of")
    }
    (tokenizer, self.mask) = (student, mask)
    try loaded.model.requireFloat32(for: "training", path: directory)
    learner = ModelLearner(loaded.model, name: "generator", dropoutSeed: 1 << 32)
  }

  /// The logits of the masked places as a model at rest gives them.  // [places, vocabulary]
  private func logits(_ masked: MaskedRows) throws -> Matrix {
    var request = OutputRequest()
    request.logitTokens = masked.places
    guard let logits = try learner.answer(masked.batch, request: request).logits else {
      preconditionFailure("a masked language model without logits")
    }
    return logits
  }

  /// An id for each masked place, drawn from `softmax(logits / temperature)`; special tokens are not drawn.
  ///
  /// By inverting the distribution at a uniform number keyed by step, row and place, which is the distribution that
  /// Gumbel noise and argmax give.
  func sample(_ masked: MaskedRows, temperature: Double = 1, in step: Step) throws -> [Int32] {
    if masked.places.isEmpty { return [] }
    let logits = try logits(masked)
    let random = CounterRandom(seed: step.seed, purpose: .init("filled places"), step: step.number)
    let special = tokenizer.specialIDs.map(Int.init).filter { $0 < logits.columns }
    let keys = masked.keys()
    var ids = [Int32](repeating: 0, count: masked.places.count)
    ids.withUnsafeMutableBufferPointer { ids in
      let ids = ids
      Parallel.forEach(count: logits.rows) { row in
        let values = logits.row(row)
        for id in special { values[id] = -.infinity }
        var largest = -Float.infinity
        for value in values { largest = max(largest, value) }
        var sum: Float = 0
        for i in values.indices {
          values[i] = expf((values[i] - largest) / Float(temperature))
          sum += values[i]
        }
        var left = Float(random.uniform(keys[row])) * sum
        var chosen = values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
        for i in values.indices where values[i] > 0 {
          left -= values[i]
          if left < 0 {
            chosen = i
            break
          }
        }
        ids[row] = Int32(chosen)
      }
    }
    return ids
  }

  /// A draw through which a gradient goes back: the ids, and their probabilities with the noise that chose them.
  struct Draw {
    /// The row of the largest probability of each place.
    let ids: [Int32]
    /// 1 at the id, 0 elsewhere: what the readers see.  // [places, vocabulary]
    let oneHot: Matrix
    /// `softmax((logits + Gumbel noise) / temperature)`: what the way back goes through.  // [places, vocabulary]
    let soft: Matrix
  }

  /// Draws by Gumbel-softmax, straight through (Jang and others 2017), as a step of training: with dropout.
  ///
  /// Special tokens are not drawn. `noise` of a masked place and an id takes the place of what is keyed by step, row and
  /// place.
  func gumbel(
    _ masked: MaskedRows, temperature: Double, in step: Step, noise: ((Int, Int) -> Double)? = nil
  ) throws -> Draw {
    var request = OutputRequest()
    request.logitTokens = masked.places
    guard let logits = try learner.forward(masked.batch, request: request, in: step).logits else {
      preconditionFailure("a masked language model without logits")
    }
    let random = CounterRandom(seed: step.seed, purpose: .init("gumbel noise"), step: step.number)
    let (oneHot, soft) = (matrix(0, logits.rows, logits.columns), matrix(1, logits.rows, logits.columns))
    let special = tokenizer.specialIDs.map(Int.init).filter { $0 < logits.columns }
    let keys = masked.keys()
    var ids = [Int32](repeating: 0, count: logits.rows)
    ids.withUnsafeMutableBufferPointer { ids in
      let ids = ids
      Parallel.forEach(count: logits.rows) { row in
        for id in special { logits[row, id] = -.infinity }
        let (target, hard) = (soft.row(row), oneHot.row(row))
        // A stream of its own for each place, so that noise depends on neither batch nor order.
        let start = CounterRandom.mix(keys[row])
        for i in 0..<logits.columns {
          let uniform = max(random.uniform(start &+ UInt64(i)), 0x1p-53)
          let own = noise?(row, i) ?? -log(-log(uniform))
          target[i] = Float((Double(logits[row, i]) + own) / temperature)
        }
        RowMath.softmax(soft.base + row * soft.stride, logits.columns)
        let chosen = target.indices.reduce(0) { target[$1] > target[$0] ? $1 : $0 }
        hard.update(repeating: 0)
        hard[chosen] = 1
        ids[row] = Int32(chosen)
      }
    }
    return Draw(ids: ids, oneHot: oneHot, soft: soft)
  }

  /// Takes the gradient of the one-hot rows of the last `gumbel` back to the generator's weights, through the soft ones:
  /// `dz = y (g - Σ y g) / temperature`.
  func backward(_ draw: Draw, _ gradient: Matrix, places: [Int], temperature: Double) {
    var request = OutputRequest()
    request.logitTokens = places
    let output = learner.makeGradient(for: request)
    guard let slope = output.logits else { preconditionFailure("a masked language model without logits") }
    Parallel.forEach(count: slope.rows) { row in
      let (y, g, target) = (draw.soft.row(row), gradient.row(row), slope.row(row))
      let mean = RowMath.dot(
        draw.soft.base + row * draw.soft.stride, gradient.base + row * gradient.stride, y.count)
      for i in y.indices { target[i] = y[i] * (g[i] - mean) / Float(temperature) }
    }
    learner.backward(output)
  }

  /// Memory number `index`, which grows to the largest batch.
  func matrix(_ index: Int, _ rows: Int, _ columns: Int) -> Matrix {
    while memory.count <= index { memory.append(FloatBuffer(count: max(rows * columns, 1))) }
    if memory[index].count < rows * columns { memory[index] = FloatBuffer(count: rows * columns) }
    return memory[index].matrix(rows: rows, columns: columns)
  }
}
