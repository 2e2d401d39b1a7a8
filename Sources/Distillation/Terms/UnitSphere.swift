/// Distances between vectors scaled to length 1.
enum UnitSphere {
  /// `|x/|x| - t/|t||²` (or `|x - t|²`); `scale` times its gradients are added.
  static func squaredDistance(
    _ x: UnsafeMutableBufferPointer<Float>, _ target: UnsafeMutableBufferPointer<Float>, normalize: Bool,
    scale: Float, gradient: UnsafeMutableBufferPointer<Float>,
    targetGradient: UnsafeMutableBufferPointer<Float>?
  ) -> Double {
    let count = x.count
    let lengthX = normalize ? max(dot(x, x).squareRoot(), 1e-12) : 1
    let lengthT = normalize ? max(dot(target, target).squareRoot(), 1e-12) : 1
    var sum = 0.0
    var alongX: Float = 0  // (u - v)·u
    var alongT: Float = 0  // (v - u)·v
    for i in 0..<count {
      let (u, v) = (x[i] / lengthX, target[i] / lengthT)
      sum += Double((u - v) * (u - v))
      alongX += (u - v) * u
      alongT += (v - u) * v
    }
    for i in 0..<count {
      let (u, v) = (x[i] / lengthX, target[i] / lengthT)
      gradient[i] += scale * 2 * ((u - v) - (normalize ? alongX * u : 0)) / lengthX
      if let targetGradient {
        targetGradient[i] += scale * 2 * ((v - u) - (normalize ? alongT * v : 0)) / lengthT
      }
    }
    return sum
  }

  private static func dot(
    _ a: UnsafeMutableBufferPointer<Float>, _ b: UnsafeMutableBufferPointer<Float>
  ) -> Float {
    var sum: Float = 0
    for i in 0..<a.count { sum += a[i] * b[i] }
    return sum
  }
}
