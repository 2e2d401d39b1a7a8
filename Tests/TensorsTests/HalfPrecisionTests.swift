import Glibc
import Tensors
import Testing

/// Half precision against the definition of IEEE 754 binary16, computed in double precision.
@Suite struct HalfPrecisionTests {
  /// What a bit pattern means: sign, five bits of exponent counted from 15, ten bits of mantissa.
  private func meaning(_ bits: UInt16) -> Double {
    let sign = bits >> 15 == 0 ? 1.0 : -1.0
    let (exponent, mantissa) = (Int32(bits >> 10 & 31), Double(bits & 1023))
    switch exponent {
    case 0: return sign * scalbn(mantissa, -24)
    case 31: return mantissa == 0 ? sign * .infinity : .nan
    default: return sign * scalbn(1024 + mantissa, exponent - 25)
    }
  }

  private func narrowed(_ x: [Float]) -> (bits: [UInt16], isFinite: Bool) {
    var bits = [UInt16](repeating: 0, count: x.count)
    let isFinite = HalfPrecision.narrow(x, into: &bits, count: x.count)
    return (bits, isFinite)
  }

  @Test func everyPatternMeansWhatTheFormatSays() {
    let all = (0...UInt16.max).map { $0 }
    // All lengths of the last, incomplete vector too.
    for count in [all.count] + (1...40) {
      let bits = Array(all.suffix(count))
      var found = [Float](repeating: 7, count: count + 1)
      HalfPrecision.widen(bits, into: &found, count: count)
      for (place, pattern) in bits.enumerated() {
        let expected = meaning(pattern)
        let isEqual =
          expected.isNaN
          ? found[place].isNaN
          : Double(found[place]) == expected && found[place].sign == (expected.sign)
        #expect(isEqual, "\(pattern): \(found[place]) and \(expected)")
      }
      #expect(found[count] == 7, "nothing is written behind the end")
    }
  }

  @Test func everyPatternComesBack() {
    let all = (0...UInt16.max).filter { !meaning($0).isNaN }
    var floats = [Float](repeating: 0, count: all.count)
    HalfPrecision.widen(all, into: &floats, count: all.count)
    #expect(narrowed(floats).bits == all)
    #expect(narrowed([.nan, -.nan]).bits.allSatisfy { meaning($0).isNaN })
  }

  /// Every half, the middle between it and the next, and the floats beside both.
  @Test func floatsGoToTheNearestTiesToEven() {
    var floats: [Float] = []
    var expected: [UInt16] = []
    for bits in UInt16(0)..<0x7c00 {
      let (low, high) = (meaning(bits), bits == 0x7bff ? 65536 : meaning(bits + 1))
      let middle = Float((low + high) / 2)
      let even = bits % 2 == 0 ? bits : bits + 1
      for (value, nearest) in [
        (Float(low).nextUp, bits), (middle.nextDown, bits), (middle, even), (middle.nextUp, bits + 1),
        (Float(high).nextDown, bits + 1),
      ] {
        floats += [value, -value]
        expected += [nearest, nearest | 0x8000]
      }
    }
    // The largest half has 65,536 after it, which is infinite.
    floats += [65_535, 65_536, 1e6, .greatestFiniteMagnitude, .infinity, 1e-30, .leastNonzeroMagnitude]
    expected += [0x7c00, 0x7c00, 0x7c00, 0x7c00, 0x7c00, 0, 0]
    let found = narrowed(floats).bits
    for place in floats.indices where found[place] != expected[place] {
      Issue.record("\(floats[place]): \(found[place]) and \(expected[place])")
      break
    }
  }

  @Test func whatDoesNotFitIsNoticed() {
    for length in 1...40 {
      let ordinary = [Float](repeating: -65_519, count: length)
      #expect(narrowed(ordinary).isFinite)
      for value in [Float.infinity, 65_520, -1e9, .nan] {
        var x = ordinary
        x[length / 2] = value
        #expect(!narrowed(x).isFinite, "\(value) among \(length)")
      }
    }
  }
}
