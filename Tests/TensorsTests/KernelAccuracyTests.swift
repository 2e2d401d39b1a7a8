import Glibc
import Tensors
import Testing

/// The polynomials against libm in double precision, over every size of argument.
@Suite struct KernelAccuracyTests {
  /// Both signs, from tiny to large, and a dense grid in between.
  private let arguments: [Float] =
    (0..<400_000).map { Float($0 - 200_000) * 5e-4 }
    + (-120..<30).flatMap { exponent in [1.0, 1.37, 1.93].map { Float(scalbn($0, Int32(exponent))) } }
    .flatMap { [$0, -$0] }

  /// The largest error, relative to the exact value where `relative`, over arguments in a range.
  private func error(
    _ function: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void, _ exact: (Double) -> Double,
    _ range: ClosedRange<Float>, relative: Bool
  ) -> Double {
    let x = arguments.filter { range.contains($0) }
    var y = [Float](repeating: 0, count: x.count)
    function(x, &y, x.count)
    return x.indices.reduce(0) { worst, i in
      let value = exact(Double(x[i]))
      return max(worst, abs(Double(y[i]) - value) / (relative ? max(abs(value), 1e-37) : 1))
    }
  }

  @Test func exponential() {
    let kernel: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void = {
      VectorKernels.exp($0, into: $1, count: $2)
    }
    #expect(error(kernel, { exp($0) }, -87...88, relative: true) <= 1.5e-7)
    #expect(error(kernel, { exp($0) }, -1000...(-87), relative: false) <= 1e-37)
  }

  @Test func errorFunction() {
    let kernel: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void = {
      VectorKernels.erf($0, into: $1, count: $2)
    }
    #expect(error(kernel, { erf($0) }, -100...100, relative: true) <= 2e-7)
  }

  @Test func hyperbolicTangent() {
    let kernel: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void = {
      VectorKernels.tanh($0, into: $1, count: $2)
    }
    #expect(error(kernel, { tanh($0) }, -100...100, relative: true) <= 2e-7)
  }

  /// GELU keeps some relative precision far into the negative tail, where 1 + erf cancels.
  @Test func activationsAndSlopes() {
    let x = arguments.filter { abs($0) < 12 }
    for kind in [RowKernels.ActivationKind.gelu, .geluTanh, .relu, .clippedGelu, .quickGelu, .silu] {
      var (y, slope) = (x, x)
      let bias = [Float](repeating: 0, count: x.count)
      y.withUnsafeMutableBufferPointer { y in
        guard let base = y.baseAddress else { return }
        let row = Matrix(base: base, rows: 1, columns: x.count)
        RowKernels.activate(kind, row, bias: bias, slope: &slope)
      }
      var (worst, worstSlope) = (0.0, 0.0)
      for i in x.indices {
        let (value, derivative) = exact(kind, Double(x[i]))
        worst = max(worst, abs(Double(y[i]) - value) / max(abs(Double(x[i])), 1e-30))
        worstSlope = max(worstSlope, abs(Double(slope[i]) - derivative))
        if kind == .gelu && x[i] > -5 {
          #expect(abs(Double(y[i]) - value) <= 1e-4 * abs(value) + 1e-37, "gelu(\(x[i]))")
        }
      }
      #expect(worst <= 2e-7 && worstSlope <= 1e-6, "\(kind): \(worst), \(worstSlope)")
    }
  }

  private func exact(_ kind: RowKernels.ActivationKind, _ x: Double) -> (Double, Double) {
    switch kind {
    case .gelu, .coarseGelu:
      let phi = 0.5 * erfc(-x / 2.0.squareRoot())
      return (x * phi, phi + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
    case .geluTanh:
      let factor = (2 / Double.pi).squareRoot()
      let t = tanh(factor * (x + 0.044715 * x * x * x))
      return (0.5 * x * (1 + t), 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * factor * (1 + 0.134145 * x * x))
    case .relu: return x > 0 ? (x, 1) : (0, 0)
    case .clippedGelu: return x > 10 ? (10, 0) : exact(.gelu, x)
    case .quickGelu, .silu:
      let k = kind == .silu ? 1 : 1.702
      let s = 1 / (1 + exp(-k * x))
      return (x * s, s + k * x * s * (1 - s))
    }
  }

  @Test func squaredNormIsExactToDouble() {
    let x = arguments.filter { abs($0) < 100 }
    let exact = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(VectorKernels.squaredNorm(x, count: x.count) - exact) <= 1e-10 * exact)
  }
}
