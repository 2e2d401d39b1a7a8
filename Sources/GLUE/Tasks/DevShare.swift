import Files

extension DataSet {
  /// The dev rows, or the training rows that are left, of a file that holds both.
  ///
  /// Of each class `share` of its rows is taken for dev, to the nearest whole number, at least one and not all: those
  /// whose texts have the smallest SHA-256. So the choice depends on the rows and not on their order, and rows of a class
  /// with one text stand on one side.
  func part(_ split: Split, devShare share: Double) -> DataSet {
    var chosen: Set<Int> = []
    for rows in rowsByClass where rows.count > 1 {
      let order = rows.map { (hash: Self.hash(examples[$0]), row: $0) }.sorted {
        $0.hash == $1.hash ? $0.row < $1.row : $0.hash.lexicographicallyPrecedes($1.hash)
      }
      var count = min(rows.count - 1, max(1, Int((Double(rows.count) * share).rounded())))
      while count < rows.count - 1, order[count].hash == order[count - 1].hash { count += 1 }
      chosen.formUnion(order.prefix(count).map(\.row))
    }
    var part = self
    part.split = split
    part.examples = examples.indices.filter { chosen.contains($0) == (split == .dev) }.map { examples[$0] }
    return part
  }

  /// The rows of each class in their order, for a part of each.
  ///
  /// Scores count as one class. A row of several labels counts for the one of them that fewest rows have (the first of
  /// equals), so that rare labels stand on both sides; rows of none are a class too.
  var rowsByClass: [[Int]] {
    var counts: [Int: Int] = [:]
    for place in examples.flatMap({ $0.label?.set ?? [] }) { counts[place, default: 0] += 1 }
    var classes: [Int: [Int]] = [:]
    for (row, example) in examples.enumerated() {
      let rarest = example.label?.set?.min { (counts[$0, default: 0], $0) < (counts[$1, default: 0], $1) }
      classes[rarest ?? example.label?.index ?? -1, default: []].append(row)
    }
    return Array(classes.values)
  }

  /// SHA-256 of a row's texts, with a NUL between them, which no text holds.
  private static func hash(_ example: Example) -> [UInt8] {
    var hash = SHA256()
    for text in [example.first, "\0", example.second ?? ""] {
      Array(text.utf8).withUnsafeBytes { hash.update($0) }
    }
    return hash.finalize()
  }
}
