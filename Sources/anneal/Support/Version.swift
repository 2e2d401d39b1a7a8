import Tensors
import Tokenization

/// What `anneal --version` says.
enum Version {
  /// The version of this program.
  static let number = "0.1.0"
  /// The program and what computes in it, a line each.
  static var description: String {
    """
    anneal \(number)
    \(Machine.openBLASDescription)
    row kernels \(Machine.simdVariant)
    \(Tokenizer.unicodeDescription)
    """
  }
}
