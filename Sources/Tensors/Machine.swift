import CKernels
import Glibc

/// What computes here: results are the same bytes only where this is the same.
public enum Machine {
  /// The version of OpenBLAS and the kernels that it uses, such as `OpenBLAS 0.3.21 SkylakeX`.
  public static var openBLASDescription: String { BLAS.description }
  /// The variant of the row kernels: `avx512`, `avx2` or `baseline`.
  public static var simdVariant: String { String(cString: ck_variant()) }
  /// Both in one line, for run records.
  public static var description: String { "\(openBLASDescription), row kernels \(simdVariant)" }
  /// Ends the threads that OpenBLAS starts when it is loaded; for programs that have no other use for OpenBLAS, at their start.
  package static func endOpenBLASThreads() { BLAS.endThreads() }
  /// The most memory that the process has held so far; 0 where the system does not say.
  package static var peakResidentBytes: Int {
    var usage = rusage()
    return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
  }
}
