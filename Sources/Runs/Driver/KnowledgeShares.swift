import Files

/// What a teacher adds to the gold labels, in three parts that add up (after Tang and others 2020).
///
/// A row's soft target q differs from its label by `d = q - onehot`, which is what its gradient differs by. d is the sum of
/// three parts at right angles over all rows: *universe*, the mean moved probability spread evenly, which is label
/// smoothing; *domain*, what rows of one class have in common beyond that; *instance*, what is the row's own. Their shares
/// are of the mean of |d|².
public struct KnowledgeShares: Codable, Sendable, Equatable {
  /// Labelled rows that were asked about.
  public var rows: Int
  /// Classes.
  public var classes: Int
  /// The temperature of the teacher's probabilities.
  public var temperature: Double
  /// The mean probability that the teacher gives to other classes than the gold one.
  public var moved: Double
  /// The share of label smoothing.
  public var universe: Double
  /// The share of relations between classes.
  public var domain: Double
  /// The share of single rows.
  public var instance: Double
  /// What a row's gradient at the gold logit is in units of the gold label's, for a student that knows nothing:
  /// `(C q_y - 1) / (C - 1)`; the least, the quarters, the largest.  // [5]
  public var weights: [Double]
  /// The share of rows whose weight is below 0: the teacher pulls away from the label.
  public var against: Double

  /// The parts of soft targets; nil where no row has a label, or there is one class.
  ///
  /// `targets` are probabilities of rows, `labels` their gold classes.  // [rows][classes], [rows]
  public init?(targets: [[Double]], labels: [Int], temperature: Double) {
    guard let classes = targets.first?.count, classes > 1, targets.count == labels.count else { return nil }
    (rows, self.classes, self.temperature) = (targets.count, classes, temperature)
    let count = Double(rows)
    moved = zip(targets, labels).reduce(0) { $0 + 1 - $1.0[$1.1] } / count
    func distance(_ q: [Double], _ label: Int) -> [Double] {
      q.indices.map { q[$0] - ($0 == label ? 1 : 0) }
    }
    var means = [[Double]](repeating: [Double](repeating: 0, count: classes), count: classes)
    var counts = [Double](repeating: 0, count: classes)
    for (q, label) in zip(targets, labels) {
      counts[label] += 1
      for (i, d) in distance(q, label).enumerated() { means[label][i] += d }
    }
    for label in 0..<classes where counts[label] > 0 {
      for i in 0..<classes { means[label][i] /= counts[label] }
    }
    var (even, common, own) = (0.0, 0.0, 0.0)
    for (q, label) in zip(targets, labels) {
      for (i, d) in distance(q, label).enumerated() {
        let spread = i == label ? -moved : moved / Double(classes - 1)
        even += spread * spread
        common += (means[label][i] - spread) * (means[label][i] - spread)
        own += (d - means[label][i]) * (d - means[label][i])
      }
    }
    let whole = even + common + own
    (universe, domain, instance) = whole > 0 ? (even / whole, common / whole, own / whole) : (0, 0, 0)
    let sorted = zip(targets, labels).map { (Double(classes) * $0[$1] - 1) / Double(classes - 1) }.sorted()
    weights = [0, 0.25, 0.5, 0.75, 1].map { sorted[Int((Double(sorted.count - 1) * $0).rounded())] }
    against = Double(sorted.count { $0 < 0 }) / count
  }

  /// The shares in a sentence.
  public var sentence: String {
    func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
    return
      "what the teacher adds to the labels at temperature \(temperature): \(percent(universe)) is label smoothing "
      + "(universe), \(percent(domain)) relations of classes (domain), \(percent(instance)) single rows (instance)"
  }

  enum CodingKeys: String, CodingKey {
    case rows, classes, temperature, moved, universe, domain, instance, weights, against
  }
}

extension KnowledgeShares {
  /// Reads what lies in a run folder; nil where there is none.
  public static func read(_ folder: RunFolder) throws -> KnowledgeShares? {
    Files.exists(folder.knowledge) ? try JSON.decode(KnowledgeShares.self, from: folder.knowledge) : nil
  }

  /// Writes it into a run folder.
  func write(to folder: RunFolder) throws { try Files.write(try JSON.encode(self), to: folder.knowledge) }
}
