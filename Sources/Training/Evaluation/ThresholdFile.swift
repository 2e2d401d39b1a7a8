public import BERT
import Files

/// The thresholds that were chosen for a model whose labels are answered each by itself: `thresholds.json` of its folder, an
/// object of a number from 0 to 1 for each label.
public enum ThresholdFile {
  /// Its name.
  public static let name = "thresholds.json"

  /// The thresholds in the model's order; nil where there is no such file, or the model chooses one label.
  ///
  /// Throws where it names other labels than the model has, or no numbers from 0 to 1.
  public static func read(_ directory: String, for config: BertConfig) throws -> [Double]? {
    let path = "\(directory)/\(name)"
    guard config.isMultiLabel, let labels = config.labels, Files.exists(path) else { return nil }
    let found = try JSON.decode([String: Double].self, from: path)
    let values = labels.compactMap { found[$0] }
    if values.count != labels.count || found.count != labels.count || !values.allSatisfy((0...1).contains) {
      throw TrainingError.mismatch(
        "\(path): expected a number from 0 to 1 for each of \(labels.joined(separator: ", ")), found "
          + found.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    }
    return values
  }

  /// Writes thresholds, by the names of their labels, into a model's folder.
  public static func write(_ thresholds: [String: Double], to directory: String) throws {
    try Files.write(try JSON.encode(thresholds), to: "\(directory)/\(name)")
  }
}
