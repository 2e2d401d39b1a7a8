/// A model that was read from files, and what a user should know about it.
public struct LoadedModel: Sendable {
  /// The model.
  public let model: BertModel
  /// What was initialised anew, left out or reordered, one line each; nothing is changed without a note.
  public let notes: [String]
}
