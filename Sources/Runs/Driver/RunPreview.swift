import BERT
public import Training

/// What a run would do, what it would read and what it would cost, before its first step.
public struct RunPreview: Codable, Sendable {
  /// What would be run.
  public var run: RunDescription
  /// What is known of the rows.
  public var data: DataFindings
  /// Time and memory.
  public var forecast: RunForecast
  /// The model's own names of its labels, in its order.
  public var modelLabels: [String]?
  /// The teacher's, in its order.
  public internal(set) var teacherLabels: [String]?
  /// Each term that compares layers, with its pairs, such as `hidden_mse: 1 from 2, 2 from 4`.
  public internal(set) var layerMaps: [String] = []
  /// What the method costs beside the student's own steps, in words; nil where it is no method.
  public internal(set) var cost: String?
  /// The scales of the teacher's logits over each stage that anneals them.
  public var annealing: [AnnealingForecast]
  /// Where the teacher's states would be kept, and the bytes that they take there; nil where they are not kept.
  public internal(set) var stateCache: StateCacheForecast?
  /// The room that the run needs on its disk.
  public internal(set) var disk: DiskForecast?
  /// What the models' files gave to say.
  public var notes: [String]
  /// Labels that are likely wrong, where somebody asked.
  public var labelIssues: LabelIssues?

  enum CodingKeys: String, CodingKey {
    case run, data, forecast, annealing, disk, notes, cost
    case labelIssues = "label_issues"
    case stateCache = "state_cache"
    case modelLabels = "model_labels"
    case teacherLabels = "teacher_labels"
    case layerMaps = "layer_maps"
  }
}

/// A file of a teacher's hidden states and attention, before it is written.
public struct StateCacheForecast: Codable, Sendable, Equatable {
  /// The file.
  public var path: String
  /// Its bytes.
  public var bytes: Int
  /// Whether it is there already.
  public var exists: Bool

  /// A file of so many bytes.
  init(path: String, bytes: Int, exists: Bool) {
    (self.path, self.bytes, self.exists) = (path, bytes, exists)
  }
}

extension PreparedRun {
  /// What is known of the rows, and of stages that cannot learn from them.
  func findings() -> DataFindings {
    var findings = data.findings(of: self)
    let longest = MaximumLength.of(model.config, tokenizer, wanted: .max)
    if let wanted = training.maxLength, wanted > longest {
      findings.odd.append(
        "max_length (--max-length) \(wanted) is more than the model takes: texts are cut after \(longest) tokens"
      )
    }
    for stage in stages
    where training.warmupRatio > 0 && stage.stepCount == 1 {
      findings.odd.append(
        "the stage \(stage.name) has one step, to which the warm-up gives a learning rate of 0: nothing is learnt in "
          + "it without more epochs, smaller batches or --warmup-ratio 0")
    }
    return findings
  }

  /// Says everything that is known, and tries about so many seconds of the rest; the run is of no use afterwards.
  ///
  /// Throws where so many `ranks` could not share its steps.
  func preview(folder: String, seconds: Double, ranks: Int = 1) throws -> RunPreview {
    let shares = try RankShares(of: self, over: ranks)
    let disk = disk(in: folder)
    var findings = findings()
    findings.odd += shares?.odd ?? []
    if let shortage = disk.shortage { findings.odd.append(shortage) }
    return RunPreview(
      run: try description(folder: folder), data: findings, forecast: try forecast(seconds: seconds),
      modelLabels: data.hasClasses ? model.config.labels : nil, annealing: annealing(), disk: disk,
      notes: allNotes + (shares.map { [$0.sentence] } ?? []))
  }
}
