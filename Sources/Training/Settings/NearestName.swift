/// Finding the name that somebody meant who misspelt one.
public enum NearestName {
  /// No name is longer, in bytes, and the work grows with the square.
  private static let longest = 64

  /// The known name with the fewest changed characters, if they are few enough to have been meant.
  public static func of(_ name: String, in known: some Sequence<String>) -> String? {
    if name.utf8.count > longest { return nil }
    let found = known.map { (name: $0, distance: distance(Array(name.utf8), Array($0.utf8))) }
      .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    guard let found, found.distance <= max(1, name.utf8.count / 3) else { return nil }
    return found.name
  }

  /// Insertions, deletions, replacements and swaps of neighbours that make one of the other (optimal string
  /// alignment): two swapped letters are one slip.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), row[j] + 1, rows[i][j + 1] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
