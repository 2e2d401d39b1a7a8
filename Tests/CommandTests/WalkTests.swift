import Files
import TestSupport
import Testing

/// The walks through data of one's own and through kinds of answers: their commands run as they stand.
@Suite struct WalkTests {
  /// Runs the pieces of shell of a page of the sources, in its order, and looks at what they left in the folder.
  private func walk(_ page: String, count: Int, _ look: (String) throws -> Void) throws {
    let text = String(decoding: try Files.read("\(Program.repository)/Sources/\(page)"), as: UTF8.self)
    let pieces = text.pieces(at: "```sh\n").dropFirst().map { String($0.pieces(at: "```")[0]) }
    #expect(pieces.count >= count)
    try withTemporaryDirectory { folder in
      for name in ["tasks", "vocab"] {
        #expect(try Program.shell("ln -s '\(Program.repository)/\(name)' '\(folder)/\(name)'").status == 0)
      }
      for piece in pieces {
        // A failing command ends the piece, in a pipe too, but a reader that has seen enough does not.
        let outcome = try Program.shell("set -e; anneal() { \"$ANNEAL\" \"$@\"; }; \(piece)", in: folder)
        #expect(outcome.status == 0, "\(piece)\n\(outcome.error)")
        // Nothing is odd about what a page shows; how far a check is, and who answered, is no oddity.
        let odd = outcome.error.split(separator: "\n").filter {
          $0.hasPrefix("anneal: ") && !$0.contains(" is judged") && !$0.contains("the student answered")
        }
        #expect(odd.isEmpty, "\(piece)\n\(outcome.error)")
      }
      try look(folder)
    }
  }

  @Test func everyCommandOfTheWalkThroughKindsOfAnswersSucceeds() throws {
    try walk("GLUE/GLUE.docc/KindsOfAnswers.md", count: 3) { folder in
      #expect(Files.exists(folder + "/runs/small/model/thresholds.json"))
      let soft = try Program.run(
        [
          "evaluate", "--task", "soft", "--data", "my", "--dev-share", "0.1", "--model", "runs/soft",
          "--json",
        ],
        in: folder)
      #expect(soft.output.contains("\"accuracy\""), "\(soft.error)")
      #expect(try Program.run(["verify", "runs/both"], in: folder).status == 0)
    }
  }

  @Test func everyCommandOfTheWalkSucceeds() throws {
    try walk("anneal/anneal.docc/OwnData.md", count: 7) { folder in
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
