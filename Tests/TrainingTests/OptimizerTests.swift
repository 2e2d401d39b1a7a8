import BERT
import Tensors
import Testing

@testable import Training

/// AdamW and its schedule against PyTorch's definitions, and resting rows against moving all of them.
@Suite struct OptimizerTests {
  private func layout(rows: Int, width: Int) -> ParameterLayout {
    var layout = ParameterLayout()
    layout.append("table", shape: [rows, width], decays: true)
    layout.append("dense.weight", shape: [5, 7], decays: true)
    layout.append("dense.bias", shape: [5], decays: false)
    return layout
  }

  private func fill(_ store: ParameterStore, seed: UInt64, scale: Float) {
    let random = CounterRandom(seed: seed, purpose: .init("test"))
    for entry in store.layout.entries {
      for i in 0..<entry.count {
        store.values.base[entry.offset + i] = scale * Float(random.normal(UInt64(entry.offset + i)))
      }
    }
  }

  /// A double-precision AdamW as the documentation of `torch.optim.AdamW` writes it.
  private func reference(
    _ p: inout [Double], _ m: inout [Double], _ v: inout [Double], _ g: [Double], step: Int, rate: Double,
    decay: Double
  ) {
    for i in p.indices {
      p[i] -= rate * decay * p[i]
      m[i] = 0.9 * m[i] + 0.1 * g[i]
      v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i]
      let first = m[i] / (1 - power(0.9, step))
      let second = v[i] / (1 - power(0.999, step))
      p[i] -= rate * first / (second.squareRoot() + 1e-8)
    }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { result, _ in result * base }
  }

  @Test func followsTheReference() {
    let parameters = ParameterStore(layout: layout(rows: 3, width: 8))
    fill(parameters, seed: 1, scale: 1)
    let gradient = ParameterStore(layout: parameters.layout)
    let optimizer = AdamW(parameters: parameters, settings: TrainingSettings())
    let entries = parameters.layout.entries
    var expected = entries.map { entry in
      (0..<entry.count).map { Double(parameters.values.base[entry.offset + $0]) }
    }
    var first = expected.map { $0.map { _ in 0.0 } }
    var second = first
    for step in 1...25 {
      fill(gradient, seed: UInt64(step + 10), scale: 0.3)
      let rate = 1e-2 / Double(step)
      optimizer.step(gradient: gradient, rows: [], scale: 0.5, learningRate: rate)
      for (k, entry) in entries.enumerated() {
        let g = (0..<entry.count).map { 0.5 * Double(gradient.values.base[entry.offset + $0]) }
        reference(
          &expected[k], &first[k], &second[k], g, step: step, rate: rate, decay: entry.decays ? 0.01 : 0)
      }
    }
    for (k, entry) in entries.enumerated() {
      for i in 0..<entry.count {
        #expect(abs(Double(parameters.values.base[entry.offset + i]) - expected[k][i]) < 2e-6)
      }
    }
  }

  @Test func restingRowsEqualMovedRowsBitForBit() {
    let (rows, width) = (40, 16)
    let dense = ParameterStore(layout: layout(rows: rows, width: width))
    fill(dense, seed: 3, scale: 1)
    let resting = ParameterStore(layout: dense.layout)
    resting.values.base.update(from: dense.values.base, count: dense.values.count)
    let all = AdamW(parameters: dense, settings: TrainingSettings())
    let some = AdamW(parameters: resting, settings: TrainingSettings(), table: "table")
    let gradient = ParameterStore(layout: dense.layout)
    let random = CounterRandom(seed: 9, purpose: .init("rows"))
    // Long enough that first moments of rows that rest fall under the smallest kept number.
    for step in 0..<1500 {
      fill(gradient, seed: UInt64(step + 100), scale: 1e-3)
      let touched = Set((0..<3).map { Int32(random.below(UInt64(rows - 10), UInt64(step * 3 + $0))) })
      let table = gradient.matrix("table")
      for row in 0..<rows where !touched.contains(Int32(row)) || (step > 200 && row < 15) {
        for i in 0..<width { table[row, i] = 0 }
      }
      let kept = touched.filter { !(step > 200 && $0 < 15) }.sorted()
      let rate = 1e-3 * Double(step % 97)
      all.step(gradient: gradient, rows: [], scale: 0.9, learningRate: rate)
      some.prepare(rows: kept)
      some.step(gradient: gradient, rows: kept, scale: 0.9, learningRate: rate)
      if step == 700 { some.flush() }
    }
    some.flush()
    for i in 0..<dense.values.count {
      #expect(dense.values.base[i].bitPattern == resting.values.base[i].bitPattern)
      #expect(all.first.values.base[i].bitPattern == some.first.values.base[i].bitPattern)
      #expect(all.second.values.base[i].bitPattern == some.second.values.base[i].bitPattern)
    }
  }

  @Test func schedulesAreThoseOfTransformers() {
    let linear = LearningRate(peak: 2e-3, warmupSteps: 3, stepCount: 12, scheduler: .linear)
    let expected: [Double] = [0, 2e-3 / 3, 4e-3 / 3, 2e-3, 2e-3 * 8 / 9, 2e-3 * 7 / 9]
    for (step, rate) in expected.enumerated() { #expect(abs(linear.value(at: step) - rate) < 1e-15) }
    #expect(linear.value(at: 12) == 0)
    let cosine = LearningRate(peak: 1, warmupSteps: 0, stepCount: 4, scheduler: .cosine)
    #expect(abs(cosine.value(at: 2) - 0.5) < 1e-15)
    #expect(LearningRate(peak: 1, warmupSteps: 2, stepCount: 4, scheduler: .constant).value(at: 3) == 1)
    #expect(LearningRate(peak: 1, warmupRatio: 0.1, stepCount: 11, scheduler: .linear).warmupSteps == 2)
  }

  @Test func normReadsTheTouchedRowsAlone() {
    let gradient = ParameterStore(layout: layout(rows: 4, width: 8))
    fill(gradient, seed: 5, scale: 1)
    let table = gradient.matrix("table")
    for i in 0..<8 { table[2, i] = 0 }
    var expected = 0.0
    for entry in gradient.layout.entries {
      for i in 0..<entry.count {
        expected +=
          Double(gradient.values.base[entry.offset + i]) * Double(gradient.values.base[entry.offset + i])
      }
    }
    #expect(abs(GradientNorm.squares(gradient, table: "table", rows: [0, 1, 3]) - expected) < 1e-9)
    #expect(abs(GradientNorm.squares(gradient) - expected) < 1e-9)
    #expect(GradientNorm.firstNotFinite(gradient) == nil)
    gradient.matrix("dense.bias")[0, 1] = .infinity
    #expect(GradientNorm.firstNotFinite(gradient) == "dense.bias")
  }
}
