import TestSupport
import Testing

/// What counts as near enough to golden numbers.
@Suite struct GoldenToleranceTests {
  private func isClose(_ found: [Float], _ expected: [Float], scale: [Float]? = nil) -> Bool {
    GoldenTolerance.difference(found, expected, scale: scale) == nil
  }

  @Test func relativeToTheElementOrToTheLargest() {
    #expect(isClose([1.00019, 10], [1, 10]) && !isClose([1.00021, 10], [1, 10]))
    #expect(isClose([0.000019, 10], [0, 10]) && !isClose([0.000021, 10], [0, 10]))
    #expect(isClose([0.000019], [0], scale: [-10]) && !isClose([0.000019], [0]))
  }

  @Test func whatIsNoNumberDiffers() {
    #expect(!isClose([.nan], [1]) && !isClose([.infinity], [1]) && !isClose([1], [.nan]))
    #expect(!isClose([1, 2], [1]) && isClose([], []))
  }
}
