import BERT
import Distillation
import Training

/// What a bi-encoder has no part of: it reads the two texts of a row in two sequences.
enum PairParts {
  /// Throws where a stage compares attention or states of [CLS], of which a row of a bi-encoder has none or two.
  static func check(_ stages: [Stage]) throws {
    for stage in stages {
      guard let lesson = stage.lesson as? ObjectiveLesson else { continue }
      guard let part = lesson.objective.request.parts.sorted().first(where: { !fits($0) }) else { continue }
      throw DistillationError.mismatch(
        "the stage \(stage.name) compares '\(part)', and a bi-encoder reads the two texts of a row in two sequences: "
          + "choose a method of logits, such as kd, or of hidden states")
    }
  }

  private static func fits(_ part: OutputPart) -> Bool {
    switch part.extent {
    case .logits, .tokens: true
    case .sequences, .maps: false
    }
  }
}
