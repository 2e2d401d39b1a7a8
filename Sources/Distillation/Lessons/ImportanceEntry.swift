import Training

extension RowTable.Entry {
  /// `ImportanceRows`, with `floor` and `decay`.
  static let importance = RowTable.Entry(
    "importance", summary: "rows drawn by how far the student is from its teacher, weighted to make up for it"
  ) { named, setting in
    let own = try named.decode(ImportanceSettings.self)
    return try ImportanceRows(
      setting.rows, first: setting.count, epochs: setting.epochs, stage: setting.stage,
      settings: setting.training,
      floor: own.floor, decay: own.decay)
  }
}

/// What the rows `importance` can be told.
private struct ImportanceSettings: Decodable {
  var floor = 0.1
  var decay = 0.5

  enum CodingKeys: String, CodingKey, CaseIterable { case floor, decay }

  init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    try values.read(.floor, into: &floor)
    try values.read(.decay, into: &decay)
  }
}
