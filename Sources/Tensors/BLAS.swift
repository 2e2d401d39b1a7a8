import CKernels
import COpenBLAS

/// OpenBLAS, tuned for the processor and held to one thread; the only file that knows it.
enum BLAS {
  /// Prepared on first use, before the first product.
  private static let ready: Bool = {
    ck_tune_blas()
    openblas_set_num_threads(1)
    return true
  }()

  /// Ends OpenBLAS's own threads; it starts them anew when it is told how many to use, so that this comes after.
  static func endThreads() {
    precondition(ready)
    ck_end_blas_threads()
  }

  /// The version, the build options and the kernels in use, such as `OpenBLAS 0.3.21 SkylakeX`.
  static let description: String = {
    precondition(ready)
    let words = String(cString: openblas_get_config()).split(separator: " ").prefix(2)
    return (words + [Substring(String(cString: openblas_get_corename()))]).joined(separator: " ")
  }()

  /// C = alpha * op(A) op(B) + beta * C, row-major, op being the transpose where asked for.
  static func sgemm(
    transposeA: Bool, transposeB: Bool, rows: Int, columns: Int, inner: Int, alpha: Float,
    _ a: UnsafePointer<Float>, _ strideA: Int, _ b: UnsafePointer<Float>, _ strideB: Int, beta: Float,
    _ c: UnsafeMutablePointer<Float>, _ strideC: Int
  ) {
    precondition(ready)
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(rows), blasint(columns), blasint(inner), alpha, a, blasint(strideA), b, blasint(strideB), beta,
      c, blasint(strideC))
  }
}
