import Files
import Ranks
import Tensors
import Training

/// Whether the ranks of a run have the same program, settings and files before the first step.
struct RankAgreement {
  /// What a rank is about to run.
  private struct Stand: Codable {
    let program: String
    let machine: String
    let basis: TrainingBasis
  }

  /// What tells one build from another: how long its file is, and a megabyte of it, taken all over.
  private static func program() throws -> String {
    let file = try MappedFile("/proc/self/exe")
    var hash = SHA256()
    for piece in 0..<256 {
      let start = file.bytes.count / 256 * piece
      hash.update(UnsafeRawBufferPointer(rebasing: file.bytes[start..<min(start + 4096, file.bytes.count)]))
    }
    return "\(file.bytes.count) \(hash.hexadecimal)"
  }

  /// What is to be said of ranks that compute on different processors; nil where they do not.
  let note: String?

  /// Compares what all ranks are about to run; throws where a rank's is not the first one's, saying what differs.
  init(of record: RunRecord<some Codable & Sendable & Equatable>, over ranks: Ranks) throws {
    if ranks.isAlone {
      note = nil
      return
    }
    let own = Stand(
      program: try Self.program(), machine: record.machine,
      basis: try TrainingBasis(record))
    let all = try ranks.gather(try JSON.encode(own)).map {
      try JSON.decode(Stand.self, from: $0, path: "what a rank says")
    }
    for (rank, stand) in all.enumerated() {
      if stand.program != all[0].program {
        throw TrainingError.mismatch(
          "rank \(rank) runs another build of this program than rank 0: start the same file everywhere")
      }
      let changes = stand.basis.changes(since: all[0].basis)
      if !changes.isEmpty {
        throw TrainingError.mismatch(
          "rank \(rank) would not run what rank 0 runs; compared with that, "
            + changes.joined(separator: "; "))
      }
    }
    note = all.firstIndex { $0.machine != all[0].machine }.map {
      "rank \($0) computes on \(all[$0].machine), rank 0 on \(all[0].machine): their weights may come apart by last bits"
    }
  }
}
