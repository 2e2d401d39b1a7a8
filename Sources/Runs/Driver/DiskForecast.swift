import BERT
import Files
import Tensors
import Tokenization
import Training

/// The room that a run needs on its disk, and what there is.
public struct DiskForecast: Codable, Sendable, Equatable {
  /// Bytes of the model with its vocabulary.
  public var modelBytes: Int
  /// Bytes of the checkpoints that are kept and of the one that is being written: a run that ends before the first of
  /// them is due needs none.
  public var checkpointBytes: Int
  /// Bytes of the models of its way that the run leaves.
  public var anchorBytes: Int
  /// Bytes of logs, answers and report, about.
  public var reportBytes: Int
  /// Bytes that may still be written there; nil where nobody knows.
  public var freeBytes: Int?

  /// All of it.
  public var bytes: Int { leastBytes + checkpointBytes }
  /// What no run ends without.
  var leastBytes: Int { modelBytes + anchorBytes + reportBytes }

  enum CodingKeys: String, CodingKey {
    case modelBytes = "model_bytes"
    case checkpointBytes = "checkpoint_bytes"
    case anchorBytes = "anchor_bytes"
    case reportBytes = "report_bytes"
    case freeBytes = "free_bytes"
  }

  /// A sentence where there is not room for everything; nil where there is.
  var shortage: String? {
    guard let freeBytes, freeBytes < bytes else { return nil }
    let room = "and its disk has \(ByteCount.text(freeBytes))"
    if freeBytes < leastBytes {
      return
        "the run needs about \(ByteCount.text(leastBytes)) for its model and report, \(room): make room, or give "
        + "another folder"
    }
    return
      "the run needs about \(ByteCount.text(bytes)) with its checkpoints, \(room): it cannot save where it stands"
  }

  /// Throws where not even model and report have room.
  func requireLeast(in folder: String) throws {
    if let freeBytes, freeBytes < leastBytes, let shortage {
      throw TrainingError.folder(path: folder, reason: shortage)
    }
  }
}

extension PreparedRun {
  /// The room that the run needs in a folder, which need not be there yet.
  func disk(in folder: String) -> DiskForecast {
    let weights = 4 * parameterCount
    // Model, best weights and both moments; of other learners no best weights. Each checkpoint is written before an
    // older one goes.
    let checkpoint =
      4 * weights
      + (stages.map { stage in
        12 * stage.lesson.learners.dropFirst().reduce(0) { $0 + $1.parameters.values.count }
          + 4 * (stage.lesson.memory?.values.count ?? 0)
      }.max() ?? 0)
    let products = stages.flatMap(\.lesson.products).reduce(0) { $0 + 4 * $1.model.parameters.values.count }
    let steps = stages.reduce(0) { $0 + $1.stepCount }
    let rows = data.devRowCounts.reduce(0, +)
    var place = folder
    while !Files.isDirectory(place) && place.contains("/") && place != "/" {
      place = Files.directory(of: place)
    }
    let model = weights + tokenizer.vocabulary.tokens.reduce(4096) { $0 + $1.utf8.count + 1 }
    return DiskForecast(
      modelBytes: model * (1 + headCount) + products,
      checkpointBytes: checkpoint * (training.saveTotalLimit + 1),
      anchorBytes: model * (anchorCount ?? 0),
      reportBytes: Self.pageBytes + steps * Self.bytesOfStep + rows * Self.bytesOfAnswer,
      freeBytes: Files.freeByteCount(Files.isDirectory(place) ? place : "."))
  }

  /// A report without its curves; a step in both logs; a line of predictions.
  private static let (pageBytes, bytesOfStep, bytesOfAnswer) = (200_000, 700, 64)
}
