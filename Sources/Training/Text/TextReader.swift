import Files
import Tensors
import Tokenization

/// Reads blocks of a corpus and packs them again, as they were packed when it was read through.
final class TextReader {
  private let corpus: TextCorpus
  private let pieces: [TextPieces]
  private var workspaces: [TokenizerWorkspace] = []
  private var otherWorkspaces: [TokenizerWorkspace] = []

  /// Opens the files of a corpus.
  init(_ corpus: TextCorpus) throws {
    self.corpus = corpus
    pieces = try corpus.files.map { try TextPieces($0.index.path) }
  }

  /// The rows of some blocks, in their order, on all threads.
  ///
  /// Throws where a block gives other rows than before: the file was changed while it was in use.
  func rows(of places: [(file: Int, block: Int)]) throws -> [TextPacker.Rows] {
    let texts = try places.map { try pieces[$0.file].read(block($0).bytes) }
    while workspaces.count < places.count {
      workspaces.append(TokenizerWorkspace(corpus.packer.tokenizer))
      if let other = corpus.packer.other { otherWorkspaces.append(TokenizerWorkspace(other.tokenizer)) }
    }
    var found = [TextPacker.Rows](repeating: TextPacker.Rows(), count: places.count)
    found.withUnsafeMutableBufferPointer { found in
      let found = found
      Parallel.forEach(count: places.count) { place in
        found[place] = texts[place].withUnsafeBytes {
          corpus.packer.pack(
            $0, workspace: workspaces[place],
            otherWorkspace: otherWorkspaces.isEmpty ? nil : otherWorkspaces[place])
        }
      }
    }
    for (place, rows) in zip(places, found)
    where rows.count != block(place).rows || rows.ids.count != block(place).tokens {
      throw FileError(
        path: pieces[place.file].path, operation: "read", reason: "it was changed while it was in use")
    }
    return found
  }

  /// Some rows of a file, or what the packer's other reader reads of them.  // [rows][tokens]
  func rows(_ range: Range<Int>, ofFile file: Int, byOther: Bool = false) throws -> [[Int32]] {
    var result: [[Int32]] = []
    var before = 0
    for (number, block) in corpus.files[file].index.blocks.enumerated() {
      let here = before..<before + block.rows
      before += block.rows
      let wanted = range.clamped(to: here)
      if wanted.isEmpty { continue }
      let rows = try rows(of: [(file, number)])[0]
      result += wanted.map {
        Array(byOther ? rows.other($0 - here.lowerBound) : rows[$0 - here.lowerBound])
      }
    }
    return result
  }

  private func block(_ place: (file: Int, block: Int)) -> TextIndex.Block {
    corpus.files[place.file].index.blocks[place.block]
  }
}
