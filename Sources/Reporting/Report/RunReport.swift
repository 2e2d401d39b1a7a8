public import Runs
import Training

/// The report of one run as one self-contained HTML file.
public struct RunReport {
  private let history: RunHistory
  private let teacher: Double?
  private let predictions: DevPredictions?
  private let comparison: TeacherComparison?
  private let settings: String?
  private let knowledge: KnowledgeShares?

  /// A report of a run.
  ///
  /// `teacher` is the teacher's selection metric on the same split, where it is known; `comparison` is what both
  /// answered; `settings` is the text of the run's description, shown as it is; `knowledge` is what the teacher adds to the
  /// labels.
  public init(
    _ history: RunHistory, teacher: Double? = nil, predictions: DevPredictions? = nil,
    comparison: TeacherComparison? = nil, settings: String? = nil, knowledge: KnowledgeShares? = nil
  ) {
    self.history = history
    self.teacher = teacher
    self.predictions = predictions
    self.comparison = comparison
    self.settings = settings
    self.knowledge = knowledge
  }

  /// The whole page.
  public var html: String {
    let run = history.description
    let title = "\(run.task): \(run.namedMethod ?? "fine-tuning")"
    var subtitle = "\(run.shape), seed \(run.seed), \(Format.grouped(run.trainingRows)) training rows"
    if let shape = run.teacherShape { subtitle += ", taught by \(shape)" }
    if history.result == nil { subtitle += ". The run is not over." }
    return ReportPage(
      title: title, subtitle: subtitle,
      body: facts + findings + (history.result?.sequence.map { SequenceTable.html(of: $0) } ?? "")
        + (history.result?.goal.map { GoalTable.html(of: $0) } ?? "")
        + HTML.section("Training", charts) + stages + predictionSections
        + MadeTextSection(texts: history.texts).html
        + (knowledge.map { KnowledgeSection(shares: $0).html } ?? "")
        + (comparison.map { TeacherSections(comparison: $0).html } ?? "") + reproduction
    ).html
  }

  private var facts: String {
    let run = history.description
    let metric = history.selectionMetric
    var facts: [(String, String)] = []
    if let best = history.best { facts.append((metric, Format.fixed(best, 4))) }
    if let teacher { facts.append(("teacher", Format.fixed(teacher, 4))) }
    if let baseline = run.baseline[metric] { facts.append(("always one answer", Format.fixed(baseline, 4))) }
    for (name, value) in (history.result?.metrics ?? [:]).sorted(by: { $0.key < $1.key }) where name != metric
    {
      facts.append((name, Format.fixed(value, 4)))
    }
    facts.append(("parameters", Format.grouped(run.parameters)))
    if let result = history.result {
      facts.append(("on disk", Format.bytes(result.modelBytes)))
      facts.append(("inference", "\(Format.short(result.sentencesPerSecond)) /s"))
      facts.append(("training", Format.duration(result.trainingSeconds)))
      facts.append(("training pace", "\(Format.short(result.examplesPerSecond)) rows/s"))
    }
    return HTML.facts(facts.map { (name: $0.0, value: $0.1) })
  }

  /// What is wrong with the answers; the answers themselves say it where the run's result does not.
  private var findings: String {
    guard var findings = history.findings else { return "" }
    if history.result?.neverPredicted == nil { findings.neverPredicted = predictions?.neverPredicted ?? [] }
    return findings.sentences.map { "<p><b>\(HTML.escape($0))</b></p>\n" }.joined()
  }

  private var charts: String {
    let marks = history.stageMarks
    let memory = max(0, 1 - 60 / Double(max(history.stepsTaken, 60)))
    let terms = history.termNames
    var lines = terms.enumerated().map { index, name in
      LineChart.Series(
        name: name, points: LineChart.smoothed(history.points { $0.terms[name] }, memory: min(memory, 0.95)),
        colour: index + 1)
    }
    if terms.count != 1 {
      lines.insert(
        LineChart.Series(
          name: "loss", points: LineChart.smoothed(history.points { $0.loss }, memory: min(memory, 0.95)),
          colour: 0),
        at: 0)
    }
    let metric = history.selectionMetric
    var levels: [(name: String, value: Double)] = []
    if let baseline = history.description.baseline[metric] { levels.append(("always one answer", baseline)) }
    if let teacher { levels.append(("teacher", teacher)) }
    let metrics = (history.stages.first?.evaluations.first?.metrics.keys.sorted() ?? [])
      .sorted { ($0 == metric ? 0 : 1, $0) < ($1 == metric ? 0 : 1, $1) }
    let quality = metrics.enumerated().map { index, name in
      LineChart.Series(name: name, points: history.points(metric: name), colour: index, marksPoints: true)
    }
    var html = LineChart(
      title: "loss on training batches, smoothed", series: lines, marks: marks, fromZero: true
    ).html
    html += LineChart(title: "dev", series: quality, levels: levels, marks: marks).html
    html += "<div class=\"pair\">\n"
    html += small("learning rate", history.points { $0.learningRate }, colour: 0)
    html += small("scale of the teacher's logits", history.points { $0.annealingScale }, colour: 1)
    html += small("norm of the gradient", history.points { $0.gradientNorm }, colour: 3)
    for (index, name) in history.measureNames.enumerated() {
      html += small(
        name, LineChart.smoothed(history.points { $0.measures?[name] }, memory: min(memory, 0.95)),
        colour: index)
    }
    return html + "</div>\n"
  }

  private func small(_ title: String, _ points: [(x: Double, y: Double)], colour: Int) -> String {
    var chart = LineChart(
      title: title, series: [LineChart.Series(name: title, points: points, colour: colour)], fromZero: true)
    chart.width = 400
    chart.height = 200
    return chart.html
  }

  private var stages: String {
    guard let stages = history.result?.stages, !stages.isEmpty else { return "" }
    let metric = history.selectionMetric
    let rows = stages.map { stage in
      [
        HTML.escape(stage.name), String(stage.epochs), Format.grouped(stage.steps), String(stage.bestEpoch),
        stage.best[metric].map { Format.fixed($0, 4) } ?? "–",
        stage.last[metric].map { Format.fixed($0, 4) } ?? "–",
      ]
    }
    return HTML.section(
      "Stages",
      HTML.table(
        header: ["stage", "epochs", "steps", "best epoch", "best \(metric)", "last \(metric)"],
        numeric: [1, 2, 3, 4, 5], rows: rows))
  }

  private var predictionSections: String {
    predictions.map { PredictionSections(predictions: $0).html } ?? ""
  }

  private var reproduction: String {
    guard let settings else { return "" }
    return HTML.section(
      "How to reproduce",
      """
      <p class="note">The same settings, data and seed give the same bytes on the same kind of processor, with any \
      number of threads.</p>
      <details><summary>run.json: settings, versions, hashes, machine</summary>
      <pre>\(HTML.escape(settings))</pre></details>

      """)
  }
}
