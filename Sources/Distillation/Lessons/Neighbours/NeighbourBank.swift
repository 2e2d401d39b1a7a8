import BERT
import Glibc
import Tensors
import Training

/// Unlabelled rows as vectors of a teacher, and exact search among them.
///
/// A vector is the mean of the teacher's last states of a row, of norm 1, kept in half precision: a million rows of 384
/// numbers take 768 MB. Search is products of blocks of rows with blocks of the bank; what else it needs is a block of
/// each.
struct NeighbourBank {
  /// The rows.
  let rows: TaskRows
  private let model: BertModel
  private let vectors: [Float16Bits]
  private typealias Float16Bits = UInt16
  private static let (bankBlock, rowBlock) = (4096, 256)

  /// Computes the vectors of rows; `progress` hears how many are done.
  init(_ rows: TaskRows, model: BertModel, progress: (Int) throws -> Void) throws {
    (self.rows, self.model) = (rows, model)
    let width = model.config.hiddenSize
    var vectors = [Float16Bits](repeating: 0, count: rows.count * width)
    try Self.vectors(of: rows, model) { done, matrix in
      vectors.withUnsafeMutableBufferPointer { all in
        guard let base = all.baseAddress else { return }
        _ = HalfPrecision.narrow(matrix.base, into: base + done * width, count: matrix.count)
      }
      try progress(done + matrix.rows)
    }
    self.vectors = vectors
  }

  /// The vectors of rows, batch by batch, each with the number of rows before it.
  private static func vectors(
    of rows: TaskRows, _ model: BertModel, body: (Int, Matrix) throws -> Void
  ) throws {
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
  func neighbours(
    of others: TaskRows, count: Int, distances: ClosedRange<Double>, progress: (Int) throws -> Void
  ) throws -> [[Neighbour]] {
    let width = model.config.hiddenSize
    let queries = LogitCopy(rows: others.count, columns: width).matrix
    try Self.vectors(of: others, model) { done, matrix in
      queries.rows(done..<done + matrix.rows).base.update(from: matrix.base, count: matrix.count)
    }
    var best = [[Neighbour]](repeating: [], count: others.count)
    let block = LogitCopy(rows: Self.bankBlock, columns: width).matrix
    let cosines = LogitCopy(rows: Self.rowBlock, columns: Self.bankBlock).matrix
    for start in stride(from: 0, to: rows.count, by: Self.bankBlock) {
      let size = min(Self.bankBlock, rows.count - start)
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
              found.row(place), from: start, of: others, first + place, count, distances,
              into: &best[first + place])
          }
        }
      }
      try progress(start + size)
    }
    return best
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
