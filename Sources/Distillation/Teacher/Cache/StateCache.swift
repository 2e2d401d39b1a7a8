import BERT
import Files
import Tensors
import Training

/// A teacher's hidden states, attention and projections on disk, in half precision, row by row.
///
/// One safetensors file for each (teacher, rows, layers): the numbers of all rows end to end as `StateLayout`
/// orders them, then a checksum of each row. Found by a row's place, so shuffling stays free, and read through
/// the page cache, so that runs at the same time share one copy. Its name is a hash of all that it depends on; a
/// file of that name with other contents, or a damaged one, is made again, and that is said. A student never sees
/// more precision than the file has, so the run that writes it ends with the bytes of the runs that read it.
final class StateCache {
  /// What the file holds of each row.
  let layout: StateLayout
  private let file: SafetensorsFile
  private let rows: TaskRows
  private let states: UnsafeRawBufferPointer
  private let starts: [Int]
  private let arena = Arena()

  /// Where and for whom states are kept.
  struct Place {
    /// The folder.
    var folder: String
    /// What names the teacher's weights and settings.
    var teacherHash: String
    /// What is kept.
    var layout: StateLayout
  }

  /// What is said while states are computed or checked.
  struct Listener {
    /// Something for people to know.
    var note: (String) throws -> Void
    /// So many rows are done.
    var progress: (Int) throws -> Void
  }

  /// Opens the states of the rows, having `model` compute them first where the file is missing or damaged.
  ///
  /// Throws before anything is computed if the disk has no room for them.
  static func open(
    _ rows: TaskRows, in place: Place, model: BertModel, listener: Listener
  ) throws -> StateCache {
    let plan = Plan(rows, place)
    if let found = try plan.existing(listener) { return found }
    var waited = false
    let lock = try CacheLock(plan.path + ".lock") {
      if !waited { try listener.note("another process is writing \(plan.path): waiting for it") }
      waited = true
      try listener.progress(0)
    }
    defer { withExtendedLifetime(lock) {} }
    if waited, let found = try plan.existing(listener) { return found }
    try plan.removeUnfinished()
    try plan.checkRoom()
    try listener.note(
      "the teacher's states (\(place.layout.description)) take \(ByteCount.text(plan.byteCount)) in \(plan.path)"
    )
    try StateWriter(rows, layout: place.layout, model: model).write(
      to: plan.path, plan.declarations, plan.metadata, progress: listener.progress)
    return try StateCache(plan, listener)
  }

  /// The bytes that the states of rows take on disk, and whether they lie there already.
  static func forecast(_ rows: TaskRows, in place: Place) -> (path: String, bytes: Int, exists: Bool) {
    let plan = Plan(rows, place)
    return (plan.path, plan.byteCount, Files.exists(plan.path))
  }

  private init(_ plan: Plan, _ listener: Listener) throws {
    (layout, rows, starts) = (plan.place.layout, plan.rows, plan.starts)
    file = try SafetensorsFile(plan.path)
    guard file.metadata == plan.metadata, let states = file["states"], let sums = file["checksums"],
      states.dtype == .float16, states.shape == plan.declarations[0].shape,
      sums.dtype == .uint64, sums.shape == plan.declarations[1].shape
    else {
      throw DistillationError.cache(
        path: plan.path, reason: "it holds other rows or another teacher's states")
    }
    self.states = states.bytes
    for first in stride(from: 0, to: rows.count, by: 1 << 12) {
      let some = first..<min(first + 1 << 12, rows.count)
      let damaged = RowMath.parallelSum(some.count) { index in
        let row = some.lowerBound + index
        let expected = sums.bytes.loadUnaligned(fromByteOffset: 8 * row, as: UInt64.self)
        return StateWriter.checksum(bytes(of: row)) == expected ? 0 : 1
      }
      if damaged > 0 {
        throw DistillationError.cache(path: plan.path, reason: "it differs from its checksums")
      }
      try listener.progress(some.upperBound)
    }
  }

  private func bytes(of row: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: states[2 * starts[row]..<2 * starts[row + 1]])
  }

  /// Whether the file holds all that is wanted.
  func holds(_ wanted: OutputRequest) -> Bool { layout.request.union(wanted) == layout.request }

  /// The parts that are wanted, of the rows of a batch; they hold until the next call.
  func outputs(for batch: LabelledBatch, _ wanted: OutputRequest) -> EncoderOutput {
    precondition(batch.rows.allSatisfy { rows.inputIDs.indices.contains($0) }, "rows of another data set")
    arena.reset()
    let packed = batch.batch
    let output = layout.makeOutput(wanted, for: packed, in: arena)
    Parallel.forEach(count: packed.sequenceCount) { sequence in
      let tokens = packed.tokens(of: sequence).count
      precondition(tokens == rows.inputIDs[batch.rows[sequence]].count, "rows of another length")
      guard var from = bytes(of: batch.rows[sequence]).baseAddress else { return }
      for part in layout.parts {
        let count = layout.count(part, tokens: tokens)
        if let to = layout.place(of: part, sequence: sequence, in: output, packed) {
          HalfPrecision.widen(from.assumingMemoryBound(to: UInt16.self), into: to, count: count)
        }
        from += 2 * count
      }
    }
    return output
  }

  /// The file of some rows, before it is opened or written.
  private struct Plan {
    let rows: TaskRows
    let place: Place
    let path: String
    let metadata: [String: String]
    let declarations: [SafetensorsStream.Declaration]
    /// Where the numbers of each row begin, and their count at the end.  // [rows + 1]
    let starts: [Int]

    init(_ rows: TaskRows, _ place: Place) {
      let layout = place.layout
      let key = CacheKey.of(rows, teacher: place.teacherHash, parts: layout.description)
      var starts = [0]
      for ids in rows.inputIDs { starts.append(starts[starts.count - 1] + layout.count(tokens: ids.count)) }
      (self.rows, self.place, self.starts) = (rows, place, starts)
      path = "\(place.folder)/states-\(key.prefix(32)).safetensors"
      metadata = ["format": "anneal-teacher-states-1", "key": key, "parts": layout.description]
      declarations = [
        .init(name: "states", dtype: .float16, shape: [starts[rows.count]]),
        .init(name: "checksums", dtype: .uint64, shape: [rows.count]),
      ]
    }

    var byteCount: Int { SafetensorsStream.byteCount(of: declarations, metadata: metadata) }

    /// The cache if its file is there and whole.
    func existing(_ listener: Listener) throws -> StateCache? {
      if !Files.exists(path) { return nil }
      do {
        return try StateCache(self, listener)
      } catch let error as TrainingError {
        throw error
      } catch {
        try listener.note("the teacher cache is damaged and made again: \(error)")
        return nil
      }
    }

    /// Removes what processes left that were killed while writing; the lock says that none is writing now.
    func removeUnfinished() throws {
      let prefix = (path.split(separator: "/").last ?? "") + ".part-"
      for name in try Files.list(place.folder) where name.hasPrefix(prefix) {
        try Files.remove("\(place.folder)/\(name)")
      }
    }

    func checkRoom() throws {
      guard let free = Files.freeByteCount(place.folder), free < byteCount else { return }
      throw DistillationError.cache(
        path: place.folder,
        reason: "the teacher's states need \(ByteCount.text(byteCount)) and the disk has "
          + "\(ByteCount.text(free)) left: take another folder, or leave --cache-states out and let the teacher "
          + "run beside the student")
    }
  }
}
