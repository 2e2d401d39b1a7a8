import BERT
import Ranks

extension ObjectiveLesson {
  /// Adds the gradients of a draw, computed part by part, to what the learners of every rank then hold alike.
  ///
  /// Terms and losses of rows are those of the whole step, added up in the order of the parts, so that no number depends
  /// on how many ranks there are.
  func addShards(_ draw: Draw, _ step: Step) throws -> Figures {
    let shards = step.shards
    var found: [Int: ShardFigures] = [:]
    try accumulate(shards.own) { number in
      found[number] = try ShardFigures(
        draw.shard(number, of: shards.count).map { part in
          try part.map { try add(Draw([$0], totals: draw.totals), step) }
        })
    }
    var message = Message()
    for learner in learners { message.add(SharedGradient.rows(of: learner)) }
    for number in shards.own { found[number]?.write(to: &message) }
    var touched: [Set<Int32>] = learners.map { _ in [] }
    var all: [ShardFigures] = []
    // Ranks hold parts in their order.
    for said in try shards.ranks.gather(message.bytes) {
      var reader = Message.Reader(said)
      for place in learners.indices { touched[place].formUnion(try reader.values(Int32.self)) }
      all += try ShardFigures.all(&reader)
    }
    for (learner, rows) in zip(learners, touched) {
      try SharedGradient.sum(learner, rows: rows.sorted(), over: shards.ranks)
    }
    return ShardFigures.joined(all, batches: draw.batches.count)
  }

  /// Computes the gradients of some parts and adds them up as the tree of `GradientShards` says.
  private func accumulate(_ parts: Range<Int>, _ compute: (Int) throws -> Void) throws {
    if parts.count == 1 {
      for learner in learners { learner.gradients.zero() }
      return try compute(parts.lowerBound)
    }
    let halves = GradientShards.halves(parts)
    try accumulate(halves.0, compute)
    let first = learners.map { KeptGradient($0) }
    try accumulate(halves.1, compute)
    for gradient in first { gradient.addBack() }
  }
}
