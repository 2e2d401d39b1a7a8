import Tokenization

/// Files of text that were read through once: where their rows are, and that every line of them can be read.
///
/// Holds no text. The last rows of each file may be held out for measuring.
public struct TextCorpus: Sendable {
  /// One file.
  struct File: Sendable {
    let index: TextIndex
    /// How often an epoch reads it.
    let weight: Double
    /// Rows that are trained on, from the first.
    var trainingRows: Int
  }

  private(set) var files: [File]
  let packer: TextPacker

  /// Reads files through; `progress` hears how many bytes of all of them are read, as they lie on the disk.
  ///
  /// An epoch reads a file as often as its weight says: once if none are given, half of its rows at 0.5. Throws
  /// `TextError` for what is no UTF-8 text and for a line of more than 16 MiB, `TrainingError` where a file has no row or
  /// a weight is none.
  public init(
    _ paths: [String], weights: [Double]? = nil, packer: TextPacker, blockSize: Int? = nil,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    if paths.isEmpty { throw TrainingError.settings("text is missing: give --text FILE") }
    if let weights, weights.count != paths.count || !weights.allSatisfy({ $0 > 0 && $0 <= 1000 }) {
      throw TrainingError.settings(
        "text_weights needs a number above 0 (and at most 1000) for each of the \(paths.count) files of text")
    }
    self.packer = packer
    files = []
    var before = 0
    for (number, path) in paths.enumerated() {
      var last = 0
      let index = try TextIndex(path, packer: packer, blockSize: blockSize ?? TextIndex.blockSize) {
        last = $0
        try progress(before + $0)
      }
      before += last
      if index.rowCount == 0 {
        throw TrainingError.mismatch("\(path): there is no text in it: every line is blank")
      }
      files.append(File(index: index, weight: weights?[number] ?? 1, trainingRows: index.rowCount))
    }
  }

  /// Rows of all files, held out or not.
  public var rowCount: Int { files.reduce(0) { $0 + $1.index.rowCount } }
  /// Tokens of these rows.
  public var tokenCount: Int { files.reduce(0) { $0 + $1.index.tokenCount } }
  /// Bytes of text.
  public var byteCount: Int { files.reduce(0) { $0 + $1.index.byteCount } }
  /// Lines that gave something.
  public var lineCount: Int { files.reduce(0) { $0 + $1.index.lineCount } }
  /// Lines of which something was left out.
  public var cutCount: Int { files.reduce(0) { $0 + $1.index.cutCount } }
  /// The share of tokens that the vocabulary does not know.
  public var unknownShare: Double {
    Double(files.reduce(0) { $0 + $1.index.unknownCount }) / Double(max(tokenCount, 1))
  }
  /// Tokens of the longest row.
  public var longestRow: Int { files.map(\.index.longestRow).max() ?? 0 }
  /// SHA-256 of each file's text.
  public var hashes: [String] { files.map(\.index.hash) }
  /// Rows that an epoch trains on.
  public var rowsOfEpoch: Int { files.reduce(0) { $0 + Self.wanted($1) } }

  /// Rows of a file in an epoch.
  static func wanted(_ file: File) -> Int {
    max(1, Int((file.weight * Double(file.trainingRows)).rounded()))
  }

  /// Takes the last share of the rows of each file out of training, at least one row and at most `limit` of all files,
  /// and returns their ids.  // [rows][tokens]
  ///
  /// Throws where nothing would be left to train on.
  public mutating func holdOut(share: Double, limit: Int) throws -> [[Int32]] {
    let counts = files.map { max(1, Int((share * Double($0.index.rowCount)).rounded())) }
    let scale = min(1, Double(limit) / Double(counts.reduce(0, +)))
    var rows: [[Int32]] = []
    for (place, count) in counts.enumerated() {
      let held = max(1, Int(Double(count) * scale))
      let all = files[place].index.rowCount
      if held >= all {
        throw TrainingError.mismatch(
          "\(files[place].index.path): its text makes \(all) \(all == 1 ? "row" : "rows"), too few to hold some out: give "
            + "more text, a smaller --max-length, or other text to measure on with --dev-text")
      }
      rows += try TextReader(self).rows(all - held..<all, ofFile: place)
      files[place].trainingRows = all - held
    }
    return rows
  }

  /// The rows that are held out as the packer's other reader reads them; nil where it has none.  // [rows][tokens]
  public func heldOutByOther() throws -> [[Int32]]? {
    guard packer.other != nil else { return nil }
    let reader = try TextReader(self)
    return try files.enumerated().flatMap {
      try reader.rows($1.trainingRows..<$1.index.rowCount, ofFile: $0, byOther: true)
    }
  }

  /// The first rows of all files, at most so many; `byOther` as the packer's other reader reads them.  // [rows][tokens]
  public func firstRows(_ limit: Int, byOther: Bool = false) throws -> [[Int32]] {
    let reader = try TextReader(self)
    var rows: [[Int32]] = []
    for (place, file) in files.enumerated() where rows.count < limit {
      rows += try reader.rows(
        0..<min(file.index.rowCount, limit - rows.count), ofFile: place, byOther: byOther)
    }
    return rows
  }
}
