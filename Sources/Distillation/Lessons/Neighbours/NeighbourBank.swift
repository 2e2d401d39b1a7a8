import BERT
import Glibc
import Ranks
import Tensors
import Training

/// Unlabelled rows, or a part of them, as vectors of a teacher, and exact search among them.
///
/// A vector is the mean of the teacher's last states of a row, of norm 1, kept in half precision: a million rows of 384
/// numbers take 768 MB. Search is products of blocks of rows with blocks of the bank; what else it needs is a block of
/// each.
struct NeighbourBank {
  /// All rows.
  let rows: TaskRows
  /// Those that have vectors here.
  private let part: Range<Int>
  private let model: BertModel
  private let vectors: [Float16Bits]
  private typealias Float16Bits = UInt16
  private static let (bankBlock, rowBlock) = (4096, 256)

  /// Computes the vectors of a part of some rows; `progress` hears how many are done.
  init(_ rows: TaskRows, _ part: Range<Int>, model: BertModel, progress: (Int) throws -> Void) throws {
    (self.rows, self.part, self.model) = (rows, part, model)
    let width = model.config.hiddenSize
    var vectors = [Float16Bits](repeating: 0, count: part.count * width)
    try Self.vectors(of: rows, part, model) { done, matrix in
      vectors.withUnsafeMutableBufferPointer { all in
        guard let base = all.baseAddress else { return }
        _ = HalfPrecision.narrow(matrix.base, into: base + done * width, count: matrix.count)
      }
      try progress(done + matrix.rows)
    }
    self.vectors = vectors
  }

  /// The vectors of a part of some rows, batch by batch, each with the number of rows of the part before it.
  private static func vectors(
    of all: TaskRows, _ part: Range<Int>, _ model: BertModel, body: (Int, Matrix) throws -> Void
  ) throws {
    let rows = TaskRows(all, Array(part), dataSet: Int(all.dataSet))
    let (workspace, layer, width) = (Workspace(), model.config.numHiddenLayers, model.config.hiddenSize)
    for slice in rows.slices(tokens: Batch.inferenceTokens) {
      let batch = rows.batch(Array(slice)).batch
      let output = try model.forward(batch, request: [.hiddenStates(layer)], workspace: workspace)
      guard let states = output.hiddenStates[layer] else { preconditionFailure("no states") }
      let result = LogitCopy(rows: slice.count, columns: width).matrix
      for sequence in 0..<slice.count {
        let row = result.row(sequence)
        for token in batch.tokens(of: sequence) {
          for i in 0..<width { row[i] += states[token, i] }
        }
        let norm = row.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        for i in 0..<width { row[i] /= max(norm, 1e-30) }
      }
      try body(slice.lowerBound, result)
    }
  }

  /// A row of the bank and its angle to another row, as a part of half a turn.
  struct Neighbour: Equatable {
    var row: Int
    var distance: Double
  }

  /// The nearest rows of the bank of each row, nearest first, those with other angles and the same ids left out.
  ///
  /// Of ranks each has a part of the bank, one after the other; all get the same.
  func neighbours(
    of others: TaskRows, count: Int, distances: ClosedRange<Double>, over ranks: Ranks = .alone,
    progress: (Int) throws -> Void
  ) throws -> [[Neighbour]] {
    let width = model.config.hiddenSize
    let queries = LogitCopy(rows: others.count, columns: width).matrix
    let own = ranks.share(of: others.count)
    try Self.vectors(of: others, own, model) { done, matrix in
      queries.rows(own.lowerBound + done..<own.lowerBound + done + matrix.rows).base
        .update(from: matrix.base, count: matrix.count)
    }
    // Rows of other ranks are zeros.
    try ranks.sum(UnsafeMutableBufferPointer(start: queries.base, count: queries.count))
    var best = [[Neighbour]](repeating: [], count: others.count)
    let block = LogitCopy(rows: Self.bankBlock, columns: width).matrix
    let cosines = LogitCopy(rows: Self.rowBlock, columns: Self.bankBlock).matrix
    for start in stride(from: 0, to: part.count, by: Self.bankBlock) {
      let size = min(Self.bankBlock, part.count - start)
      vectors.withUnsafeBufferPointer { all in
        guard let base = all.baseAddress else { return }
        HalfPrecision.widen(base + start * width, into: block.base, count: size * width)
      }
      for first in stride(from: 0, to: others.count, by: Self.rowBlock) {
        let range = first..<min(first + Self.rowBlock, others.count)
        let found = Matrix(
          base: cosines.base, rows: range.count, columns: size, stride: cosines.stride)
        GEMM.product(queries.rows(range), block.rows(0..<size), transposeB: true, into: found)
        best.withUnsafeMutableBufferPointer { best in
          let best = best
          Parallel.forEach(count: range.count) { place in
            merge(
              found.row(place), from: part.lowerBound + start, of: others, first + place, count, distances,
              into: &best[first + place])
          }
        }
      }
      try progress(start + size)
    }
    return try ranks.isAlone ? best : Self.merged(best, count, over: ranks)
  }

  /// The nearest of what all ranks found for each row; equal distances stay in the order of the bank.
  private static func merged(_ found: [[Neighbour]], _ count: Int, over ranks: Ranks) throws -> [[Neighbour]]
  {
    var message = Message()
    for row in found {
      message.add(row.map(\.row))
      message.add(row.map(\.distance))
    }
    var all = [[Neighbour]](repeating: [], count: found.count)
    for said in try ranks.gather(message.bytes) {
      var reader = Message.Reader(said)
      for row in all.indices {
        let rows = try reader.values(Int.self)
        all[row] += zip(rows, try reader.values(Double.self)).map { Neighbour(row: $0, distance: $1) }
      }
    }
    return all.map {
      Array($0.sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }.prefix(count))
    }
  }

  /// Takes what a block has to offer a row into its nearest ones.
  private func merge(
    _ cosines: UnsafeMutableBufferPointer<Float>, from start: Int, of others: TaskRows, _ row: Int,
    _ count: Int,
    _ distances: ClosedRange<Double>, into best: inout [Neighbour]
  ) {
    // What is further away than the last of a full list is not worth an arc cosine.
    var least = best.count == count ? cos((best.last?.distance ?? 1) * .pi) : cos(distances.upperBound * .pi)
    for (place, cosine) in cosines.enumerated() where Double(cosine) >= least - 1e-6 {
      let distance = acos(Double(min(max(cosine, -1), 1))) / .pi
      let found = Neighbour(row: start + place, distance: distance)
      guard distances.contains(distance), rows.inputIDs[found.row] != others.inputIDs[row] else { continue }
      // Equal distances stay in the order of the bank.
      let at = best.firstIndex { distance < $0.distance } ?? best.count
      if at >= count { continue }
      best.insert(found, at: at)
      if best.count > count { best.removeLast() }
      if best.count == count { least = cos((best.last?.distance ?? 1) * .pi) }
    }
  }
}
