import Distillation
import GLUE
import Training

/// What a sequence of tasks must be, and what its replay comes to.
enum SequenceRules {
  /// Throws for a sequence that cannot be, whatever its files hold.
  static func check(_ settings: SequenceSettings) throws {
    if settings.tasks.count < 2 {
      throw DistillationError.settings(
        "a sequence has at least two tasks, and this has \(settings.tasks.count): for one, anneal distill --task"
      )
    }
    if settings.replayShare != nil && settings.replayRows != nil {
      throw DistillationError.settings(
        "replay_share and replay_rows are two ways to say one thing: give one of them")
    }
    if let share = settings.replayShare, !(0...1).contains(share) {
      throw DistillationError.settings(
        "replay_share must be from 0 to 1, not \(share): there are no more rows than all of them")
    }
    if let rows = settings.replayRows, rows < 0 {
      throw DistillationError.settings("replay_rows must be 0 or more, not \(rows)")
    }
    for (name, isGiven) in [
      ("class_weights", settings.training.classWeights != nil),
      ("selection_metric", settings.training.selectionMetric != nil),
      ("quantization_aware", settings.training.quantizationAware == true),
    ] where isGiven {
      throw DistillationError.settings("\(name) is for one task, and a sequence has several: leave it out")
    }
    for task in settings.tasks {
      if let epochs = task.epochs, !(1...TrainingSettings.mostEpochs).contains(epochs) {
        throw DistillationError.settings("\(task.task): num_train_epochs must be at least 1")
      }
      if let rate = task.learningRate, !(rate > 0 && rate.isFinite) {
        throw DistillationError.settings("\(task.task): learning_rate must be above 0")
      }
    }
  }

  /// Throws for tasks that clash.
  static func check(_ tasks: [GLUETask]) throws {
    for (index, task) in tasks.enumerated() where tasks[..<index].contains(where: { $0.name == task.name }) {
      throw DistillationError.settings(
        "the task \(task.name) is in the sequence twice: it has one head, which would be learnt twice")
    }
  }

  /// The method, which learns from logits alone, in one stage.
  static func method(_ settings: SequenceSettings, with tables: MethodTables) throws -> RecipeStages {
    var one = DistillSettings(task: settings.task, output: settings.output)
    (one.method, one.temperature) = (settings.method, settings.temperature)
    let method = try RecipeStages(one, with: tables)
    let stages = method.recipe.stages
    let isPlain = stages.count == 1 && stages[0].lesson == nil && stages[0].rows == nil
    if try !isPlain || method.intermediateTerm() != nil || TeacherWay.use(one, method.recipe) != nil {
      throw DistillationError.settings(
        "a sequence takes a method of one stage that learns from logits alone, such as kd, kd-pt, tf-reg or labels, and not "
          + settings.method)
    }
    if method.needsTeacher, let without = settings.tasks.first(where: { $0.teacher == nil }) {
      throw DistillationError.settings(
        "the task \(without.task) has no teacher, and the method \(settings.method) asks one: give teacher, or method: "
          + "labels")
    }
    return method
  }

  /// How many rows of a task are replayed while later ones are learnt; a share gives one row at least.
  static func replayCount(_ settings: SequenceSettings, of rows: Int) -> Int {
    if let count = settings.replayRows { return count }
    guard let share = settings.replayShare, share > 0 else { return 0 }
    return max(1, Int((share * Double(rows)).rounded()))
  }

  /// Throws where more rows are to be replayed of a task than it has.
  static func checkReplay(_ settings: SequenceSettings, _ data: [TaskData]) throws {
    for set in data.dropLast()
    where replayCount(settings, of: set.train.examples.count) > set.train.examples.count {
      throw DistillationError.settings(
        "replay_rows \(replayCount(settings, of: set.train.examples.count)) is more than the \(set.train.examples.count) "
          + "training rows of \(set.task.name): give fewer, or a replay_share")
    }
  }
}
