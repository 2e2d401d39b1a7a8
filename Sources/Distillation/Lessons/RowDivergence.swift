import BERT
import Glibc
import Tensors
import Training

/// How far a student is from its teacher, row by row: what rows are drawn by.
enum RowDivergence {
  /// `KL(teacher || student)` at temperature 1 of each row, or the squared difference of scores.
  ///
  /// Without a teacher the cross entropy or the squared error of the label, 0 where there is none. Nil without the
  /// student's logits.
  static func of(_ student: Matrix?, from teacher: Matrix?, _ batch: LabelledBatch) -> [Double]? {
    guard let student else { return nil }
    let classes = student.columns
    var (own, said) = ([Double](repeating: 0, count: classes), [Double](repeating: 0, count: classes))
    return (0..<student.rows).map { row in
      func square(_ score: Float) -> Double {
        let difference = Double(student[row, 0]) - Double(score)
        return difference * difference
      }
      if classes == 1, let teacher { return square(teacher[row, 0]) }
      if classes > 1 { Softmax.logProbabilities(student.row(row), temperature: 1, into: &own) }
      if let teacher {
        Softmax.logProbabilities(teacher.row(row), temperature: 1, into: &said)
        return max(0, (0..<classes).reduce(0) { $0 + exp(said[$1]) * (said[$1] - own[$1]) })
      }
      return switch batch.targets[row] {
      case nil, .tokens, .holds: 0
      case .shares(let shares): -zip(shares, own).reduce(0) { $0 + Double($1.0) * $1.1 }
      case .score(let score): square(score)
      case .label(let label): -own[label]
      }
    }
  }
}
