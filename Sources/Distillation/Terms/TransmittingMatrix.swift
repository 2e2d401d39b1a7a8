import Glibc
import Tensors

/// The matrix `G = A' B / (n √(d_a d_b))` between the states of n tokens before and after a block, never formed.
///
/// Its spectral norm by T steps of power iteration: `y_0` fixed, `y_{t+1} = G' G y_t` at length 1, `σ = |G y_T| / |y_T|`.
/// The first vector is `cos 0, cos 1, …`: a vector of ones, which others take, is what LayerNorm makes nothing of.
struct TransmittingMatrix {
  private let before: Matrix
  private let after: Matrix
  private let scale: Double

  /// States of the same tokens before and after a block.  // [n, d_a], [n, d_b]
  init(_ before: Matrix, _ after: Matrix) {
    precondition(before.rows == after.rows, "states of other tokens")
    (self.before, self.after) = (before, after)
    scale = 1 / (Double(max(before.rows, 1)) * Double(before.columns * after.columns).squareRoot())
  }

  /// What an iteration found, with what its way back needs.
  struct Norm {
    /// The norm.
    let value: Double
    /// `y_t`, each of length 1.  // [T + 1][d_b]
    fileprivate let vectors: [[Double]]
    /// `G y_t`.  // [T + 1][d_a]
    fileprivate let images: [[Double]]
    /// What `G' G y_t` was divided by.  // [T]
    fileprivate let lengths: [Double]
  }

  /// The norm after so many steps.
  func norm(_ iterations: Int) -> Norm {
    var y = (0..<after.columns).map { cos(Double($0)) }
    _ = Self.normalize(&y)
    var (vectors, images, lengths) = ([y], [product(y)], [Double]())
    for _ in 0..<iterations {
      y = transposed(images[images.count - 1])
      lengths.append(Self.normalize(&y))
      vectors.append(y)
      images.append(product(y))
    }
    let last = images[images.count - 1]
    return Norm(value: Self.dot(last, last).squareRoot(), vectors: vectors, images: images, lengths: lengths)
  }

  /// Adds `factor` times the gradient of a norm with respect to both states.
  ///
  /// With z = G y the last step gives `dσ = <z, dG y + G dy> / σ`; the way back through `y' = G' z / |G' z|` is that of a
  /// product and of a division by a length. Each `a b'` that comes to the gradient of G is `B b a'` for A and `A a b'`
  /// for B, over their scale.
  func addGradient(of norm: Norm, times factor: Double, _ slopeBefore: Matrix, _ slopeAfter: Matrix) {
    if norm.value <= 1e-30 || factor == 0 { return }
    let last = norm.lengths.count
    // What is to be added to the gradient of G y_t, as it goes back.
    var pull = norm.images[last].map { $0 * factor / norm.value }
    for step in stride(from: last, through: 0, by: -1) {
      add(pull, norm.vectors[step], slopeBefore, slopeAfter)
      if step == 0 { break }
      var back = transposed(pull)
      let along = Self.dot(back, norm.vectors[step])
      let length = norm.lengths[step - 1]
      if length <= 1e-30 { break }
      for i in back.indices { back[i] = (back[i] - along * norm.vectors[step][i]) / length }
      add(norm.images[step - 1], back, slopeBefore, slopeAfter)
      pull = product(back)
    }
  }

  /// Adds the gradient that `a b'` of G means for the states.
  private func add(_ a: [Double], _ b: [Double], _ slopeBefore: Matrix, _ slopeAfter: Matrix) {
    for row in 0..<before.rows {
      let (x, y) = (Self.dot(after, row, b) * scale, Self.dot(before, row, a) * scale)
      let (dx, dy) = (slopeBefore.base + row * slopeBefore.stride, slopeAfter.base + row * slopeAfter.stride)
      for i in a.indices { dx[i] += Float(x * a[i]) }
      for i in b.indices { dy[i] += Float(y * b[i]) }
    }
  }

  /// `G y`.
  private func product(_ y: [Double]) -> [Double] { through(after, y, before) }

  /// `G' z`.
  private func transposed(_ z: [Double]) -> [Double] { through(before, z, after) }

  /// `to' (from x)` over the scale, token by token.
  private func through(_ from: Matrix, _ x: [Double], _ to: Matrix) -> [Double] {
    var result = [Double](repeating: 0, count: to.columns)
    for row in 0..<from.rows {
      let part = Self.dot(from, row, x) * scale
      let states = to.base + row * to.stride
      for i in result.indices { result[i] += part * Double(states[i]) }
    }
    return result
  }

  private static func dot(_ matrix: Matrix, _ row: Int, _ x: [Double]) -> Double {
    let states = matrix.base + row * matrix.stride
    return x.withUnsafeBufferPointer { x in
      guard let base = x.baseAddress else { return 0 }
      // Eight sums at a time, in an order that the width alone decides.
      var lanes = SIMD8<Double>.zero
      var i = 0
      while i + 8 <= x.count {
        let a = UnsafeRawPointer(states + i).loadUnaligned(as: SIMD8<Float>.self)
        let b = UnsafeRawPointer(base + i).loadUnaligned(as: SIMD8<Double>.self)
        lanes += SIMD8<Double>(a) * b
        i += 8
      }
      var sum = lanes.sum()
      while i < x.count {
        sum += Double(states[i]) * x[i]
        i += 1
      }
      return sum
    }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  /// Gives a vector length 1, and returns the length that it had.
  private static func normalize(_ x: inout [Double]) -> Double {
    let length = dot(x, x).squareRoot()
    if length > 1e-30 { for i in x.indices { x[i] /= length } }
    return length
  }
}
