import Files
import Training

/// Names of entries of a teacher's cache: hashes of everything that an entry depends on.
enum CacheKey {
  /// A hash of the teacher, of every id of every row, and of what is kept of them beside logits.
  ///
  /// Another teacher, tokenizer, text or length has another name, so that a stale entry is never found.
  static func of(_ rows: TaskRows, teacher: String, parts: String = "") -> String {
    var hash = SHA256()
    hash.update(teacher)
    hash.update(parts)
    for row in 0..<rows.count {
      var length = Int32(rows.inputIDs[row].count)
      withUnsafeBytes(of: &length) { hash.update($0) }
      rows.inputIDs[row].withUnsafeBytes { hash.update($0) }
      rows.tokenTypeIDs[row].withUnsafeBytes { hash.update($0) }
    }
    return hash.hexadecimal
  }
}
