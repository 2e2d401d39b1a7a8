import CKernels

/// Which elements of some rows are dropped: a function of each row's key and position, and of the purpose.
///
/// Element j of a row is number position * columns + j of the stream of (key, purpose).
public struct Dropout: @unchecked Sendable {
  var kernel: ck_dropout

  /// Dropout of a share `rate` of the elements; what stays is divided by 1 - rate.
  /// - Parameters:
  ///   - keys: A key for each row.
  ///   - positions: The position of each row in its sequence.
  ///   - purpose: One value for each place in the model where something is dropped.
  public init(
    rate: Double, keys: UnsafePointer<UInt64>, positions: UnsafePointer<UInt32>, purpose: UInt64
  ) {
    kernel = ck_dropout(
      keys: keys, positions: positions, salt: Self.salt(purpose), threshold: Self.threshold(rate),
      scale: Self.scale(rate))
  }

  /// The same for the rows from `first` on.
  func from(_ first: Int) -> ck_dropout {
    var result = kernel
    result.keys += first
    result.positions += first
    return result
  }

  /// What is mixed into the keys for a purpose.
  public static func salt(_ purpose: UInt64) -> UInt64 { CounterRandom.mix(purpose &+ 0x9E37_79B9_7F4A_7C15) }
  /// 32-bit numbers below it mean dropped.
  static func threshold(_ rate: Double) -> UInt32 { UInt32(min(max(rate, 0) * 0x1p32, 0x1p32 - 1)) }
  static func scale(_ rate: Double) -> Float { Float(1 / (1 - rate)) }
}
