import Files
import Runs
import Training

/// Reports made from what lies in run folders.
public enum ReportFiles {
  /// The report page of the run in `folder`.
  public static func page(of folder: String) throws -> String {
    let history = try RunHistory(folder: folder)
    let run = RunFolder(folder)
    let settings =
      Files.exists(run.description) ? String(decoding: try Files.read(run.description), as: UTF8.self) : nil
    let comparison = try TeacherComparison.read(run)
    return RunReport(
      history,
      teacher: teacherMetric(of: history) ?? comparison?.teacher.metrics[history.selectionMetric],
      predictions: try StoredPredictions.read(of: history), comparison: comparison, settings: settings,
      knowledge: try KnowledgeShares.read(run)
    ).html
  }

  /// What the teacher reached on the same task, where its directory is the model of a run folder.
  static func teacherMetric(of history: RunHistory) -> Double? {
    guard let teacher = history.description.teacher, let folder = RunFolder.ofModel(teacher) else {
      return nil
    }
    guard let run = try? RunHistory(folder: folder.path), run.description.task == history.description.task
    else {
      return nil
    }
    return run.result?.metrics[history.selectionMetric]
  }
}
