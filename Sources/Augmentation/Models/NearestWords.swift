import BERT
import Synchronization
import Tensors

/// The words of a vocabulary whose embeddings are nearest to a word's, by cosine.
///
/// A word of several pieces has the mean of their embeddings. What was found is kept.
final class NearestWords: Sendable {
  private let model: WordModel
  private let count: Int
  /// The embeddings of the words, scaled to length 1.  // [candidates, hidden]
  private let vectors: FloatBuffer
  private let candidates: [Int32]
  private let found = Mutex<[[Int32]: [Int32]]>([:])

  /// `count` words are kept of each.
  init(_ model: WordModel, count: Int) {
    (self.model, self.count) = (model, count)
    candidates = model.isWord.indices.filter { model.isWord[$0] && $0 < model.model.config.vocabSize }.map(
      Int32.init)
    let width = model.model.config.hiddenSize
    vectors = FloatBuffer(count: candidates.count * width)
    let embeddings = model.model.parameters.matrix(BertModel.wordEmbeddings)
    for (place, id) in candidates.enumerated() {
      let row = vectors.base + place * width
      row.update(from: embeddings.row(Int(id)).baseAddress ?? row, count: width)
      Self.scale(row, width)
    }
  }

  private static func scale(_ row: UnsafeMutablePointer<Float>, _ count: Int) {
    let norm = VectorKernels.squaredNorm(row, count: count).squareRoot()
    if norm > 0 { VectorKernels.scale(row, count: count, by: Float(1 / norm)) }
  }

  /// The nearest words of each word, given by its pieces, nearest first; a word itself is not among them.
  func of(_ words: [[Int32]]) -> [[Int32]] {
    let known = found.withLock { $0 }
    var wanted: [[Int32]] = []
    var seen: Set<[Int32]> = []
    for word in words where known[word] == nil && seen.insert(word).inserted { wanted.append(word) }
    let new = candidates.isEmpty ? wanted.map { _ in [] } : search(wanted)
    return found.withLock { found in
      for (word, near) in zip(wanted, new) { found[word] = near }
      return words.map { found[$0] ?? [] }
    }
  }

  private func search(_ words: [[Int32]]) -> [[Int32]] {
    let width = model.model.config.hiddenSize
    let embeddings = model.model.parameters.matrix(BertModel.wordEmbeddings)
    let all = vectors.matrix(rows: candidates.count, columns: width)
    var result: [[Int32]] = []
    let part = 64
    for start in stride(from: 0, to: words.count, by: part) {
      let some = words[start..<min(start + part, words.count)]
      let queries = FloatBuffer(count: some.count * width)
      for (place, pieces) in some.enumerated() {
        let row = queries.base + place * width
        for piece in pieces {
          guard let values = embeddings.row(Int(piece)).baseAddress else { continue }
          VectorKernels.add(values, to: row, count: width)
        }
        Self.scale(row, width)
      }
      let products = FloatBuffer(count: some.count * candidates.count)
      let cosines = products.matrix(rows: some.count, columns: candidates.count)
      GEMM.rows(queries.matrix(rows: some.count, columns: width), all, transposed: true, into: cosines)
      result += some.enumerated().map { place, pieces in
        nearest(cosines.row(place), without: pieces.count == 1 ? pieces[0] : nil)
      }
    }
    return result
  }

  private func nearest(_ cosines: UnsafeMutableBufferPointer<Float>, without own: Int32?) -> [Int32] {
    var best: [(id: Int32, value: Float)] = []
    for (place, value) in cosines.enumerated() where candidates[place] != own {
      if best.count == count, value <= best[count - 1].value { continue }
      best.insert((candidates[place], value), at: best.firstIndex { $0.value < value } ?? best.count)
      if best.count > count { best.removeLast() }
    }
    return best.map(\.id)
  }
}
