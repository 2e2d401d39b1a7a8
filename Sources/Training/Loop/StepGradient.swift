public import BERT
import Ranks

/// The gradient of a step: of its rows at once, or in parts, each alone, added up over the parts of all ranks.
///
/// Sums begin while the last part's way back goes on: those of a layer as soon as it is done with that layer.
public struct StepGradient {
  /// The way back of a model's last forward pass, not yet gone.
  public struct WayBack {
    let student: ModelLearner
    let gradient: OutputGradient

    /// The way back of the gradient of what a learner's last pass gave.
    public init(_ student: ModelLearner, _ gradient: OutputGradient) {
      (self.student, self.gradient) = (student, gradient)
    }

    /// Goes it; `finished` hears from which layer on parameters get nothing more.
    public func go(finished: (Int) -> Void = { _ in }) { student.backward(gradient, finished: finished) }
  }

  private let learners: [Learner]
  private let step: Step

  /// The gradients of these learners, which all ranks have; of none where only figures are added up.
  public init(_ learners: [Learner], _ step: Step) { (self.learners, self.step) = (learners, step) }

  /// The batches of a draw that `learn` is given, one after the other: all of them, or this rank's parts.
  public func batches(of draw: Draw) -> [LabelledBatch] {
    let shards = step.shards
    if shards.isWhole { return draw.batches }
    return shards.own.flatMap { draw.shard($0, of: shards.count).compactMap(\.self) }
  }

  /// Computes the gradient of a draw; on every rank it is that of all rows.
  ///
  /// `learn` adds the gradient of the rows that it is given to the learners', or hands back what is left of the way. Terms,
  /// measures and losses of rows are those of the whole step, added up in the order of the parts, so that no number depends
  /// on how many ranks there are. What `learn` throws is thrown before any sum begins.
  public func add(_ draw: Draw, _ learn: (LabelledBatch) throws -> (Figures, WayBack?)) throws -> Figures {
    try step.shards.isWhole ? addWhole(draw, learn) : addParts(draw, learn)
  }

  private func addWhole(_ draw: Draw, _ learn: (LabelledBatch) throws -> (Figures, WayBack?)) throws
    -> Figures
  {
    for learner in learners { learner.gradients.zero() }
    var figures = Figures.none
    for batch in draw.batches {
      let (found, way) = try learn(batch)
      figures.add(found)
      way?.go()
    }
    return figures
  }

  private func addParts(_ draw: Draw, _ learn: (LabelledBatch) throws -> (Figures, WayBack?)) throws
    -> Figures
  {
    let shards = step.shards
    var found: [ShardFigures] = []
    // The last way back of this rank waits until all ranks have come to theirs.
    var last: WayBack?
    func compute(_ number: Int) throws {
      for learner in learners { learner.gradients.zero() }
      found.append(
        ShardFigures(
          try draw.shard(number, of: shards.count).map { part in
            guard let part else { return nil }
            last?.go()
            last = nil
            let (figures, way) = try learn(part)
            last = way
            return figures
          }))
    }
    func accumulate(_ parts: Range<Int>) throws {
      if parts.count == 1 {
        try compute(parts.lowerBound)
        last?.go()
        last = nil
        return
      }
      let halves = GradientShards.halves(parts)
      try accumulate(halves.0)
      let first = learners.map { KeptGradient($0) }
      try accumulate(halves.1)
      for gradient in first { gradient.addBack() }
    }
    var parts = shards.own
    // Branches of the tree to the left of the last part, the largest first.
    var kept: [[KeptGradient]] = []
    while parts.count > 1 {
      let halves = GradientShards.halves(parts)
      try accumulate(halves.0)
      kept.append(learners.map { KeptGradient($0) })
      parts = halves.1
    }
    try compute(parts.lowerBound)
    if let last { last.student.touch(last.gradient) }
    let all = try agree(found, kept)
    try sum(kept, last, all.rows)
    return ShardFigures.joined(all.figures, batches: draw.batches.count)
  }

  /// What all parts gave, and the rows of each learner's word embeddings that any of them touches.
  private func agree(_ found: [ShardFigures], _ kept: [[KeptGradient]]) throws -> (
    figures: [ShardFigures], rows: [[Int32]]
  ) {
    var message = Message()
    for (place, learner) in learners.enumerated() {
      let own = kept.reduce(into: Set(SharedGradient.rows(of: learner))) { $0.formUnion($1[place].rows) }
      message.add(own.sorted())
    }
    for figures in found { try figures.write(to: &message) }
    var touched: [Set<Int32>] = learners.map { _ in [] }
    var all: [ShardFigures] = []
    // Ranks hold parts in their order.
    for said in try step.shards.ranks.gather(message.bytes) {
      var reader = Message.Reader(said)
      for place in learners.indices { touched[place].formUnion(try reader.values(Int32.self)) }
      all += try ShardFigures.all(&reader)
    }
    return (all, touched.map { $0.sorted() })
  }

  /// Goes the last way back and adds up over parts and ranks what it is done with.
  private func sum(_ kept: [[KeptGradient]], _ last: WayBack?, _ rows: [[Int32]]) throws {
    let ranks = step.shards.ranks
    let overlaps = step.overlapsSums && !ranks.isAlone
    let sums = SumsBeside(ranks, beside: overlaps)
    let pieces = GradientPiece.all(of: learners, byLayer: overlaps)
    var next = 0
    func finish(_ level: Int) {
      while next < pieces.count, pieces[next].level >= level {
        let piece = pieces[next]
        next += 1
        let floats = learners[piece.learner].gradients.floats(piece.range)
        // From the last branch to the first, as the tree has it.
        for gradients in kept.reversed() { gradients[piece.learner].addBack(piece.range) }
        sums.add(floats)
      }
    }
    last?.go(finished: finish)
    finish(0)
    let tables = learners.enumerated().map { place, learner in
      for gradients in kept.reversed() { gradients[place].addBackRows() }
      return SharedRows(rows[place], of: learner, over: ranks)
    }
    for table in tables { sums.add(table.floats) }
    try sums.wait()
    for table in tables { table.putBack() }
  }
}
