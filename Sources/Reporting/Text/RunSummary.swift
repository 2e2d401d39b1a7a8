public import Runs
import Training

/// The result of a run in a few lines for a terminal.
public enum RunSummary {
  /// The lines.
  public static func text(of result: RunResult) -> String {
    let metrics = result.metrics.sorted { $0.key < $1.key }
      .map { "\($0.key) \(Format.fixed($0.value, 4))" }.joined(separator: ", ")
    let split = result.measuredOn == nil ? "dev         " : "held out    "
    return """
      \(split)\(metrics)
      model       \(result.folder)/model: \(Format.grouped(result.parameters)) parameters, \
      \(Format.bytes(result.modelBytes))
      training    \(Format.duration(result.trainingSeconds)), \(Format.short(result.examplesPerSecond)) examples/s
      inference   \(Format.short(result.sentencesPerSecond)) sentences/s

      """ + (result.sequence.map { SequenceTable.text(of: $0) } ?? "")
        + (result.goal.map { GoalTable.text(of: $0) } ?? "")
        + result.findings.sentences.map { "note        \($0)\n" }.joined()
  }
}
