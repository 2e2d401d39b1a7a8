import BERT
import Files
public import Ranks
public import Training

/// A teacher's logits on disk, shared by runs with the same teacher and the same text.
///
/// One safetensors file for each (teacher, rows): its name is a hash of the teacher's weights and of every id of
/// every row, so another teacher, tokenizer, text or length has another name and a stale entry is never found.
/// The file is written under its name only when complete, so that runs at the same time do not disturb each
/// other; one that cannot be read is computed and written again, and that is said.
public struct LogitCache {
  private let folder: String
  private let teacherHash: String
  private let note: (String) throws -> Void

  /// A cache in a folder; `teacherHash` names the teacher's weights and settings.
  public init(folder: String, teacherHash: String, note: @escaping (String) throws -> Void) {
    self.folder = folder
    self.teacherHash = teacherHash
    self.note = note
  }

  /// The logits of the rows: from the file, or from `compute` and then into the file.  // [rows][labels]
  ///
  /// Of ranks the first one looks and writes, all compute or all read.
  public func logits(
    _ rows: TaskRows, over ranks: Ranks = .alone, compute: (TaskRows) throws -> [[Float]]
  ) throws -> [[Float]] {
    let key = CacheKey.of(rows, teacher: teacherHash)
    let path = "\(folder)/logits-\(key.prefix(32)).safetensors"
    var known: [[Float]]?
    if ranks.isFirst && Files.exists(path) {
      do {
        known = try read(path, key: key, rows: rows.count)
      } catch {
        try note("the teacher cache is damaged and made again: \(error)")
      }
    }
    if try ranks.any(known != nil) { return try known ?? read(path, key: key, rows: rows.count) }
    let logits = try compute(rows)
    if !ranks.isFirst { return logits }
    let columns = logits.first?.count ?? 0
    let flat = logits.flatMap { $0 }
    try flat.withUnsafeBufferPointer {
      try SafetensorsWriter.write(
        [("logits", [logits.count, columns], $0)],
        metadata: ["format": "anneal-teacher-cache-1", "key": key, "checksum": Self.checksum(flat)], to: path)
    }
    return logits
  }

  private func read(_ path: String, key: String, rows: Int) throws -> [[Float]] {
    let file = try SafetensorsFile(path)
    guard file.metadata["key"] == key, let tensor = file["logits"], tensor.shape.count == 2,
      tensor.shape[0] == rows, tensor.shape[1] > 0
    else {
      throw DistillationError.cache(path: path, reason: "it holds other rows or another teacher's logits")
    }
    let flat = try tensor.floats()
    if file.metadata["checksum"] != Self.checksum(flat) {
      throw DistillationError.cache(path: path, reason: "it differs from its checksum")
    }
    let columns = tensor.shape[1]
    return (0..<rows).map { Array(flat[$0 * columns..<($0 + 1) * columns]) }
  }

  private static func checksum(_ floats: [Float]) -> String {
    var hash = SHA256()
    floats.withUnsafeBytes { hash.update($0) }
    return hash.hexadecimal
  }
}
