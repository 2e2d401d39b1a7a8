import Distillation
import Files
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// What `check` says of ranks, and what a measuring that is dealt out gives.
@Suite struct RankCheckTests {
  private func said(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "it went on"
    } catch { return "\(error)" }
  }

  @Test func sharesAreForetold() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "run", shape: "1x8x1")
      func notes(_ ranks: Int) throws -> [String] {
        let preview = try Finetune.check(settings, seconds: 0, ranks: ranks)
        return (preview.notes + preview.data.odd).filter { $0.contains("part") }
      }
      #expect(try notes(1).isEmpty)
      // The rows of a step touch every word.
      let weights = try Finetune.prepare(settings, with: .standard).parameterCount
      let sent = ByteCount.text(4 * weights / 2 * 3)
      let four = try notes(4)
      #expect(four.count == 1 && four[0].hasPrefix("4 ranks share each step, cut by tokens into 4 parts"))
      #expect(four[0].contains(" sends up to \(sent) a step"), "\(four), \(sent)")
      settings.training.gradientShards = 16
      #expect(try notes(1).first?.hasPrefix("each step is computed in 16 parts") == true)
      #expect(try notes(2).contains("batches of 8 rows are cut into 16 parts: some of them have no row"))
      #expect(said { _ = try notes(3) }.contains("by 1, 2, 4, 8, 16 ranks, and there are 3"))
    }
  }

  @Test func whatOneRankDoesIsRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher", shape: "1x8x1")) { _ in }
      let chain = task.distill(output: "run", method: "takd")
      #expect(
        said { _ = try Distill.check(chain, seconds: 0, ranks: 2) }.contains(
          "a chain of assistants is trained on one"))
      var seeds = task.distill(output: "run", method: "kd")
      seeds.teacherSeeds = 2
      #expect(
        said { _ = try Distill.check(seeds, seconds: 0, ranks: 2) }.contains(
          "a teacher's seeds are trained on one"))
      let sequence = SequenceSettings([.init("SST-2")], output: folder + "/run")
      #expect(
        said { _ = try Lifelong.check(sequence, seconds: 0, ranks: 2) }.contains(
          "a sequence of tasks is learnt on one rank"))
    }
  }
}
