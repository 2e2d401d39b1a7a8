import Distillation
import Files
import Reporting
import Runs
import Training

/// Writes the report of a run, and beside it what the student's teacher answers to the same rows.
enum ReportWriter {
  /// When the teacher is asked.
  enum Comparing {
    /// As the run ends.
    case always
    /// Where the run is over and its answers are not there, such as after a report that failed.
    case ifMissing
  }

  /// Writes the report of the run in `folder` to `path`, or into the folder; returns where it is.
  @discardableResult
  static func write(_ folder: String, to path: String? = nil, comparing: Comparing) throws -> String {
    let run = RunFolder(folder)
    if try comparing == .always || isMissing(run), let comparison = try TeacherComparison.make(run: run) {
      try comparison.write(to: run)
    }
    let path = path ?? run.report
    try Files.write(try ReportFiles.page(of: folder), to: path)
    return path
  }

  private static func isMissing(_ run: RunFolder) throws -> Bool {
    guard !Files.exists(run.teacherComparison), Files.exists(run.description) else { return false }
    return try RunRecord<JSONValue>.read(run).isFinished
  }
}
