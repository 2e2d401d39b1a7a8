import BERT
import Distillation
import Files
import Ranks
import Runs
import Sentences
import TestSupport
import Testing
import Tokenization
import Training

/// What is measured in the end and on the way, dealt out to ranks: the numbers of one.
@Suite struct RankMeasureTests {
  @Test func sentenceVectorsAreMeasuredTogether() throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      let tokenizer = try Tokenizer(vocabularyFile: text.vocabulary)
      let model = try BertModel(
        config: BertConfig(shape: "1x24x2", vocabSize: tokenizer.vocabulary.count), head: .none, seed: 8)
      try SentenceEncoder(model: model, tokenizer: tokenizer).save(to: folder + "/teacher")
      // Texts of many lengths and more than one slice, so that every rank has its part.
      let lines = TinyText.lines(1800, seed: 3).split(separator: "\n").map { String($0.dropLast(2)) }
      var pairs = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
      for row in 0..<600 {
        let second = (row...row + row % 3).map { lines[900 + $0] }.joined(separator: " ")
        pairs += "\(row)\tg\tf\ty\t\(row)\ts\ts\t\(lines[row])\t\(second)\t\(Double(row % 11) / 2)\n"
      }
      try Files.write(pairs, to: folder + "/STS-B/dev.tsv")
      var found: [(metrics: [String: Double], best: [String: Double], model: [UInt8])] = []
      for size in [1, 2, 3, 4] {
        var settings = text.settings(output: "run\(size)", method: "sentence-vectors")
        (settings.teacher, settings.devSTS) = (folder + "/teacher", folder + "/STS-B")
        // Without the term that compares rows with one another.
        settings.recipe = Recipe(
          name: "own", summary: "", paper: "",
          stages: [
            StageRecipe(
              "vectors",
              terms: [TermSettings("sentence_vector", SentenceVectorOptions(distance: .cosine))])
          ])
        settings.training.epochs = 1
        settings.training.gradientShards = size == 3 ? nil : 4
        let chosen = settings
        let results = try RankThreads.run(size) { ranks in try Pretrain.run(chosen, ranks: ranks) { _ in } }
          .map { try $0.get() }
        #expect(results.allSatisfy { $0.metrics == results[0].metrics })
        #expect(results[0].metrics["spearman"] == results[0].stages[0].best["spearman"])
        if size != 3 {
          found.append(
            (
              results[0].metrics, results[0].stages[0].best,
              try Files.read(settings.output + "/model/model.safetensors")
            ))
        }
      }
      #expect(found[0].metrics["spearman"] != 0 && found[0].metrics["pearson"] != nil)
      for other in found.dropFirst() {
        #expect(other.metrics == found[0].metrics && other.best == found[0].best)
        #expect(other.model == found[0].model)
      }
    }
  }

  /// What the model of a run says in the end is in the file, whoever computed it.
  @Test(arguments: [2, 3])
  func predictionsAreThoseOfOneRank(size: Int) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      try Files.write(TinyTask.table(rows: 900, seed: 2), to: task.data + "/SST-2/dev.tsv")
      var written: [[UInt8]] = []
      for ranks in [1, size] {
        var settings = task.finetune(output: "run\(ranks)", shape: "1x8x1")
        settings.training.epochs = 1
        // The same weights on any number of ranks, as few bits as move.
        settings.training.learningRate = 1e-30
        let chosen = settings
        for result in RankThreads.run(ranks, { ranks in try Finetune.run(chosen, ranks: ranks) { _ in } }) {
          #expect(try result.get().sentencesPerSecond > 0)
        }
        written.append(try Files.read(settings.output + "/predictions/dev.tsv"))
      }
      #expect(written[0] == written[1] && written[0].count > 9000)
    }
  }
}
