import Files
import GLUE
import Tokenization
import Training

/// The hashes of what a sweep's runs read, each computed once.
final class InputHashes: Sendable {
  private let known = Guarded<[String: [String: String]]>([:])

  /// The files of a teacher.
  func teacher(_ directory: String) throws -> [String: String] {
    try remembered("teacher \(directory)") { try ModelSource.hashes(directory, as: "teacher") }
  }

  /// The rows of a task; empty where they cannot be read now, which a run of them says.
  func rows(_ settings: some TaskRunSettings) throws -> [String: String] {
    try remembered(
      "rows \(settings.task) \(settings.data) \(settings.unlabelled ?? []) \(settings.columns ?? TaskColumns()) "
        + "\(settings.devShare ?? 0)"
    ) {
      (try? TaskData(settings).inputs) ?? [:]
    }.merging(
      try remembered("answers \(settings.teacherAnswers ?? [])") {
        (try? Self.answers(settings.teacherAnswers ?? [])) ?? [:]
      }
    ) { first, _ in first }
  }

  /// The hash of each file of a teacher's answers.
  static func answers(_ files: [String]) throws -> [String: String] {
    var hashes: [String: String] = [:]
    for (number, file) in files.enumerated() {
      hashes["teacher answers \(number + 1)"] = try SHA256.hexadecimal(ofFile: file)
    }
    return hashes
  }

  private func remembered(_ name: String, _ compute: () throws -> [String: String]) throws -> [String: String]
  {
    if let found = known.withLock({ $0[name] }) { return found }
    let hashes = try compute()
    known.withLock { $0[name] = hashes }
    return hashes
  }
}
