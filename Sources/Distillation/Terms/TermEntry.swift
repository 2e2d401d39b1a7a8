import Files
import Training

/// One kind of term in a `TermTable`: its name, what it needs, its settings, and how it is made.
public struct TermEntry: Sendable {
  /// The layers that a term compares if it is not told.
  public enum Layers: Sendable {
    /// All of the student's, evenly.
    case uniform
    /// The last of each.
    case lastAlone
    /// As uniform without the last; a student of one layer has no other.
    case skip

    func map(student: Int, teacher: Int) -> LayerMap {
      switch self {
      case .uniform: .uniform
      case .lastAlone: .pairs([LayerPair(student: student, teacher: teacher)])
      case .skip: student > 1 ? .skip : .uniform
      }
    }
  }

  /// The name in recipes.
  public let kind: String
  /// One line for people.
  public let summary: String
  /// Whether it reads a teacher at all.
  public let needsTeacher: Bool
  /// Whether it reads more of the teacher than its logits.
  public let needsIntermediates: Bool
  /// Whether it learns from masked tokens, which text has and tasks have not.
  public let predictsTokens: Bool
  /// The names of its settings beside `kind` and `weight`.
  public let settings: [String]
  /// The settings of the run that it heeds, by their names, such as `label_smoothing`.
  public let heeds: Set<String>
  /// The settings, of its own and of the run, that change nothing where the task asks for a score.
  public let idleWithScores: Set<String>
  /// Whether it is for tasks alone whose rows have one class each, and refused where several labels may hold.
  public let needsOneLabel: Bool
  /// Its options with everything at its default.
  let defaults: any TermOptions
  private let layers: Layers
  private let mapsEmbeddings: Bool
  private let read: @Sendable (any Decoder) throws -> any TermOptions
  private let readText: @Sendable ([UInt8]) throws -> any TermOptions
  private let build: @Sendable (any TermOptions, TermSurroundings) throws -> any DistillationTerm

  /// A kind of term that is made of options of one type.
  ///
  /// `layers` and `mapsEmbeddings` are for options with a layer map: the layers that are compared where it is left out,
  /// and whether a map by name adds the embeddings. `heeds` and `idleWithScores` name the settings whose values
  /// matter beside the options, so that others are refused where they would change nothing. `needsOneLabel` refuses tasks
  /// whose rows may have several labels.
  public init<Options: TermOptions>(
    kind: String, summary: String, needsTeacher: Bool = true, needsIntermediates: Bool = false,
    predictsTokens: Bool = false, layers: Layers = .uniform, mapsEmbeddings: Bool = false,
    heeds: Set<String> = [],
    idleWithScores: Set<String> = [], needsOneLabel: Bool = false,
    make: @escaping @Sendable (Options, TermSurroundings) throws -> any DistillationTerm
  ) {
    self.kind = kind
    self.summary = summary
    self.needsTeacher = needsTeacher
    self.needsIntermediates = needsIntermediates
    self.predictsTokens = predictsTokens
    self.heeds = heeds
    self.idleWithScores = idleWithScores
    self.needsOneLabel = needsOneLabel
    self.layers = layers
    self.mapsEmbeddings = mapsEmbeddings
    settings = Options.CodingKeys.allCases.map(\.stringValue)
    defaults = Options()
    read = { try Options(from: $0) }
    readText = { try JSON.decode(Options.self, from: $0, path: "the term \(kind)") }
    build = { options, surroundings in
      guard let options = options as? Options else {
        throw DistillationError.settings(
          "the term \(kind) is made of \(Options.self), not of \(type(of: options))")
      }
      return try make(options, surroundings)
    }
  }

  /// Whether it has a layer map.
  var mapsLayers: Bool { defaults is any LayerOptions }

  /// The options in a term of a recipe; a name that is not among `settings` is refused.
  func options(from decoder: any Decoder) throws -> any TermOptions {
    try decoder.requireSettings(TermSettings.names + settings)
    return try read(decoder)
  }

  /// The options in values of these names, which were read before the kind was known.
  func options(from values: [String: JSONValue]) throws -> any TermOptions {
    if values.isEmpty { return defaults }
    if let name = values.keys.sorted().first(where: { !settings.contains($0) }) {
      throw TrainingError.unknownSetting(path: [name], known: TermSettings.names + settings)
    }
    return try readText(JSON.encode(values))
  }

  /// The pairs of layers of options with a layer map; nil for others.
  func pairs(_ options: any TermOptions, student: Int, teacher: Int) throws -> [LayerPair]? {
    guard let options = options as? any LayerOptions else { return nil }
    return try (options.layers ?? layers.map(student: student, teacher: teacher))
      .resolved(student: student, teacher: teacher, embeddings: mapsEmbeddings)
  }

  /// Makes a term of checked and completed options.
  func make(_ options: any TermOptions, in surroundings: TermSurroundings) throws -> any DistillationTerm {
    try build(options, surroundings)
  }
}
