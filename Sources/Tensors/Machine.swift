import CKernels

/// What computes here: results are the same bytes only where this is the same.
public enum Machine {
  /// The version of OpenBLAS and the kernels that it uses, such as `OpenBLAS 0.3.21 SkylakeX`.
  public static var openBLASDescription: String { BLAS.description }
  /// The variant of the row kernels: `avx512`, `avx2` or `baseline`.
  public static var simdVariant: String { String(cString: ck_variant()) }
  /// Both in one line, for run records.
  public static var description: String { "\(openBLASDescription), row kernels \(simdVariant)" }
}
