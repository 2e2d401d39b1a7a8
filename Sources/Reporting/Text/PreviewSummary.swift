import GLUE
public import Runs
import Training

/// What a run would do, read and cost, in a few lines for a terminal.
public enum PreviewSummary {
  /// The lines.
  public static func text(of preview: RunPreview) -> String {
    let lines = data(preview) + models(preview) + cost(preview) + preview.notes.map { ("note", $0) }
    let odd = preview.data.odd.isEmpty ? [("odd", "nothing")] : preview.data.odd.map { ("odd", $0) }
    var last = ""
    return (lines + odd).map { name, text in
      let shown = name == last ? "" : name
      last = name
      return shown + String(repeating: " ", count: 12 - shown.count) + text + "\n"
    }.joined()
  }

  private static func data(_ preview: RunPreview) -> [(String, String)] {
    let data = preview.data
    var lines = data.splits.map { split in
      var text = "\(split.split == "train" ? "training" : split.split) rows"
      text = "\(Format.grouped(split.rows)) \(text)"
      if let labels = data.labels {
        text +=
          ": " + zip(labels, split.classes).map { "\($0) \(Format.grouped($1))" }.joined(separator: ", ")
      } else if let mean = split.meanScore {
        text += ", mean score \(Format.fixed(mean, 3))"
      }
      return ("data", text)
    }
    var tokens = "\(data.medianLength) in the middle, \(data.longestLength) at most"
    tokens += ", \(Format.fixed(100 * data.unknownShare, 2)) % unknown"
    lines.append(("tokens", tokens))
    let metric = preview.run.selectionMetric
    if let baseline = preview.run.baseline[metric] {
      lines.append(
        ("baseline", "always the most frequent answer gives \(metric) \(Format.fixed(baseline, 4)) on dev"))
    }
    if let labels = data.labels { lines.append(("labels", names(labels, preview))) }
    return lines
  }

  /// The labels of the data, and those of the models where they have others or another order.
  private static func names(_ labels: [String], _ preview: RunPreview) -> String {
    var text = labels.joined(separator: ", ")
    for (who, others) in [("model", preview.modelLabels), ("teacher", preview.teacherLabels)] {
      if let others, others != labels {
        let how = LabelMap.areNameless(others) ? "taken in this order" : "matched by name"
        text += "; the \(who)'s, \(how): " + others.joined(separator: ", ")
      }
    }
    return text
  }

  private static func models(_ preview: RunPreview) -> [(String, String)] {
    let run = preview.run
    var lines = [("model", "\(run.shape), \(Format.grouped(run.parameters)) parameters")]
    if let teacher = run.teacherShape { lines.append(("teacher", "\(teacher), method \(run.method)")) }
    lines += preview.layerMaps.map { ("layers", $0) }
    lines += preview.annealing.map { ("scales", scales($0)) }
    lines.append(("steps", "\(Format.grouped(run.stepCount)) in \(run.stages.joined(separator: ", "))"))
    return lines
  }

  /// Each scale with the epoch after which it ends: `annealed: 0.143 to epoch 2, 0.286 to 4, ...`.
  private static func scales(_ forecast: AnnealingForecast) -> String {
    var parts = forecast.parts.enumerated().map { index, part in
      let epochs = part.epochs
      let end = epochs == epochs.rounded() ? Format.grouped(Int(epochs)) : Format.fixed(epochs, 2)
      return (part.scale == 1 ? "1" : Format.fixed(part.scale, 3)) + (index == 0 ? " to epoch " : " to ")
        + end
    }
    if parts.count > 20 { parts.replaceSubrange(8..<parts.count - 4, with: ["..."]) }
    return "\(forecast.stage): " + parts.joined(separator: ", ")
  }

  private static func cost(_ preview: RunPreview) -> [(String, String)] {
    let forecast = preview.forecast
    var time = "about \(Format.duration(forecast.seconds)) with \(preview.run.threads) "
    time += preview.run.threads == 1 ? "thread" : "threads"
    time += ": \(Format.duration(forecast.trainingSeconds)) of steps"
    time += ", \(Format.duration(forecast.evaluationSeconds)) of evaluation"
    if let teacher = forecast.teacherSeconds {
      time += ", \(Format.duration(teacher)) of the teacher's answers"
    }
    var lines = [
      ("time", time + " (\(forecast.measuredSteps) steps were tried)"),
      ("memory", "about \(Format.bytes(forecast.peakBytes))"),
    ]
    if let cost = preview.cost { lines.append(("beside", cost)) }
    if let disk = preview.disk {
      lines.append(
        (
          "disk",
          "\(Format.bytes(disk.modelBytes + disk.reportBytes)) for model and report, "
            + (disk.anchorBytes > 0 ? "\(Format.bytes(disk.anchorBytes)) for anchors, " : "") + "up to "
            + "\(Format.bytes(disk.checkpointBytes)) for checkpoints"
            + (disk.freeBytes.map { "; \(Format.bytes($0)) are free" } ?? "")
        ))
    }
    if let cache = preview.stateCache {
      lines.append(
        (
          "disk",
          "\(Format.bytes(cache.bytes)) of the teacher's states in \(cache.path)"
            + (cache.exists ? ", which is there already" : "")
        ))
    }
    return lines
  }
}
