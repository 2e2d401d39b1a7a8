import Training

extension RunEvent: Codable {
  private enum Key: String, CodingKey { case event, text }

  /// The word under `event`.
  public var kind: String {
    switch self {
    case .started: "started"
    case .resumed: "resumed"
    case .stageStarted: "stage_started"
    case .step: "step"
    case .evaluated: "evaluated"
    case .stageFinished: "stage_finished"
    case .checkpointed: "checkpointed"
    case .finished: "finished"
    case .note: "note"
    case .preparing: "preparing"
    }
  }

  /// Reads one flat object.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: Key.self)
    switch try keys.decode(String.self, forKey: .event) {
    case "started": self = .started(try RunDescription(from: decoder))
    case "resumed": self = .resumed(try ResumeRecord(from: decoder))
    case "stage_started": self = .stageStarted(try StageRecord(from: decoder))
    case "step": self = .step(try StepRecord(from: decoder))
    case "evaluated": self = .evaluated(try EvaluationRecord(from: decoder))
    case "stage_finished": self = .stageFinished(try StageResult(from: decoder))
    case "checkpointed": self = .checkpointed(try CheckpointRecord(from: decoder))
    case "finished": self = .finished(try RunResult(from: decoder))
    case "note": self = .note(try keys.decode(String.self, forKey: .text))
    case "preparing": self = .preparing(try PreparationRecord(from: decoder))
    case let other:
      throw DecodingError.dataCorruptedError(
        forKey: .event, in: keys, debugDescription: "there is no event \(other)")
    }
  }

  /// Writes one flat object.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: Key.self)
    try keys.encode(kind, forKey: .event)
    switch self {
    case .started(let record): try record.encode(to: encoder)
    case .resumed(let record): try record.encode(to: encoder)
    case .stageStarted(let record): try record.encode(to: encoder)
    case .step(let record): try record.encode(to: encoder)
    case .evaluated(let record): try record.encode(to: encoder)
    case .stageFinished(let record): try record.encode(to: encoder)
    case .checkpointed(let record): try record.encode(to: encoder)
    case .finished(let record): try record.encode(to: encoder)
    case .note(let text): try keys.encode(text, forKey: .text)
    case .preparing(let record): try record.encode(to: encoder)
    }
  }
}
