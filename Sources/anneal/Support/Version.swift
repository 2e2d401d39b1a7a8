import Tensors
import Tokenization
import Training

/// What `anneal --version` says.
enum Version {
  /// The version of this program.
  static let number = ProgramVersion.number
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
