/// What one kind of term can be told in a recipe, beside its `kind` and `weight`.
///
/// The settings' names are the coding keys; any other name is refused, with the nearest. Settings that may be left out
/// are optional. A term's options stand in the term's own file.
public protocol TermOptions: Codable, Sendable, Equatable {
  /// The names of the settings, in the order in which they are written.
  associatedtype CodingKeys: CodingKey & CaseIterable
  /// Everything at its default.
  init()
  /// Throws `DistillationError.settings` for a value that cannot be, with the rule alone: which term it is of is added.
  func validate() throws
  /// The options with what depends on the models filled in, as a run writes them into its settings.
  func completed(in surroundings: TermSurroundings) throws -> Self
}

extension TermOptions {
  /// Every value can be unless a term says otherwise.
  public func validate() throws {}
  /// Nothing depends on the models unless a term says so.
  public func completed(in surroundings: TermSurroundings) throws -> Self { self }
}

/// Options with a temperature of a softmax over logits, which `--temperature` replaces.
public protocol TemperatureOptions: TermOptions {
  /// The temperature.
  var temperature: Schedule? { get set }
}

/// Options of a term that scales the teacher's logits, which `--max-temperature` and `--anneal-by` replace.
public protocol AnnealingOptions: TermOptions {
  /// τmax: the number of scales, from 1/τmax to 1.
  var maxTemperature: Int? { get set }
  /// Whether the scale changes from epoch to epoch, the default, or from step to step.
  var annealBy: AnnealingUnit? { get set }
}

/// Options with a layer map, which `--layer-map` replaces.
public protocol LayerOptions: TermOptions {
  /// The layers that are compared.
  var layers: LayerMap? { get set }
}

/// The options of terms that have none.
public struct NoTermOptions: TermOptions {
  /// No names.
  public enum CodingKeys: CodingKey, CaseIterable {}
  /// Nothing.
  public init() {}
}

/// The options of terms that have a layer map and nothing else.
public struct LayerMapOptions: LayerOptions {
  /// The layers that are compared.
  public var layers: LayerMap?

  /// The name in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable { case layers }

  /// The term's own layers.
  public init() {}
  /// These layers.
  public init(layers: LayerMap?) { self.layers = layers }
}
