import CKernels

/// Operations on long runs of floats, each on the calling thread.
public enum VectorKernels {
  /// The sum of squares, in double precision, in an order that the count alone decides.
  public static func squaredNorm(_ x: UnsafePointer<Float>, count: Int) -> Double {
    ck_squared_norm(count, x)
  }
  /// x *= factor.
  public static func scale(_ x: UnsafeMutablePointer<Float>, count: Int, by factor: Float) {
    ck_scale(count, factor, x)
  }
  /// y += x.
  public static func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    ck_add(count, x, y)
  }
  /// y = exp(x).
  public static func exp(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    ck_exp(count, x, y)
  }
  /// y = erf(x).
  public static func erf(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    ck_erf(count, x, y)
  }
  /// y = tanh(x).
  public static func tanh(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    ck_tanh(count, x, y)
  }
}
