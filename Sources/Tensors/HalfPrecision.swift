import CKernels

/// Numbers in half precision (IEEE 754 binary16), kept as their bits, each call on the calling thread.
public enum HalfPrecision {
  /// y = x, exactly.
  public static func widen(
    _ x: UnsafePointer<UInt16>, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    ck_widen(count, x, y)
  }

  /// y = the half nearest to x, ties to even; returns whether all of y is finite, as it is up to 65,519.
  public static func narrow(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<UInt16>, count: Int
  ) -> Bool {
    ck_narrow(count, x, y) != 0
  }
}
