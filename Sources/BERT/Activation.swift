import Tensors

/// The function between the two halves of a feed-forward block, under the name that `transformers` gives it.
public enum Activation: String, Sendable, Codable, CaseIterable {
  /// x * Phi(x), by the error function (Hendrycks and Gimpel 2016); read also as `gelu_python`.
  case gelu
  /// `gelu`, but never above 10.
  case gelu10 = "gelu_10"
  /// The approximation of `gelu` by tanh; read also as `gelu_pytorch_tanh`, `gelu_fast` and `gelu_accurate`, which
  /// write the same formula otherwise.
  case geluNew = "gelu_new"
  /// x * sigmoid(1.702 x), the same paper's approximation by the logistic function.
  case quickGelu = "quick_gelu"
  /// max(x, 0).
  case relu
  /// x * sigmoid(x) (Elfwing, Uchibe and Doya 2017); read also as `swish`.
  case silu

  private static let otherNames: [String: Activation] = [
    "gelu_python": .gelu, "gelu_pytorch_tanh": .geluNew, "gelu_fast": .geluNew, "gelu_accurate": .geluNew,
    "swish": .silu,
  ]

  /// Every name that is read, sorted.
  static var names: [String] { (allCases.map(\.rawValue) + otherNames.keys).sorted() }

  /// The activation that Hugging Face calls `name`, if it is one of these.
  public init?(huggingFaceName name: String) {
    guard let known = Activation(rawValue: name) ?? Self.otherNames[name] else { return nil }
    self = known
  }

  /// The activation that the value of `key` in a configuration names.
  ///
  /// Throws `ModelError` with the names that are read where it is none of them.
  init(named name: String, key: String) throws {
    guard let known = Activation(huggingFaceName: name) else {
      throw ModelError(
        subject: key, expected: "one of " + Self.names.joined(separator: ", "), found: "'\(name)'")
    }
    self = known
  }

  /// The kernel that computes it.
  var kind: RowKernels.ActivationKind {
    switch self {
    case .gelu: .gelu
    case .gelu10: .clippedGelu
    case .geluNew: .geluTanh
    case .quickGelu: .quickGelu
    case .relu: .relu
    case .silu: .silu
    }
  }
}
