import BERT
import Tensors
import Training

/// Lets a teacher read all rows once and writes down what it computed.
struct StateWriter {
  private let rows: TaskRows
  private let layout: StateLayout
  private let model: BertModel

  init(_ rows: TaskRows, layout: StateLayout, model: BertModel) {
    (self.rows, self.layout, self.model) = (rows, layout, model)
  }

  /// Writes the file of all rows; `progress` hears how many are done.
  func write(
    to path: String, _ declarations: [SafetensorsStream.Declaration], _ metadata: [String: String],
    progress: (Int) throws -> Void
  ) throws {
    let stream = try SafetensorsStream(declarations, metadata: metadata, to: path)
    let workspace = Workspace()
    var checksums = [UInt64](repeating: 0, count: rows.count)
    var halves: [UInt16] = []
    for slice in rows.slices(tokens: Batch.inferenceTokens) {
      let batch = rows.batch(Array(slice)).batch
      let output = try model.forward(batch, request: layout.request, workspace: workspace)
      let starts = slice.reduce(into: [0]) { starts, row in
        starts.append(starts[starts.count - 1] + layout.count(tokens: rows.inputIDs[row].count))
      }
      let total = starts[slice.count]
      if halves.count < total { halves = [UInt16](repeating: 0, count: total) }
      let unfit = halves.withUnsafeMutableBufferPointer { halves in
        checksums.withUnsafeMutableBufferPointer { checksums in
          let (halves, checksums) = (halves, checksums)
          return RowMath.parallelSum(slice.count) { sequence in
            let own = UnsafeMutableBufferPointer(rebasing: halves[starts[sequence]..<starts[sequence + 1]])
            let fits = narrow(sequence, of: output, batch, into: own)
            checksums[slice.lowerBound + sequence] = Self.checksum(UnsafeRawBufferPointer(own))
            return fits ? 0 : 1
          }
        }
      }
      if unfit > 0 {
        throw DistillationError.cache(
          path: path,
          reason: "the teacher's states do not fit half precision (above 65,504): leave --cache-states out")
      }
      try halves.withUnsafeBytes { try stream.append(UnsafeRawBufferPointer(rebasing: $0[..<(2 * total)])) }
      try progress(slice.upperBound)
    }
    try checksums.withUnsafeBytes { try stream.append($0) }
    try stream.commit()
  }

  /// Writes the parts of one sequence end to end; returns whether all numbers fit.
  private func narrow(
    _ sequence: Int, of output: EncoderOutput, _ batch: Batch, into halves: UnsafeMutableBufferPointer<UInt16>
  ) -> Bool {
    let tokens = batch.tokens(of: sequence).count
    guard var to = halves.baseAddress else { return true }
    var fits = true
    for part in layout.parts {
      guard let from = layout.place(of: part, sequence: sequence, in: output, batch) else {
        preconditionFailure("a forward pass lacks \(part)")
      }
      let count = layout.count(part, tokens: tokens)
      fits = HalfPrecision.narrow(from, into: to, count: count) && fits
      to += count
    }
    return fits
  }

  /// A number that any change of one word of eight bytes changes: four chains of exclusive-or and multiplication
  /// by an odd number, each step of which can be undone (after Fowler, Noll and Vo).
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let prime: UInt64 = 0x9E37_79B9_7F4A_7C15
    var lanes = SIMD4<UInt64>(1, 2, 3, 4)
    let words = bytes.count / 8
    var word = 0
    while word + 4 <= words {
      for lane in 0..<4 {
        let next = bytes.loadUnaligned(fromByteOffset: 8 * (word + lane), as: UInt64.self)
        lanes[lane] = rotated(lanes[lane] ^ next) &* prime
      }
      word += 4
    }
    var sum = UInt64(bytes.count)
    for lane in 0..<4 { sum = rotated(sum ^ lanes[lane]) &* prime }
    for place in 8 * word..<bytes.count { sum = rotated(sum ^ UInt64(bytes[place])) &* prime }
    return sum
  }

  private static func rotated(_ x: UInt64) -> UInt64 { x << 29 | x >> 35 }
}
