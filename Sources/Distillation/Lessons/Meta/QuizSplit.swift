import GLUE
import Tensors
import Training

/// Training rows that a student is asked about and never learns from.
///
/// The same share of every class, the rows of each that the seed puts first; at least one of each, and never all. Dev
/// rows have no part in it: what is reported on them would be worth nothing.
struct QuizSplit {
  /// The rows that are asked about, ascending.
  let quiz: [Int]
  /// All others, those without labels too, ascending.
  let rest: [Int]

  /// Splits rows by class; of scores, by rows alone.
  ///
  /// Throws where a class has too few.
  init(_ rows: TaskRows, count: Int, share: Double, seed: UInt64) throws {
    var groups: [Int: [Int]] = [:]
    for row in 0..<count {
      switch rows.targets[row] {
      case .label(let label)?: groups[label, default: []].append(row)
      case .shares(let shares)?:
        groups[shares.indices.reduce(0) { shares[$1] > shares[$0] ? $1 : $0 }, default: []].append(row)
      case nil: continue
      default: groups[-1, default: []].append(row)
      }
    }
    if groups.isEmpty {
      throw DistillationError.settings("a quiz needs rows with labels, and there are none")
    }
    var quiz: Set<Int> = []
    let random = CounterRandom(seed: seed, purpose: .init("quiz rows"))
    for (label, rows) in groups.sorted(by: { $0.key < $1.key }) {
      let taken = max(1, Int((share * Double(rows.count)).rounded()))
      if taken >= rows.count {
        throw DistillationError.settings(
          "a quiz_share of \(share) leaves class \(label + 1) without rows to learn from: it has \(rows.count), of which "
            + "the quiz would take \(taken)")
      }
      quiz.formUnion(
        rows.sorted { (random.bits(UInt64($0)), $0) < (random.bits(UInt64($1)), $1) }.prefix(taken))
    }
    self.quiz = quiz.sorted()
    rest = (0..<count).filter { !quiz.contains($0) }
  }
}
