import Distillation
import Files
import Training

/// The anchors of a teacher, as settings want them used.
struct TeacherWay {
  /// How they are used.
  let use: AnchorUse
  /// The steps that they are of, first to last.
  let steps: [Int]
  /// Their folders.
  let folders: [String]

  /// The largest stride of a greedy way where nothing is said.
  static let threshold = 0.1

  /// What the settings ask for; nil where they ask for none.
  ///
  /// Throws where there are no anchors of this teacher and this task, or where the method could not use them.
  init?(_ settings: DistillSettings, _ method: RecipeStages) throws {
    guard let use = Self.use(settings, method.recipe) else {
      if settings.anchorThreshold != nil {
        throw DistillationError.settings("anchor_threshold is for anchors: greedy, and none are used")
      }
      return nil
    }
    if let threshold = settings.anchorThreshold {
      if use != .greedy {
        throw DistillationError.settings("anchor_threshold is for anchors: greedy, not \(use.rawValue)")
      }
      if !(threshold > 0 && threshold.isFinite) {
        throw DistillationError.settings("anchor_threshold must be above 0")
      }
    }
    if settings.otherTeachers != nil || settings.teacherWeights != nil {
      throw DistillationError.settings(
        "anchors are those of one teacher, and all alike: leave other_teachers and teacher_weights out")
    }
    if !method.needsTeacher {
      throw DistillationError.settings(
        "the method \(method.recipe.name) asks no teacher: anchors would change nothing")
    }
    if settings.cacheStates == true {
      throw DistillationError.settings(
        "cache_states keeps the states of one teacher, and anchors are several: leave cache_states out")
    }
    guard let teacher = settings.teacher else {
      throw DistillationError.settings("anchors are those of a teacher: give --teacher RUN")
    }
    let way = try TeacherAnchors.way(to: teacher, task: settings.task)
    (self.use, steps, folders) = (use, way.map(\.step), way.map(\.path))
  }

  /// How the method uses anchors if nothing is said: `rco` and `pro-kd` cannot do without.
  static func use(_ settings: DistillSettings, _ recipe: Recipe) -> AnchorUse? {
    settings.anchors ?? ([Recipe.route.name, Recipe.progressive.name].contains(recipe.name) ? .equal : nil)
  }

  /// The anchors as one teacher with what they led to.
  func source(_ anchors: [Teacher], final: Teacher, average: TeacherAverage?) -> any TeacherSource {
    if use != .average { return TeacherCurriculum(anchors + [final]) }
    let all = [final] + anchors
    return TeacherEnsemble(
      all, weights: [Double](repeating: 1, count: all.count), average: average ?? .probabilities)
  }

  /// The stations that teach, in words.
  func sentence(_ route: [Int]) -> String {
    let names = route.map { $0 < steps.count ? "step \(steps[$0])" : "its best" }
    return "the teacher's way: \(names.joined(separator: ", ")), each for an equal part of a stage"
  }
}
