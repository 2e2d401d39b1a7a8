import Training

/// One kind of made rows, and how many.
public struct AugmentationStep: Sendable, Equatable {
  /// The kind.
  public var kind: AugmentationKind
  /// Rows for each of the task's; 1.5 is one for each and a second for every other, by draw.
  public var rows: Double?
  /// The share of a text's words that are changed, at least one; of `other`, the share of its rows that are taken.
  public var share: Double?
  /// What happens to words; all changes alike if left out.
  public var words: [WordChange]?
  /// Which texts of a pair change.
  public var sides: AugmentedSides?
  /// Tasks by name, or files of texts.
  public var from: [String]?
  /// How many words are offered in a word's place.
  public var candidates: Int?
  /// How often a row is rewritten.
  public var rounds: Int?
  /// The folder of the encoder or masked-language model.
  public var model: String?

  /// Rows of a kind, with everything else at its default.
  public init(_ kind: AugmentationKind, rows: Double? = nil, words: [WordChange]? = nil) {
    (self.kind, self.rows, self.words) = (kind, rows, words)
  }

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, rows, share, words, sides, from, candidates, rounds, model
  }

  /// Those that have a value.
  private var given: [CodingKeys] {
    var keys: [CodingKeys] = []
    if rows != nil { keys.append(.rows) }
    if share != nil { keys.append(.share) }
    if words != nil { keys.append(.words) }
    if sides != nil { keys.append(.sides) }
    if from != nil { keys.append(.from) }
    if candidates != nil { keys.append(.candidates) }
    if rounds != nil { keys.append(.rounds) }
    if model != nil { keys.append(.model) }
    return keys
  }

  /// Throws `TrainingError.settings` for what cannot be, whatever the task.
  public func validate() throws {
    func refuse(_ rule: String) -> TrainingError { .settings("the made rows '\(kind.rawValue)': \(rule)") }
    if let key = given.first(where: { !kind.settings.contains($0) }) {
      let known = kind.settings.map(\.stringValue).sorted().joined(separator: ", ")
      throw refuse("there is no setting \(key.stringValue); there are \(known)")
    }
    if let rows, !(rows >= 0 && rows <= Self.mostRows) {
      throw refuse("rows must be from 0 to \(Int(Self.mostRows)) for each row, not \(rows)")
    }
    if kind == .swappedSides, let rows, rows > 1 {
      throw refuse("a pair has one other way round: rows must be from 0 to 1, not \(rows)")
    }
    if let share, !(share > 0 && share <= 1) {
      throw refuse("share must be above 0 and at most 1, not \(share)")
    }
    if let words, words.isEmpty { throw refuse("words must name at least one change") }
    if kind == .other && (from ?? []).isEmpty {
      throw refuse("from must name tasks or files to take rows of")
    }
    if let candidates, !(1...1000).contains(candidates) {
      throw refuse("candidates must be from 1 to 1000, not \(candidates)")
    }
    if let rounds, !(1...100).contains(rounds) { throw refuse("rounds must be from 1 to 100, not \(rounds)") }
    if sides == .both && (kind == .rarePartner || kind == .randomPartner) {
      throw refuse("one side stays: sides must be first, second or any")
    }
  }

  /// Throws `TrainingError.settings` for what rows of a task cannot have.
  func check(hasPairs: Bool, task: String) throws {
    try validate()
    if kind.needsModel && model == nil {
      throw TrainingError.settings(
        "the made rows '\(kind.rawValue)' need a model: the folder of "
          + (kind == .nearest ? "an encoder (--embeddings DIR)" : "a masked-language model (--masked-lm DIR)")
      )
    }
    if hasPairs { return }
    if kind.needsPairs || sides != nil {
      let what = kind.needsPairs ? "made rows '\(kind.rawValue)' are" : "sides are"
      throw TrainingError.settings("\(what) for pairs, and the rows of \(task) are single texts")
    }
  }

  /// More is no augmentation.
  private static let mostRows = 1000.0
}

extension AugmentationStep: Codable {
  /// Reads a step; what its kind does not have is refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    let name = try values.decode(String.self, forKey: .kind)
    guard let kind = AugmentationKind(rawValue: name) else {
      let names = AugmentationKind.allCases.map(\.rawValue)
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: values,
        debugDescription: "there is no kind '\(name)'"
          + (NearestName.of(name, in: names).map { "; did you mean \($0)?" }
            ?? "; there are " + names.joined(separator: ", ")))
    }
    self.init(kind, rows: try values.decodeIfPresent(Double.self, forKey: .rows))
    share = try values.decodeIfPresent(Double.self, forKey: .share)
    words = try values.decodeIfPresent([WordChange].self, forKey: .words)
    sides = try values.decodeIfPresent(AugmentedSides.self, forKey: .sides)
    candidates = try values.decodeIfPresent(Int.self, forKey: .candidates)
    rounds = try values.decodeIfPresent(Int.self, forKey: .rounds)
    model = try values.decodeIfPresent(String.self, forKey: .model)
    from = try values.decodeIfPresent([String].self, forKey: .from)
    do { try validate() } catch {
      throw DecodingError.dataCorruptedError(forKey: .kind, in: values, debugDescription: "\(error)")
    }
  }
}
