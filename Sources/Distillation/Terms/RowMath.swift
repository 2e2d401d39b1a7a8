import Glibc
import Tensors

/// Arithmetic on rows of floats, in an order that lengths alone decide.
enum RowMath {
  private typealias Lanes = SIMD8<Float>

  /// `Σ a b`.
  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var lanes = Lanes.zero
    var i = 0
    while i + 8 <= count {
      lanes += load(a + i) * load(b + i)
      i += 8
    }
    var sum = lanes.sum()
    while i < count {
      sum += a[i] * b[i]
      i += 1
    }
    return sum
  }

  /// `Σ (a - b)²`.
  static func squaredDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var lanes = Lanes.zero
    var i = 0
    while i + 8 <= count {
      let difference = load(a + i) - load(b + i)
      lanes += difference * difference
      i += 8
    }
    var sum = lanes.sum()
    while i < count {
      sum += (a[i] - b[i]) * (a[i] - b[i])
      i += 1
    }
    return sum
  }

  /// `y += scale x`.
  static func add(
    _ x: UnsafePointer<Float>, times scale: Float, to y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for i in 0..<count { y[i] += scale * x[i] }
  }

  /// `y += scale (a - b)`.
  static func addDifference(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, times scale: Float,
    to y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for i in 0..<count { y[i] += scale * (a[i] - b[i]) }
  }

  /// Replaces scores by their softmax.
  static func softmax(_ scores: UnsafeMutablePointer<Float>, _ count: Int) {
    var largest = -Float.infinity
    for i in 0..<count { largest = max(largest, scores[i]) }
    var sum: Float = 0
    for i in 0..<count {
      scores[i] = expf(scores[i] - largest)
      sum += scores[i]
    }
    for i in 0..<count { scores[i] /= sum }
  }

  /// `Σ p log(p / q)` in double precision; places where p is 0 add nothing, q is taken as at least 1e-30.
  static func divergence(_ p: UnsafePointer<Float>, _ q: UnsafePointer<Float>, _ count: Int) -> Double {
    var sum = 0.0
    for i in 0..<count where p[i] > 0 {
      sum += Double(p[i]) * (log(Double(p[i])) - log(Double(max(q[i], 1e-30))))
    }
    return sum
  }

  /// The sum of `body` over `0..<count`, computed in parallel and added in order.
  ///
  /// Each call writes only memory of its own index.
  static func parallelSum(_ count: Int, _ body: (Int) -> Double) -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(count, 1)) { values in
      let values = values
      Parallel.forEach(count: count) { values[$0] = body($0) }
      return (0..<count).reduce(0) { $0 + values[$1] }
    }
  }

  @inline(__always)
  private static func load(_ pointer: UnsafePointer<Float>) -> Lanes {
    UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
  }
}
