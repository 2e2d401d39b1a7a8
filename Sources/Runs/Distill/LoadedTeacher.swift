import BERT
import Distillation
import Files
import Tokenization
import Training

/// A teacher's files, read.
struct LoadedTeacher {
  let directory: String
  let model: BertModel
  let tokenizer: Tokenizer
  /// What reading them gave to say.
  let notes: [String]
  private let number: Int
  private let files: [String: String]

  /// The teachers that settings name, checked for their number and their weights.
  static func all(_ settings: DistillSettings, method: RecipeStages) throws -> [LoadedTeacher] {
    let others = settings.otherTeachers ?? []
    guard let first = settings.teacher else {
      if !others.isEmpty || (method.needsTeacher && settings.teacherAnswers == nil) {
        throw DistillationError.settings(
          "the method \(method.recipe.name) needs a teacher: give --teacher DIR (a model fine-tuned on "
            + "\(settings.task)), or --teacher-answers FILE")
      }
      return []
    }
    try checkWeights(of: settings)
    let anchors = try TeacherWay(settings, method)?.folders ?? []
    return try ([first] + others + anchors).enumerated().map { try LoadedTeacher($1, number: $0 + 1) }
  }

  /// Throws where teachers have weights and not one each.
  static func checkWeights(of settings: DistillSettings) throws {
    let models =
      settings.teacher == nil && settings.teacherAnswers != nil ? 0 : (settings.otherTeachers ?? []).count + 1
    let count = (settings.teacherSeeds ?? models) + (settings.teacherAnswers == nil ? 0 : 1)
    if let weights = settings.teacherWeights {
      let sum = weights.reduce(0, +)
      if weights.count != count || !weights.allSatisfy({ $0 >= 0 }) || !(sum > 0 && sum.isFinite) {
        throw DistillationError.settings(
          "teacher_weights needs a number of 0 or more for each of the \(count) teachers, not all 0; there are "
            + weights.map { "\($0)" }.joined(separator: ", "))
      }
    }
  }

  private init(_ directory: String, number: Int) throws {
    (self.directory, self.number) = (directory, number)
    let loaded = try BertModel.load(directory: directory, head: .asStored)
    (model, tokenizer) = (loaded.model, try Tokenizer(directory: directory))
    notes = loaded.notes.map { "teacher\(number == 1 ? "" : " \(number)"): \($0)" }
    files = try ModelSource.hashes(directory, as: "teacher")
  }

  /// What names its weights and settings in a cache, whatever its number.
  var hash: String {
    files.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "\n")
  }

  /// The hashes of its files, by what they are: `teacher's config.json`, `teacher 2's config.json`.
  func hashes(as name: String) -> [String: String] {
    let own = number == 1 ? name : "\(name) \(number)"
    return Dictionary(
      files.map { (own + $0.key.dropFirst("teacher".count), $0.value) },
      uniquingKeysWith: { first, _ in first })
  }
}
