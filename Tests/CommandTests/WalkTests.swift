import Files
import TestSupport
import Testing

/// The walk through data of one's own: its commands run as they stand.
@Suite struct WalkTests {
  private static let page = Program.repository + "/Sources/anneal/anneal.docc/OwnData.md"

  /// The pieces of shell of the page, in its order.
  private static func pieces() throws -> [String] {
    let text = String(decoding: try Files.read(page), as: UTF8.self)
    return text.pieces(at: "```sh\n").dropFirst().map { String($0.pieces(at: "```")[0]) }
  }

  @Test func everyCommandOfTheWalkSucceeds() throws {
    let pieces = try Self.pieces()
    #expect(pieces.count >= 7)
    try withTemporaryDirectory { folder in
      for name in ["tasks", "vocab"] {
        #expect(try Program.shell("ln -s '\(Program.repository)/\(name)' '\(folder)/\(name)'").status == 0)
      }
      for piece in pieces {
        // A failing command ends the piece, in a pipe too, but a reader that has seen enough does not.
        let outcome = try Program.shell("set -e; anneal() { \"$ANNEAL\" \"$@\"; }; \(piece)", in: folder)
        #expect(outcome.status == 0, "\(piece)\n\(outcome.error)")
        #expect(!outcome.error.contains("anneal: "), "\(piece)\n\(outcome.error)")
      }
      #expect(try Program.run(["verify", "runs/extended"], in: folder).status == 0)
      #expect(Files.exists(folder + "/runs/student.golden_rows.jsonl"))
      let cut = try Program.run(
        ["evaluate", "--task", "Tickets", "--model", "runs/tickets", "--json"], in: folder)
      #expect(cut.output.contains("\"macro_f1\""))
    }
  }
}

extension StringProtocol where SubSequence == Substring {
  /// The parts between the places where a text stands.
  fileprivate func pieces(at separator: String) -> [Substring] {
    self[...].split(separator: separator, omittingEmptySubsequences: false)
  }
}
