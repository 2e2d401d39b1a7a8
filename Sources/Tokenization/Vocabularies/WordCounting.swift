import Files
import Glibc

/// The distinct words of a text and how often each comes, most frequent first, then by bytes.
struct WordCounts {
  /// All words' bytes, end to end.
  var bytes: [UInt8] = []
  /// Where each word begins in `bytes`; one more than there are words.
  var starts: [Int] = [0]
  /// How often each word came.
  var counts: [Int64] = []
  /// How many distinct words there were before rare ones were left out.
  var distinct = 0
  /// How many words the text had, repeats included.
  var total: Int64 = 0
  /// How often each scalar came, in all words.
  var scalars: [UInt32: Int64] = [:]
  /// How many maximal parts of invalid UTF-8 were dropped.
  var invalidCount = 0
}

/// Counts words of files in bounded memory.
///
/// Each thread counts into its own table. A table that grows beyond its share is written out as a run sorted by
/// bytes; in the end all runs are merged, which adds up the counts, and the most frequent words are kept. Sums
/// and order depend on neither threads nor the order of files.
struct WordCounter {
  /// The settings that say what a word is.
  let settings: TokenizerSettings
  /// The most words to keep.
  let maximumWords: Int
  /// The most bytes that all tables together take before they are written out.
  let memoryLimit: Int

  private final class State {
    let words = WordTable()
    let workspace: TokenizerWorkspace
    var runs: [WordRun] = []

    init(_ core: TokenizerCore) {
      words.reset(to: core.vocabulary.tokens)
      workspace = TokenizerWorkspace(core, words: words)
    }
  }

  /// Counts the words of the files; `column` picks a part of each line, nil the whole.
  func count(
    _ files: [String], threads: Int, column: LineColumn?, skipsInvalid: Bool,
    progress: (@Sendable (Int) -> Void)?
  ) throws -> WordCounts {
    let core = try TokenizerCore(countingWith: settings)
    let reader = LineBlockReader(files)
    let share = memoryLimit / max(1, threads)
    let states = try ParallelBlocks.forEach(reader, threads: threads) {
      State(core)
    } work: { state, block in
      let workspace = state.workspace
      if !skipsInvalid && block.hasZero { try block.requireText() }
      let invalidBefore = workspace.invalidCount
      let place = try column?.resolved(in: block)
      try block.forEachLine { line in
        var text = line
        if let place {
          guard let found = try place.find(in: line, block: block) else { return }
          text = found
        }
        let count = workspace.encode(text, readable: block.readable(from: text), limit: .max, traced: false)
        state.words.count(UnsafeBufferPointer(start: workspace.ids, count: count))
      }
      if !skipsInvalid && workspace.invalidCount > invalidBefore { try block.requireText() }
      if state.words.memory > share {
        state.runs.append(try WordRun(spilling: state.words))
        state.workspace.forgetWords()
        state.words.reset(to: core.vocabulary.tokens)
      }
      progress?(reader.bytesRead)
    }
    var runs = states.flatMap(\.runs)
    for state in states { runs.append(WordRun(state.words)) }
    var result = try merge(runs)
    result.invalidCount = states.reduce(0) { $0 + $1.workspace.invalidCount }
    return result
  }

  /// Adds up runs and keeps the most frequent words.
  private func merge(_ runs: [WordRun]) throws -> WordCounts {
    var result = WordCounts()
    var all = WordCounts()
    var cursors = runs.map(WordRun.Cursor.init)
    for index in cursors.indices { try cursors[index].advance() }
    while true {
      var least: [UInt8]?
      for cursor in cursors {
        guard let word = cursor.word else { continue }
        if least == nil || word.lexicographicallyPrecedes(least ?? []) { least = word }
      }
      guard let word = least else { break }
      var count: Int64 = 0
      for index in cursors.indices where cursors[index].word == word {
        count += cursors[index].count
        try cursors[index].advance()
      }
      if count == 0 { continue }
      result.distinct += 1
      result.total += count
      for scalar in String(decoding: word, as: UTF8.self).unicodeScalars {
        result.scalars[scalar.value, default: 0] += count
      }
      all.bytes += word
      all.starts.append(all.bytes.count)
      all.counts.append(count)
      // Twice as many words as are wanted: time to let the rare half go.
      if all.counts.count >= 2 * maximumWords { all = Self.mostFrequent(all, maximumWords) }
    }
    let kept = Self.mostFrequent(all, maximumWords)
    result.bytes = kept.bytes
    result.starts = kept.starts
    result.counts = kept.counts
    return result
  }

  private static func mostFrequent(_ words: WordCounts, _ limit: Int) -> WordCounts {
    // The words stand in the order of their bytes, so equal counts keep that order by their numbers.
    let order = words.counts.indices.sorted {
      words.counts[$0] != words.counts[$1] ? words.counts[$0] > words.counts[$1] : lessBytes(words, $0, $1)
    }
    var result = WordCounts()
    for index in order.prefix(limit) {
      result.bytes += words.bytes[words.starts[index]..<words.starts[index + 1]]
      result.starts.append(result.bytes.count)
      result.counts.append(words.counts[index])
    }
    return result
  }

  private static func lessBytes(_ words: WordCounts, _ left: Int, _ right: Int) -> Bool {
    words.bytes[words.starts[left]..<words.starts[left + 1]].lexicographicallyPrecedes(
      words.bytes[words.starts[right]..<words.starts[right + 1]])
  }
}

/// Words with counts in the order of their bytes: a table in memory, or a file without a name.
private final class WordRun {
  private var table: WordTable?
  private var order: [Int] = []
  private var file: UnsafeMutablePointer<FILE>?

  /// A run of a table that stays in memory.
  init(_ table: WordTable) {
    self.table = table
    order = table.sortedByBytes()
  }

  /// A run written to a temporary file, which goes when the run does.
  init(spilling table: WordTable) throws {
    let file = try Files.makeTemporaryFile()
    self.file = file
    var complete = true
    for index in table.sortedByBytes() {
      let word = Array(table.word(index))
      var header = (Int64(word.count), table.counts[index])
      complete = complete && fwrite(&header, 16, 1, file) == 1
      complete = complete && fwrite(word, 1, word.count, file) == word.count
    }
    if !complete || fflush(file) != 0 {
      throw FileError(path: "temporary file", operation: "write")
    }
    rewind(file)
  }

  deinit {
    if let file { fclose(file) }
  }

  /// A place in a run, going forward.
  struct Cursor {
    private let run: WordRun
    private var next = 0
    /// The word here, nil at the end.
    private(set) var word: [UInt8]?
    /// Its count.
    private(set) var count: Int64 = 0

    init(_ run: WordRun) { self.run = run }

    /// Goes to the next word.
    mutating func advance() throws {
      word = nil
      if let table = run.table {
        if next == run.order.count { return }
        word = Array(table.word(run.order[next]))
        count = table.counts[run.order[next]]
        next += 1
      } else if let file = run.file {
        var header = (Int64(0), Int64(0))
        if fread(&header, 16, 1, file) != 1 { return }
        var bytes = [UInt8](repeating: 0, count: Int(header.0))
        if fread(&bytes, 1, bytes.count, file) != bytes.count {
          throw FileError(
            path: "temporary file", operation: "read", reason: "it ends in the middle of a word")
        }
        word = bytes
        count = header.1
      }
    }
  }
}
