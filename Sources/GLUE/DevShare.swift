import Files

extension DataSet {
  /// The dev rows, or the training rows that are left, of a file that holds both.
  ///
  /// Of each class `share` of its rows is taken for dev, to the nearest whole number, at least one and not all: those
  /// whose texts have the smallest SHA-256. So the choice depends on the rows and not on their order, and rows of a class
  /// with one text stand on one side. Scores count as one class, and so do rows of several labels.
  func part(_ split: Split, devShare share: Double) -> DataSet {
    var classes: [Int: [(hash: [UInt8], row: Int)]] = [:]
    for (row, example) in examples.enumerated() {
      classes[example.label?.index ?? -1, default: []].append((Self.hash(example), row))
    }
    var chosen: Set<Int> = []
    for rows in classes.values where rows.count > 1 {
      let order = rows.sorted {
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

  /// SHA-256 of a row's texts, with a NUL between them, which no text holds.
  private static func hash(_ example: Example) -> [UInt8] {
    var hash = SHA256()
    for text in [example.first, "\0", example.second ?? ""] {
      Array(text.utf8).withUnsafeBytes { hash.update($0) }
    }
    return hash.finalize()
  }
}
