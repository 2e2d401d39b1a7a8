import BERT

/// A part of a learner's gradient that ranks add up as soon as the way back is done with it.
struct GradientPiece {
  /// The learner, by its place in the lesson.
  let learner: Int
  /// Final once the way back has come to this level; see `BertModel.level`.
  let level: Int
  /// Its floats, whole parameters.
  private(set) var range: Range<Int>

  /// All gradients but those of the word embeddings, in the order in which the way back is done with them.
  ///
  /// Without `byLayer` they are all waited for, in as few pieces as they lie in.
  static func all(of learners: [Learner], byLayer: Bool) -> [GradientPiece] {
    var pieces: [GradientPiece] = []
    for (place, learner) in learners.enumerated() {
      let table = SharedGradient.table(of: learner)
      for entry in learner.gradients.layout.entries where entry != table {
        let level = byLayer ? BertModel.level(of: entry.name) : 0
        // As far as the next parameter, which begins on a boundary of 16.
        let range = entry.offset..<entry.offset + (entry.count + 15) / 16 * 16
        if let last = pieces.last, last.learner == place, last.level == level,
          last.range.upperBound == range.lowerBound
        {
          pieces[pieces.count - 1].range = last.range.lowerBound..<range.upperBound
        } else {
          pieces.append(GradientPiece(learner: place, level: level, range: range))
        }
      }
    }
    return pieces.sorted {
      ($1.level, $0.learner, $0.range.lowerBound) < ($0.level, $1.learner, $1.range.lowerBound)
    }
  }
}
