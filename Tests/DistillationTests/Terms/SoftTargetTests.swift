import Testing

@testable import Distillation

/// Parts of what a teacher knows, and what falls together.
@Suite struct SoftTargetTests {
  /// With two classes the gold class's probability is all that there is.
  @Test func twoClassesLeaveNothingOut() {
    let p = [0.3, 0.7]
    #expect(SoftTargets.gold(p, label: 0) == p && SoftTargets.top(p, 2) == p)
    let one = SoftTargets.top(p, 1)
    #expect(abs(one[0] - 0.3) < 1e-15 && one[1] == 0.7)
  }

  @Test func whatIsKeptIsKeptAndTheRestIsEven() {
    let p = [0.1, 0.5, 0.15, 0.25]
    #expect(zip(SoftTargets.gold(p, label: 0), [0.1, 0.3, 0.3, 0.3]).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(zip(SoftTargets.top(p, 2), [0.125, 0.5, 0.125, 0.25]).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(SoftTargets.top(p, 9) == p)
  }

  /// At temperature 1 a teacher of probability a is smoothing by `C (1 - a) / (C - 1)`.
  @Test func aVirtualTeacherIsLabelSmoothing() {
    let q = SoftTargets.virtual(classes: 3, label: 1, correct: 0.8, temperature: 1)
    let epsilon = 3 * 0.2 / 2
    for i in 0..<3 { #expect(abs(q[i] - ((i == 1 ? 1 - epsilon : 0) + epsilon / 3)) < 1e-15) }
    let soft = SoftTargets.virtual(classes: 3, label: 1, correct: 0.8, temperature: 20)
    #expect(soft[1] > soft[0] && soft[1] < 0.36 && abs(soft.reduce(0, +) - 1) < 1e-12)
  }

  @Test func likenessIsLargestWithItself() {
    let rows = SoftTargets.similar([[1, 0], [0.9, 0.1], [-1, 0]], power: 1, temperature: 0.3)
    #expect(rows[0][0] > rows[0][1] && rows[0][1] > rows[0][2])
    #expect(abs(rows[0][2] / rows[0][0] - 0.0012726) < 1e-6, "e^(-2 / 0.3)")
    #expect(abs(rows[0].reduce(0, +) - 1) < 1e-12)
  }
}
