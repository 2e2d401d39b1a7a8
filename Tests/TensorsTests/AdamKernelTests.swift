import Tensors
import Testing

@Suite struct AdamKernelTests {
  private let kernel = AdamKernel(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)

  private func step(_ number: Int) -> AdamKernel.Step {
    AdamKernel.Step(
      number: number, learningRate: 0.01 / Double(number), weightDecay: 0.1, beta1: 0.9, beta2: 0.999)
  }

  @Test func stepsFollowTheFormula() {
    let count = 37
    let stream = CounterRandom(seed: 1, purpose: .init("test"))
    var p = (0..<count).map { Float(stream.normal(UInt64($0))) }
    var (m, v) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var (exactP, exactM, exactV) = (p.map { Double($0) }, m.map { Double($0) }, v.map { Double($0) })
    for number in 1...5 {
      let g = (0..<count).map { Float(stream.normal(UInt64(number * 100 + $0))) }
      kernel.step(&p, gradients: g, mean: &m, squares: &v, count: count, step(number), gradientScale: 0.5)
      let rate = 0.01 / Double(number)
      var (power1, power2) = (1.0, 1.0)
      for _ in 0..<number { (power1, power2) = (power1 * 0.9, power2 * 0.999) }
      for i in 0..<count {
        let gradient = 0.5 * Double(g[i])
        exactM[i] = 0.9 * exactM[i] + 0.1 * gradient
        exactV[i] = 0.999 * exactV[i] + 0.001 * gradient * gradient
        exactP[i] *= 1 - rate * 0.1
        exactP[i] -= rate / (1 - power1) * exactM[i] / ((exactV[i] / (1 - power2)).squareRoot() + 1e-8)
        #expect(abs(Double(p[i]) - exactP[i]) < 1e-6)
      }
    }
  }

  /// Waiting rows must come out to the last bit as if they had been stepped each time.
  @Test func replayEqualsStepsWithoutGradient() {
    let count = 50
    let stream = CounterRandom(seed: 2, purpose: .init("test"))
    let start = (0..<count).map { Float(stream.normal(UInt64($0))) }
    var (p, m, v) = (start, start.map { $0 * 0.1 }, start.map { $0 * $0 * 0.01 })
    var (waitingP, waitingM, waitingV) = (p, m, v)
    let none = [Float](repeating: 0, count: count)
    let steps = (3...9).map(step)
    for step in steps { kernel.step(&p, gradients: none, mean: &m, squares: &v, count: count, step) }
    steps.withUnsafeBufferPointer {
      kernel.replay(&waitingP, mean: &waitingM, squares: &waitingV, count: count, $0)
    }
    #expect(p == waitingP && m == waitingM && v == waitingV)
    #expect(p != start)
  }
}
