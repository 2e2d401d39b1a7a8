import Tensors
import Testing

/// Products in 8 bits: the whole numbers that plain sums give, by every kernel that runs here.
@Suite(.serialized) struct Int8WeightsTests {
  private static let shapes = [(1, 1, 1), (5, 33, 19), (26, 48, 130), (61, 96, 384)]

  private func numbers(_ count: Int, _ purpose: StaticString) -> FloatBuffer {
    let random = CounterRandom(seed: 5, purpose: .init(purpose))
    let buffer = FloatBuffer(count: count)
    for i in 0..<count { buffer.base[i] = Float(random.normal(UInt64(i))) }
    return buffer
  }

  /// W in 8 bits, and what it stands for.
  private func weights(_ outputs: Int, _ inputs: Int, seed: StaticString) -> (Int8Weights, [Float]) {
    let floats = numbers(outputs * inputs, seed)
    var (bytes, scales) = ([Int8](repeating: 0, count: outputs * inputs), [Float]())
    bytes.withUnsafeMutableBufferPointer { bytes in
      for row in 0..<outputs {
        guard let base = bytes.baseAddress else { return }
        scales.append(Int8Format.narrow(floats.base + row * inputs, into: base + row * inputs, count: inputs))
      }
    }
    let stands = bytes.enumerated().map { Float($0.element) * scales[$0.offset / inputs] }
    return (Int8Weights(bytes, scales: scales, outputs: outputs, inputs: inputs), stands)
  }

  /// Two weights side by side, every kernel and 1 or 2 threads: the same bytes, near the product in double precision.
  @Test(arguments: shapes) func kernelsAgreeAndAreNearTheProduct(shape: (Int, Int, Int)) throws {
    defer { Parallel.configure(threads: 0) }
    let (rows, outputs, inputs) = shape
    let x = numbers(rows * inputs, "x")
    let (first, firstFloats) = weights(outputs, inputs, seed: "first")
    let (second, secondFloats) = weights(2 * outputs, inputs, seed: "second")
    let floats = firstFloats + secondFloats
    let matrix = x.matrix(rows: rows, columns: inputs)
    var found: [[UInt32]] = []
    let arena = Arena()
    #expect(Int8Weights.variants.last == "plain")
    for threads in [1, 2] {
      Parallel.configure(threads: threads)
      for variant in Int8Weights.variants.indices {
        let y = FloatBuffer(count: rows * 3 * outputs)
        Int8Weights.multiply(
          matrix, [first, second], into: y.matrix(rows: rows, columns: 3 * outputs), scratch: arena,
          variant: variant)
        found.append((0..<y.count).map { y.base[$0].bitPattern })
      }
    }
    #expect(Set(found).count == 1)
    for row in 0..<rows {
      let values = (0..<inputs).map { Double(x.base[row * inputs + $0]) }
      // Half a step of the row's range for each product.
      let step = (max(values.max() ?? 0, 0) - min(values.min() ?? 0, 0)) / 255
      for column in 0..<3 * outputs {
        let w = (0..<inputs).map { Double(floats[column * inputs + $0]) }
        let expected = zip(values, w).reduce(0) { $0 + $1.0 * $1.1 }
        let allowed = 0.51 * step * w.reduce(0) { $0 + abs($1) } + 1e-5
        let value = Double(Float(bitPattern: found[0][row * 3 * outputs + column]))
        #expect(abs(value - expected) <= allowed, "\(row), \(column): \(value), \(expected)")
      }
    }
  }

  /// A row of a product is the same bytes whatever rows stand beside it.
  @Test func rowsDoNotDependOnEachOther() {
    let (weight, _) = weights(64, 96, seed: "w")
    let x = numbers(40 * 96, "rows")
    func product(_ rows: Range<Int>) -> [UInt32] {
      let y = FloatBuffer(count: rows.count * 64)
      Int8Weights.multiply(
        x.matrix(rows: 40, columns: 96).rows(rows), [weight], into: y.matrix(rows: rows.count, columns: 64),
        scratch: Arena())
      return (0..<y.count).map { y.base[$0].bitPattern }
    }
    let whole = product(0..<40)
    for rows in [0..<1, 3..<10, 13..<40] {
      #expect(product(rows) == Array(whole[rows.lowerBound * 64..<rows.upperBound * 64]))
    }
  }

  /// Zeros, tiny rows, constant rows and large ones come back as far as 8 bits go; what is no number stays none.
  @Test func oddRows() {
    let inputs = 20
    let identity = (0..<inputs * inputs).map { $0 / inputs == $0 % inputs ? Int8(1) : 0 }
    let weight = Int8Weights(
      identity, scales: [Float](repeating: 1, count: inputs), outputs: inputs, inputs: inputs)
    func through(_ row: [Float]) -> [Float] {
      let (x, y) = (FloatBuffer(count: inputs), FloatBuffer(count: inputs))
      x.base.update(from: row, count: inputs)
      Int8Weights.multiply(
        x.matrix(rows: 1, columns: inputs), [weight], into: y.matrix(rows: 1, columns: inputs),
        scratch: Arena())
      return (0..<inputs).map { y.base[$0] }
    }
    let zeros = [Float](repeating: 0, count: inputs)
    #expect(through(zeros) == zeros)
    #expect(through(zeros.map { _ in .leastNonzeroMagnitude }) == zeros)
    for value: Float in [5, -3e-6, 1e30] {
      #expect(through(zeros.map { _ in value }).allSatisfy { abs($0 - value) <= 1e-6 * abs(value) })
    }
    for odd: Float in [.nan, .infinity, -.infinity] {
      var row = zeros
      row[7] = odd
      #expect(through(row).allSatisfy { !$0.isFinite }, "\(odd)")
    }
  }

  /// A row cut to bytes as the words say it, one number after the other.
  private func narrowedPlainly(_ row: [Float]) -> (bytes: [Int8], scale: Float) {
    if !row.allSatisfy(\.isFinite) { return (row.map { _ in 0 }, .nan) }
    let scale = (row.map { abs($0) }.max() ?? 0) / 127
    if scale < .leastNormalMagnitude { return (row.map { _ in 0 }, 1) }
    return (row.map { Int8(max(-127, min(127, ($0 / scale).rounded(.toNearestOrEven)))) }, scale)
  }

  /// Bytes, and floats without them, are those of plain loops: of lengths that no vector fits, of halves between two steps,
  /// of tiny rows and of rows that are no numbers.
  @Test func rowsOfWeightsAreRoundedAsPlainLoopsDo() {
    let random = numbers(70 * 70, "weights")
    var rows = (1...70).map { count in (0..<count).map { random.base[70 * (count - 1) + $0] } }
    rows += [0.5, 1.5, -2.5, 126.5].map { [127, $0, -$0] }
    rows += [[0, 0], [.leastNonzeroMagnitude, 0], [1e-37, 1e-38, -1e-37], [3e38, -1e38, 1e30]]
    for odd: Float in [.nan, .infinity, -.infinity] {
      rows += [0, 16, 18].map { place in (0..<19).map { $0 == place ? odd : 1 } }
    }
    for row in rows {
      let expected = narrowedPlainly(row)
      var bytes = [Int8](repeating: 99, count: row.count + 1)
      let scale = Int8Format.narrow(row, into: &bytes, count: row.count)
      #expect(Array(bytes.dropLast()) == expected.bytes && bytes.last == 99, "\(row)")
      #expect(scale.bitPattern == expected.scale.bitPattern || scale.isNaN && expected.scale.isNaN)
      let floats = expected.bytes.map { Float($0) * expected.scale }
      var rounded = [Float](repeating: 7, count: row.count + 1)
      Int8Format.round(row, into: &rounded, count: row.count)
      #expect(zip(rounded, floats).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN } && rounded.last == 7)
      var sums = row.indices.map { Float($0) }
      Int8Format.addRounded(row, to: &sums, count: row.count)
      #expect(
        zip(sums, floats.indices.map { Float($0) + floats[$0] }).allSatisfy {
          $0 == $1 || $0.isNaN && $1.isNaN
        })
    }
  }

  /// What products read of rows is what a product with the identity gives back, by every kernel, and within a step of them.
  @Test(arguments: [1, 16, 20, 67]) func rowsReadAreThoseOfTheProduct(inputs: Int) {
    let x = numbers(9 * inputs, "x")
    for i in 0..<inputs { x.base[3 * inputs + i] = abs(x.base[3 * inputs + i]) + 2 }
    for i in 0..<inputs { x.base[5 * inputs + i] = 0 }
    let identity = (0..<inputs * inputs).map { $0 / inputs == $0 % inputs ? Int8(1) : 0 }
    let weight = Int8Weights(
      identity, scales: [Float](repeating: 1, count: inputs), outputs: inputs, inputs: inputs)
    let (matrix, y) = (x.matrix(rows: 9, columns: inputs), FloatBuffer(count: 9 * inputs))
    Int8Weights.multiply(matrix, [weight], into: y.matrix(rows: 9, columns: inputs), scratch: Arena())
    for variant in Int8Weights.variants.indices {
      let arena = Arena()
      let read = Int8Weights.rowsRead(matrix, scratch: arena, variant: variant)
      for row in 0..<9 {
        let values = matrix.row(row)
        let step = (max(values.max() ?? 0, 0) - min(values.min() ?? 0, 0)) / 255
        for column in 0..<inputs {
          #expect(read[row, column] == y.base[row * inputs + column])
          #expect(abs(read[row, column] - values[column]) <= 1.001 * step)
        }
      }
    }
  }

  /// Other numbers in the memory of the old ones give what new memory gives.
  @Test func repackedWeightsAreNewOnes() {
    let (old, new) = (weights(33, 19, seed: "old").0, weights(33, 19, seed: "new"))
    let floats = numbers(33 * 19, "new")
    var (bytes, scales) = ([Int8](repeating: 0, count: 33 * 19), [Float]())
    bytes.withUnsafeMutableBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      for row in 0..<33 {
        scales.append(Int8Format.narrow(floats.base + row * 19, into: base + row * 19, count: 19))
      }
    }
    old.repack(bytes, scales: scales)
    let x = numbers(5 * 19, "x")
    let results = [old, new.0].map { weight in
      let y = FloatBuffer(count: 5 * 33)
      Int8Weights.multiply(
        x.matrix(rows: 5, columns: 19), [weight], into: y.matrix(rows: 5, columns: 33), scratch: Arena())
      return (0..<y.count).map { y.base[$0].bitPattern }
    }
    #expect(results[0] == results[1])
  }

  /// A row's greatest magnitude becomes 127, everything else the nearest step, and zeros need no scale.
  @Test func weightsGoToTheNearestStep() {
    let row: [Float] = [-2.54, 0, 0.01, 0.03, 1.27, 2.54, -0.01]
    var bytes = [Int8](repeating: 9, count: row.count)
    let scale = Int8Format.narrow(row, into: &bytes, count: row.count)
    #expect(abs(scale - 0.02) < 1e-8)
    #expect([bytes[0], bytes[1], bytes[5]] == [-127, 0, 127])
    #expect(zip(row, bytes).allSatisfy { abs($0 - Float($1) * scale) <= 0.501 * scale })
    #expect(Int8Format.narrow([0, 0, .leastNonzeroMagnitude], into: &bytes, count: 3) == 1)
    #expect(Array(bytes[..<3]) == [0, 0, 0])
  }
}
