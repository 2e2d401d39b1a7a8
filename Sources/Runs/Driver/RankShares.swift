import BERT
import Files
import Training

/// What ranks would make of a run's steps, before the first of them.
struct RankShares {
  /// The ranks that share a step.
  let ranks: Int
  /// The parts that a step is cut into.
  let parts: Int
  /// Bytes of gradients that are added up in a step, with as many rows of the word embeddings as a step may touch.
  let bytes: Int
  /// Rows of a batch that are fewer than the parts; nil where there are enough.
  private let fewRows: Int?

  /// What so many ranks would do; nil where steps are whole.
  ///
  /// Throws where steps cannot be cut.
  init?(of run: PreparedRun, over ranks: Int) throws {
    parts = try Trainer.partCount(of: run.stages, run.training, over: ranks)
    if parts == 1 { return nil }
    self.ranks = ranks
    var most = 0
    for stage in run.stages where !stage.rows.stepCounts.isEmpty {
      let tokens = try stage.rows.tokenCount(epoch: 0, step: 0)
      var floats = 0
      for learner in stage.lesson.summed {
        // Every word is in an output layer that is tied to them.
        let isWhole = (learner as? ModelLearner)?.model.head == .maskedLM
        for entry in learner.parameters.layout.entries {
          let isTable = entry.name == BertModel.wordEmbeddings && !isWhole
          floats += isTable ? min(entry.shape[0], tokens) * entry.shape[1] : entry.count
        }
      }
      most = max(most, 4 * floats)
    }
    bytes = most
    fewRows =
      run.training.batchTokens == nil && run.training.batchSize < parts ? run.training.batchSize : nil
  }

  /// One line for people.
  var sentence: String {
    if ranks == 1 {
      return
        "each step is computed in \(parts) parts, one after the other; ranks that are 2, 4 and so on up to \(parts) "
        + "would end with the same bytes"
    }
    let sent = 2 * bytes / ranks * (ranks - 1)
    return "\(ranks) ranks share each step, cut by tokens into \(parts) parts: a rank sends up to "
      + "\(ByteCount.text(sent)) a step, and receives as much"
  }

  /// What is odd about it.
  var odd: [String] {
    fewRows.map { ["batches of \($0) rows are cut into \(parts) parts: some of them have no row"] } ?? []
  }
}
