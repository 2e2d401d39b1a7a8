import Files
import Training

extension TrainingBasis {
  /// The basis of the run that a record describes.
  init<Settings>(_ record: RunRecord<Settings>) throws {
    self.init(
      settings: Self.withoutPlace(try JSONValue(of: record.settings)),
      training: try JSONValue(of: record.training), inputs: record.inputs)
  }

  private static func withoutPlace(_ settings: JSONValue) -> JSONValue {
    guard case .object(var members) = settings else { return settings }
    members["output"] = nil
    members["overwrite"] = nil
    return .object(members)
  }
}
