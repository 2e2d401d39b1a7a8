import Tensors
import Testing

@Suite struct ParallelTests {
  private func sums(_ count: Int) -> [Int] {
    var results = [Int](repeating: 0, count: count)
    results.withUnsafeMutableBufferPointer { results in
      guard let base = results.baseAddress else { return }
      Parallel.forEach(count: count) { base[$0] += $0 + 1 }
    }
    return results
  }

  @Test func memoryThatIsHeldOutlivesItsArenasNextPass() {
    let arena = Arena()
    _ = arena.floats(1 << 16)
    let kept = Matrix(base: arena.floats(1 << 16), rows: 1, columns: 1 << 16).owned(by: arena.memory)
    kept.base.update(repeating: 1, count: kept.count)
    arena.reset()
    let others = (0..<4).map { _ in FloatBuffer(count: 1 << 16) }
    for other in others { other.base.update(repeating: 2, count: other.count) }
    let isKept = (0..<kept.count).allSatisfy { kept.base[$0] == 1 }
    #expect(isKept)
    withExtendedLifetime(kept) {}
    withExtendedLifetime(others) {}
  }

  /// Many short loops, some inside others, some while the helpers sleep.
  @Test func everyItemRunsOnce() {
    for count in [0, 1, 2, 3, 17, 1000] { #expect(sums(count) == (0..<count).map { $0 + 1 }) }
    for _ in 0..<20_000 { #expect(sums(5) == [1, 2, 3, 4, 5]) }
    let arena = Arena()
    let counts = arena.zeros(40, 40)
    Parallel.forEach(count: 40) { row in
      Parallel.forEach(count: 40) { counts[row, $0] += 1 }
    }
    #expect((0..<1600).allSatisfy { counts.base[$0] == 1 })
  }

  @Test func callersOnSeveralThreadsShareThePool() async {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask { (0..<2000).allSatisfy { _ in sums(7) == [1, 2, 3, 4, 5, 6, 7] } }
      }
      for await result in group { #expect(result) }
    }
  }

  @Test func rangesCoverEverything() {
    let arena = Arena()
    let seen = arena.zeros(1, 103)
    Parallel.forEach(count: 103, grain: 10) { range in for i in range { seen.base[i] += 1 } }
    #expect((0..<103).allSatisfy { seen.base[$0] == 1 })
  }
}
