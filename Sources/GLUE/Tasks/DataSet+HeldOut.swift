extension DataSet {
  /// The rows without the last `share` of each class, and those rows.
  ///
  /// Of a class of several rows at least one is on each side; classes are those of `rowsByClass`. A row with the texts
  /// of one that is held out is learnt from no more. The order of the rows stays.
  package func holdingOut(lastShare share: Double) -> (learnt: DataSet, heldOut: DataSet) {
    var chosen: Set<Int> = []
    for rows in rowsByClass where rows.count > 1 {
      chosen.formUnion(rows.suffix(min(rows.count - 1, max(1, Int((Double(rows.count) * share).rounded())))))
    }
    var (learnt, heldOut) = (self, self)
    heldOut.split = .heldOut
    heldOut.examples = examples.indices.filter { chosen.contains($0) }.map { examples[$0] }
    let texts = Set(heldOut.examples.map { [$0.first, $0.second ?? ""] })
    learnt.examples = examples.indices.filter {
      !chosen.contains($0) && !texts.contains([examples[$0].first, examples[$0].second ?? ""])
    }.map { examples[$0] }
    return (learnt, heldOut)
  }
}
