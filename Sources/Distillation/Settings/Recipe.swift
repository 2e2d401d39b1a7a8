import Files
import Training

/// A method written out, which people copy and change: the stages and the terms of their losses.
public struct Recipe: Codable, Sendable, Equatable {
  /// The method's name.
  public var name: String
  /// One line for people.
  public var summary: String
  /// The paper that it comes from.
  public var paper: String
  /// The stages in order; each begins with the best weights of the one before.
  public var stages: [StageRecipe]

  /// A recipe of stages.
  public init(name: String, summary: String, paper: String, stages: [StageRecipe]) {
    self.name = name
    self.summary = summary
    self.paper = paper
    self.stages = stages
  }

  enum CodingKeys: String, CodingKey, CaseIterable { case name, summary, paper, stages }

  /// Reads a recipe; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    summary = try values.decodeIfPresent(String.self, forKey: .summary) ?? ""
    paper = try values.decodeIfPresent(String.self, forKey: .paper) ?? ""
    stages = try values.decode([StageRecipe].self, forKey: .stages)
    if stages.isEmpty { throw DistillationError.settings("the recipe \(name) has no stages") }
  }

  /// Whether a term or a lesson asks a teacher; throws for one that the tables do not have.
  public func needsTeacher(in tables: MethodTables = .standard) throws -> Bool {
    try stages.contains { try $0.needsTeacher(in: tables) }
  }

  /// The recipe as a run's files give it back; throws for one made in code that could not be read from a file.
  public func readBack() throws -> Recipe {
    try JSON.decode(Recipe.self, from: JSON.encode(self), path: "the recipe \(name)")
  }
}

/// One stage of a recipe.
public struct StageRecipe: Codable, Sendable, Equatable {
  /// Its name.
  public var name: String
  /// Its epochs; the run's number if left out.
  public var epochs: Int?
  /// Its learning rate; the run's if left out.
  public var learningRate: Double?
  /// The summands of its loss; none where a lesson has a loss of its own.
  public var terms: [TermSettings]
  /// What teaches it, by name; its terms alone if left out.
  public var lesson: NamedSettings?
  /// What it reads, by name; every row once an epoch if left out.
  public var rows: NamedSettings?
  /// Which weights the stage hands on: `best` by the metric on dev, or `last`, for stages that train no logits.
  public var keep = Keep.best

  /// Which weights a stage hands on.
  public enum Keep: String, Codable, Sendable {
    /// Those with the best metric on dev.
    case best
    /// Those of its last step.
    case last
  }

  /// A stage of terms.
  public init(
    _ name: String, epochs: Int? = nil, learningRate: Double? = nil, keep: Keep = .best,
    terms: [TermSettings] = [], lesson: NamedSettings? = nil, rows: NamedSettings? = nil
  ) {
    self.name = name
    self.epochs = epochs
    self.learningRate = learningRate
    self.keep = keep
    self.terms = terms
    (self.lesson, self.rows) = (lesson, rows)
  }

  /// Whether a term or the lesson asks a teacher; throws for one that the tables do not have.
  public func needsTeacher(in tables: MethodTables) throws -> Bool {
    try terms.contains { try tables.terms.entry($0.kind).needsTeacher }
      || lesson.map { try tables.lessons.entry($0.name).needsTeacher } ?? false
  }

  /// Whether a term or the lesson reads what a teacher answered to all rows before the first step.
  public func readsAnswers(in tables: MethodTables) throws -> Bool {
    try terms.contains { try tables.terms.entry($0.kind).needsTeacher }
      || lesson.map { try tables.lessons.entry($0.name) }.map { $0.needsTeacher && $0.readsAnswers } ?? false
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, epochs, terms, keep, lesson, rows
    case learningRate = "learning_rate"
  }

  /// Reads a stage; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    epochs = try values.decodeIfPresent(Int.self, forKey: .epochs)
    learningRate = try values.decodeIfPresent(Double.self, forKey: .learningRate)
    terms = try values.decodeIfPresent([TermSettings].self, forKey: .terms) ?? []
    lesson = try values.decodeIfPresent(NamedSettings.self, forKey: .lesson)
    rows = try values.decodeIfPresent(NamedSettings.self, forKey: .rows)
    try values.read(.keep, into: &keep)
    if terms.isEmpty && lesson == nil {
      throw DistillationError.settings("the stage \(name) has no terms")
    }
    if let epochs, !(1...TrainingSettings.mostEpochs).contains(epochs) {
      throw DistillationError.settings(
        "the stage \(name) needs at least 1 epoch and at most \(TrainingSettings.mostEpochs)")
    }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw DistillationError.settings("the stage \(name) needs a learning_rate above 0")
    }
  }
}
