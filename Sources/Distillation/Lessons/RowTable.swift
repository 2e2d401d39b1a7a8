public import Training

/// Sources of rows by name: what a stage of a recipe may write under `rows`.
public struct RowTable: Sendable {
  /// What a source is made of.
  public struct Setting {
    /// The rows that the stage would see by plan: those with labels, then those without.
    public let rows: TaskRows
    /// How many of them, from the first, the stage reads.
    public let count: Int
    /// Passes over them.
    public let epochs: Int
    /// The stage's number, from 0: each has random numbers of its own.
    public let stage: Int
    /// How the run trains, with everything filled in.
    public let training: TrainingSettings

    /// What a source of a stage is made of.
    public init(rows: TaskRows, count: Int, epochs: Int, stage: Int, training: TrainingSettings) {
      (self.rows, self.count, self.epochs) = (rows, count, epochs)
      (self.stage, self.training) = (stage, training)
    }

    /// Every row once an epoch: what a stage reads that names no source.
    public var planned: PlannedRows {
      PlannedRows(rows, first: count, epochs: epochs, stage: stage, settings: training)
    }
  }

  /// One kind of source.
  public struct Entry: Sendable {
    /// The name in recipes.
    public let name: String
    /// One line for people.
    public let summary: String
    /// Builds it from its settings.
    public let make: @Sendable (NamedSettings, Setting) throws -> any RowSource

    /// A source that `make` builds from its settings; `make` throws where they do not fit.
    public init(
      _ name: String, summary: String,
      make: @escaping @Sendable (NamedSettings, Setting) throws -> any RowSource
    ) {
      (self.name, self.summary, self.make) = (name, summary, make)
    }
  }

  /// All kinds.
  public let entries: [Entry]

  /// A table of kinds with different names.
  public init(_ entries: [Entry]) { self.entries = entries }

  /// Those of the toolkit.
  public static let standard = RowTable([
    Entry("planned", summary: "every row once an epoch, in an order that the seed decides") { $1.planned },
    .importance,
  ])

  /// A table with more kinds.
  public static func + (table: RowTable, more: [Entry]) -> RowTable { RowTable(table.entries + more) }

  /// The kind of that name; throws, naming those that there are.
  public func entry(_ name: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw DistillationError.settings(
        "there are no rows '\(name)'; there are " + entries.map(\.name).joined(separator: ", "))
    }
    return entry
  }
}
