import Files

/// Why a distillation cannot be: one line that says what to change.
public enum DistillationError: Error, CustomStringConvertible, Equatable {
  /// A setting that cannot be.
  case settings(String)
  /// Teacher, student and task that do not fit together.
  case mismatch(String)
  /// A layer that is not there: which model, which layer, the layers that exist.
  case layer(model: String, layer: Int, layers: ClosedRange<Int>)
  /// A teacher cache that cannot be used.
  case cache(path: String, reason: String)

  /// One line for people.
  public var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .settings(let text), .mismatch(let text): text
    case .layer(let model, let layer, let layers):
      "the \(model) has no layer \(layer) to compare: it has layers 1 to \(layers.upperBound)"
        + (layers.contains(0) ? ", and 0 for the embeddings" : "")
    case .cache(let path, let reason): "\(path): \(reason)"
    }
  }
}
