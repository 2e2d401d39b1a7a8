import Files
import Glibc
import Training

/// What becomes of the weights of a run whose disk takes no more: they are kept elsewhere, and the error says where.
final class Rescue {
  /// How far the run is.
  enum Stand {
    /// Steps are taken; the model is behind or ahead of the best weights.
    case training
    /// The model holds the weights that the run hands on.
    case trained
    /// They are in the run's folder.
    case saved
  }

  private let run: PreparedRun
  private let folder: RunFolder
  private let checkpoints: CheckpointStore
  var stand = Stand.training
  /// Puts the best weights so far into the model.
  var takeBest: () -> Void = {}

  init(_ run: PreparedRun, folder: RunFolder, checkpoints: CheckpointStore) {
    (self.run, self.folder, self.checkpoints) = (run, folder, checkpoints)
  }

  /// Runs the steps and what follows; a file that cannot be written is told with where the weights are.
  func watch<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as FileError where error.operation != "read" {
      throw TrainingError.unwritten("\(error)", kept: kept)
    }
  }

  private var kept: String {
    if stand == .saved { return "the model is saved in \(folder.model)" }
    let checkpoint = checkpoints.newestPath
    var parts: [String] = []
    if stand == .trained || checkpoint == nil {
      if stand == .training { takeBest() }
      parts.append(
        keepElsewhere().map { "the trained model is kept in \($0)" } ?? "no other disk takes the model")
    }
    if let checkpoint {
      parts.append("with room, anneal resume \(folder.path) goes on from \(checkpoint)")
    }
    return parts.joined(separator: "; ")
  }

  /// The folder that took model and vocabulary; nil where none did.
  private func keepElsewhere() -> String? {
    let home = getenv("HOME").map { String(cString: $0) }
    for root in [Files.temporaryRoot, ".", home].compactMap({ $0 }) {
      var number = 0
      var place = ""
      repeat {
        number += 1
        place = "\(root)/anneal-kept-\(getpid())-\(number)"
      } while Files.exists(place)
      do {
        try run.model.save(to: place, with: run.tokenizer)
        return place
      } catch { try? Files.remove(place) }
    }
    return nil
  }
}
