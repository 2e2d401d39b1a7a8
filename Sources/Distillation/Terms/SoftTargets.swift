import Glibc

/// Probabilities that a student is to have, made of parts of what a teacher knows, or of no teacher at all.
enum SoftTargets {
  /// The gold class as the teacher has it, the rest evenly: KD-pt of Tang and others 2020.
  static func gold(_ p: [Double], label: Int) -> [Double] {
    let rest = (1 - p[label]) / Double(max(p.count - 1, 1))
    return p.indices.map { $0 == label ? p[label] : rest }
  }

  /// The `count` largest probabilities as the teacher has them, the rest evenly: KD-topk of Tang and others 2020.
  ///
  /// Of equal ones the first are kept; with as many as there are classes, all.
  static func top(_ p: [Double], _ count: Int) -> [Double] {
    if count >= p.count { return p }
    let kept = Set(p.indices.sorted { (-p[$0], $0) < (-p[$1], $1) }.prefix(count))
    let rest = p.indices.reduce(1.0) { kept.contains($1) ? $0 - p[$1] : $0 } / Double(p.count - count)
    return p.indices.map { kept.contains($0) ? p[$0] : max(rest, 0) }
  }

  /// For each class the softmax of its likeness to all, `sign(c) |c|^power / temperature`, c the cosine of the rows of the
  /// teacher's classifier: KD-sim of Tang and others 2020.  // [classes][classes]
  static func similar(_ rows: [[Float]], power: Double, temperature: Double) -> [[Double]] {
    func dot(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    // The floor keeps a class without weights from dividing by zero.
    let lengths = rows.map { max(dot($0, $0).squareRoot(), 1e-12) }
    return rows.indices.map { y in
      let scores = rows.indices.map { k in
        let cosine = dot(rows[y], rows[k]) / (lengths[y] * lengths[k])
        return (cosine < 0 ? -1 : 1) * pow(abs(cosine), power) / temperature
      }
      let largest = scores.max() ?? 0
      let powers = scores.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  /// What a teacher says that nobody trained: the gold class with a probability, the rest evenly, softened by a
  /// temperature, `p^(1/T)` over its sum: Yuan and others 2020.
  static func virtual(classes: Int, label: Int, correct: Double, temperature: Double) -> [Double] {
    let rest = (1 - correct) / Double(max(classes - 1, 1))
    let powers = (0..<classes).map { pow($0 == label ? correct : rest, 1 / temperature) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
