import GLUE

extension AugmentationStep {
  /// What makes the rows of this step, which stands at a place of its recipe.
  func maker(of corpus: AugmentationCorpus, place: Int, seed: UInt64) throws -> any RowMaker {
    func each(
      of count: Int? = nil, _ body: @escaping @Sendable (Int, Int, inout Dice) -> MadeRow?
    ) -> RowByRow {
      RowByRow(
        sourceCount: count ?? corpus.rows.count, step: self, place: place, seed: seed, body: body)
    }
    let rows = corpus.rows
    switch kind {
    case .corrupted:
      let corruption = Corruption(self, corpus)
      let sides = sides ?? .any
      return each { row, _, dice in Self.corrupted(rows[row], row, corruption, sides, &dice) }
    case .ownCorruption:
      let corruption = Corruption(self, corpus)
      return each { row, _, dice in
        guard let second = rows[row].second else { return nil }
        let text = dice.below(2) == 0 ? rows[row].first : second
        guard let changed = corruption.corrupted(text, row: row, &dice) else { return nil }
        return MadeRow(TextWords.line(text), changed)
      }
    case .swappedSides:
      return each { row, _, _ in
        rows[row].second.map { MadeRow(TextWords.line($0), TextWords.line(rows[row].first)) }
      }
    case .rarePartner:
      let firsts = RareWords(rows.map(\.first))
      let seconds = RareWords(rows.map { $0.second ?? "" })
      return partners(rows, each) { row, number, replacesFirst, dice in
        replacesFirst
          ? firsts.partner(of: rows[row].second ?? "", not: row, number: number, &dice)
          : seconds.partner(of: rows[row].first, not: row, number: number, &dice)
      }
    case .randomPartner:
      return partners(rows, each) { row, _, _, dice in dice.other(than: row, below: rows.count) }
    case .nearest, .maskedLM:
      let isMaskedLM = kind == .maskedLM
      let model = try WordModel(directory: model ?? "", isMaskedLM: isMaskedLM)
      return ReplacedRows(
        step: self, place: place, seed: seed, rows: rows, model: model,
        nearest: NearestWords(model, count: candidates ?? ReplacedRows.usualCandidates),
        common: CommonWords(rows), isMaskedLM: isMaskedLM)
    case .rewritten:
      return RewrittenRows(
        step: self, place: place, seed: seed, rows: rows,
        model: try WordModel(directory: model ?? "", isMaskedLM: true))
    case .other:
      let others = (from ?? []).flatMap { corpus.others[$0] ?? [] }
      var taken = self
      taken.rows = share ?? 1
      return RowByRow(sourceCount: others.count, step: taken, place: place, seed: seed) { row, _, _ in
        MadeRow(TextWords.line(others[row].first), others[row].second.map(TextWords.line))
      }
    }
  }

  /// A row with one text or both corrupted.
  private static func corrupted(
    _ row: Example, _ number: Int, _ corruption: Corruption, _ sides: AugmentedSides, _ dice: inout Dice
  ) -> MadeRow? {
    guard let second = row.second else {
      return corruption.corrupted(row.first, row: number, &dice).map { MadeRow($0) }
    }
    let drawn = sides == .any ? [AugmentedSides.first, .second, .both][dice.below(3)] : sides
    var made: (String, String) = (TextWords.line(row.first), TextWords.line(second))
    if drawn != .second {
      guard let changed = corruption.corrupted(row.first, row: number, &dice) else { return nil }
      made.0 = changed
    }
    if drawn != .first {
      guard let changed = corruption.corrupted(second, row: number, &dice) else { return nil }
      made.1 = changed
    }
    return MadeRow(made.0, made.1)
  }

  /// Pairs of one text of a row with one of the other side of another row, which `partner` names.
  private func partners(
    _ rows: [Example], _ each: (Int?, @escaping @Sendable (Int, Int, inout Dice) -> MadeRow?) -> RowByRow,
    _ partner: @escaping @Sendable (_ row: Int, _ number: Int, _ replacesFirst: Bool, inout Dice) -> Int?
  ) -> RowByRow {
    let sides = sides ?? .any
    return each(nil) { row, number, dice in
      let replacesFirst = sides == .first || sides == .any && dice.below(2) == 0
      // Both sides go through their own rare words from the rarest on.
      let turn = sides == .any ? number / 2 : number
      guard let second = rows[row].second, let other = partner(row, turn, replacesFirst, &dice),
        let partner = rows[other].second
      else { return nil }
      return replacesFirst
        ? MadeRow(TextWords.line(rows[other].first), TextWords.line(second))
        : MadeRow(TextWords.line(rows[row].first), TextWords.line(partner))
    }
  }
}
