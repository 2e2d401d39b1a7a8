import BERT
import Files
import FoundationEssentials
import Glibc
import Tensors

/// The checkpoints of a run: each a folder that appears complete or not at all.
///
/// A checkpoint is written under a name that begins with a dot, every file flushed, then renamed; its
/// `checksums.json` names each file with length and SHA-256. What cannot be read back bit for bit is not used:
/// the one before is, and that is said.
public struct CheckpointStore {
  /// The folder of all checkpoints.
  let folder: String
  /// What people give to go on with: named where a run stops.
  let owner: String
  /// How many of the newest are kept.
  let limit: Int
  /// Every how manieth is kept beside those, nil for none.
  let keepEvery: Int?
  /// What the run was started with; a checkpoint of another run is refused.
  public let basis: TrainingBasis

  /// The checkpoints in a folder, as many as the settings say; `owner` is what people give to go on with.
  public init(folder: String, owner: String, settings: TrainingSettings, basis: TrainingBasis) {
    (self.folder, self.owner, self.basis) = (folder, owner, basis)
    (limit, keepEvery) = (settings.saveTotalLimit, settings.keepEvery)
  }

  /// Tensors under a file's name.
  struct Part {
    let file: String
    let stores: [(prefix: String, store: ParameterStore)]
  }

  /// The state of a checkpoint beside its tensors.
  struct State: Codable {
    var formatVersion = Self.currentFormat
    var basis: TrainingBasis
    var trainer: TrainerState
    static let currentFormat = 1

    enum CodingKeys: String, CodingKey {
      case formatVersion = "format_version"
      case basis, trainer
    }
  }

  /// The part of a state that every format has.
  private struct Format: Decodable {
    let version: Int
    enum CodingKeys: String, CodingKey { case version = "format_version" }
  }

  private struct Checksum: Codable {
    let bytes: Int
    let sha256: String
  }

  private static let checksums = "checksums.json"
  private static let state = "state.json"
  /// An empty file that says that its checkpoint is to stay.
  private static let kept = "kept"

  /// The folders of complete checkpoints, oldest first.
  func paths() throws -> [String] {
    guard Files.isDirectory(folder) else { return [] }
    return try Files.list(folder).filter { $0.hasPrefix("step-") }.map { folder + "/" + $0 }
  }

  /// The folder of the newest complete checkpoint, whether it can be read or not; nil if there is none.
  public var newestPath: String? { (try? paths())?.last }

  /// Writes a checkpoint and removes those that are too many.
  ///
  /// A part whose file is named in `unchanged` is taken over from the newest checkpoint where that has it.
  func write(_ trainer: TrainerState, parts: [Part], unchanged: Set<String> = []) throws -> String {
    let digits = String(trainer.totalSteps)
    let name = "step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    let path = folder + "/" + name
    let newest = try paths().last
    let temporary = folder + "/.part-\(getpid())"
    try Files.remove(temporary)
    try Files.makeDirectory(temporary)
    do {
      var sums: [String: Checksum] = [:]
      let old = newest.flatMap { try? Self.readChecksums($0) } ?? [:]
      for part in parts {
        let file = temporary + "/" + part.file
        if unchanged.contains(part.file), let newest, let sum = old[part.file],
          link(newest + "/" + part.file, file) == 0
        {
          sums[part.file] = sum
          continue
        }
        try SafetensorsWriter.write(
          part.stores.flatMap { Self.tensors($0.store, prefix: $0.prefix) }, to: file)
        sums[part.file] = try Self.checksum(file)
      }
      let state = State(basis: basis, trainer: trainer)
      try Files.write(try JSON.encode(state), to: temporary + "/" + Self.state)
      sums[Self.state] = try Self.checksum(temporary + "/" + Self.state)
      try Files.write(try JSON.encode(sums), to: temporary + "/" + Self.checksums)
      if let keepEvery, trainer.checkpoints % keepEvery == 0 {
        try Files.write("", to: temporary + "/" + Self.kept)
      }
      try Files.synchronize(temporary)
      try Files.remove(path)
      try Files.rename(temporary, to: path)
    } catch {
      try? Files.remove(temporary)
      throw error
    }
    try prune(keeping: limit)
    return path
  }

  /// Removes all but the newest and those that are to stay, and what a killed process left unfinished.
  public func prune(keeping count: Int) throws {
    guard Files.isDirectory(folder) else { return }
    for path in try paths().dropLast(count) where !Files.exists(path + "/" + Self.kept) {
      try Files.remove(path)
    }
    for name in try Files.list(folder) where name.hasPrefix(".part-") {
      try Files.remove(folder + "/" + name)
    }
  }

  /// The newest checkpoint that is whole, or nil; `note` hears of those that are not.
  func newest(note: (String) throws -> Void) throws -> (path: String, state: TrainerState)? {
    for path in try paths().reversed() {
      let state: State?
      let format: Int
      do {
        try Self.verify(path)
        format = try JSON.decode(Format.self, from: path + "/" + Self.state).version
        state =
          format > State.currentFormat ? nil : try JSON.decode(State.self, from: path + "/" + Self.state)
      } catch {
        try note("\(path) cannot be used (\(error)); trying the checkpoint before it")
        continue
      }
      guard let state else {
        throw TrainingError.checkpoint(
          path: path,
          reason: "it has format \(format) and this program reads up to \(State.currentFormat): "
            + "go on with the program that wrote it, or a newer one")
      }
      let changes = basis.changes(since: state.basis)
      if !changes.isEmpty { throw TrainingError.changed(path: path, what: changes) }
      return (path, state.trainer)
    }
    return nil
  }

  /// The state of a checkpoint that was found to be whole and of this run.
  func state(at path: String) throws -> TrainerState {
    try JSON.decode(State.self, from: path + "/" + Self.state).trainer
  }

  /// Removes the checkpoints after one that is gone on from: they cannot be used, and what is written next takes
  /// over no file of theirs.
  func removeNewer(than path: String) throws {
    for newer in try paths() where newer > path { try Files.remove(newer) }
  }

  /// Reads the tensors of a checkpoint into stores of the same names and shapes.
  func read(_ part: Part, from path: String) throws {
    let file = try SafetensorsFile(path + "/" + part.file)
    for (prefix, store) in part.stores {
      for entry in store.layout.entries {
        guard let tensor = file[prefix + entry.name], tensor.shape == entry.shape, tensor.dtype == .float32
        else {
          throw TrainingError.checkpoint(
            path: file.path, reason: "there is no tensor \(prefix + entry.name) of shape \(entry.shape)")
        }
        let start = store.values.base + entry.offset
        tensor.bytes.copyBytes(to: UnsafeMutableRawBufferPointer(start: start, count: entry.count * 4))
      }
      store.noteChange()
    }
  }

  /// Holds every file against its checksum.
  private static func verify(_ path: String) throws {
    let sums = try readChecksums(path)
    for (file, sum) in sums.sorted(by: { $0.key < $1.key }) {
      if file.contains("/") { throw TrainingError.checkpoint(path: path, reason: "a checksum of \(file)") }
      let found = try checksum(path + "/" + file)
      if found.bytes != sum.bytes || found.sha256 != sum.sha256 {
        throw TrainingError.checkpoint(path: path + "/" + file, reason: "it differs from its checksum")
      }
    }
    guard sums[Self.state] != nil else {
      throw TrainingError.checkpoint(path: path, reason: "there is no checksum of \(Self.state)")
    }
  }

  private static func readChecksums(_ path: String) throws -> [String: Checksum] {
    try JSON.decode([String: Checksum].self, from: path + "/" + checksums)
  }

  private static func checksum(_ path: String) throws -> Checksum {
    Checksum(bytes: try MappedFile(path).bytes.count, sha256: try SHA256.hexadecimal(ofFile: path))
  }

  private static func tensors(
    _ store: ParameterStore, prefix: String
  ) -> [(name: String, shape: [Int], values: UnsafeBufferPointer<Float>)] {
    store.layout.entries.map { entry in
      (
        prefix + entry.name, entry.shape,
        UnsafeBufferPointer(start: store.values.base + entry.offset, count: entry.count)
      )
    }
  }
}
