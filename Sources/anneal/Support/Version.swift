import CBuildInfo
import Runs
import Tensors
import Tokenization
import Training

/// What `anneal --version` says.
enum Version {
  /// The version of this program.
  static let number = ProgramVersion.number
  /// The program and what computes in it, a line each.
  static var description: String {
    let commit = String(cString: build_info_commit())
    return """
      anneal \(number)\(commit.isEmpty ? "" : ", commit \(commit)")
      \(Machine.openBLASDescription)
      row kernels \(Machine.simdVariant)
      \(Tokenizer.unicodeDescription)
      """
  }
}
