import BERT
import Files
import GLUE
import TestSupport
import Testing
import Tokenization

@testable import Runs
@testable import Training

@Suite struct PreviewTests {
  private static let words = "a fine film dull story"

  /// Rows of SST-2 in a folder, with a vocabulary of their words but `odd`.
  private static func settings(_ train: [String], dev: [String], in folder: String) throws -> FinetuneSettings
  {
    let header = "sentence\tlabel\n"
    try Files.makeDirectory(folder + "/SST-2")
    try Files.write(header + train.joined(separator: "\n") + "\n", to: folder + "/SST-2/train.tsv")
    try Files.write(header + dev.joined(separator: "\n") + "\n", to: folder + "/SST-2/dev.tsv")
    let tokens =
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words.split(separator: " ").map(String.init)
    try Files.write(tokens.joined(separator: "\n") + "\n", to: folder + "/vocab.txt")
    var settings = FinetuneSettings(task: "SST-2", output: folder + "/run")
    settings.data = folder
    settings.shape = "1x16x2"
    settings.vocabulary = folder + "/vocab.txt"
    settings.training.epochs = 3
    settings.training.batchSize = 2
    settings.training.maxLength = 6
    return settings
  }

  @Test func whatIsOddIsSaid() throws {
    try withTemporaryDirectory { folder in
      let settings = try Self.settings(
        ["a fine film\t1", "a fine film\t0", "a dull dull dull story\t0", "odd odd\t0"],
        dev: ["a fine film\t1", "a film\t1"], in: folder)
      let preview = try Finetune.check(settings, seconds: 0.01)
      for part in [
        "2 training rows with texts that have another label", "1 training row with texts that stood",
        "1 of 2 rows of dev",
        "1 training row of 6 tokens", "unknown to the vocabulary",
      ] {
        #expect(preview.data.odd.contains { $0.contains(part) }, "\(part) is missing in \(preview.data.odd)")
      }
      #expect(preview.data.splits.map(\.classes) == [[3, 1], [0, 2]])
      #expect(preview.data.longestLength == 6 && preview.modelLabels == ["0", "1"])
      #expect(!Files.exists(folder + "/run"))

      var notes: [String] = []
      _ = try Finetune.run(settings) { if case .note(let text) = $0 { notes.append(text) } }
      #expect(notes == preview.data.odd, "a run opens with the same findings")
    }
  }

  @Test(
    arguments: [
      (
        ["Spam", "spam ", "ham"],
        "labels that differ in capitals or blanks alone are different classes: 'Spam', 'spam '"
      ),
      (["\"good\"", "\"bad\""], "quotes are part of labels, of \"bad\" too: the files of tasks have none"),
      (
        ["0.5", "1", "2"],
        "every label is a number, and each is a class of its own: a column 'score' is learned as numbers"
      ),
    ]) func labelsThatLookAsIfTheyWereNotMeantSoAreOdd(labels: [String], said: String) throws
  {
    try withTemporaryDirectory { folder in
      var settings = try Self.settings(["a film\t1"], dev: ["a film\t1"], in: folder)
      let rows = zip(["a", "film", "story"], labels).map { "\($0)\t\($1)\n" }.joined()
      for name in ["train", "dev"] {
        try Files.write("text\tlabel\n" + rows, to: "\(folder)/own/\(name).tsv")
      }
      settings.task = "own"
      let odd = try Finetune.check(settings, seconds: 0.01).data.odd
      #expect(odd.contains(said), "\(odd)")
      #expect(odd.count == 2, "\(odd)")  // The dev rows are the training rows.
    }
  }

  @Test func aStageOfOneStepIsOddWhereItIsAllWarmUp() throws {
    try withTemporaryDirectory { folder in
      var settings = try Self.settings(
        ["a fine film\t1", "a dull film\t0", "a story\t0", "fine\t1"], dev: ["a film\t1"], in: folder)
      (settings.training.epochs, settings.training.batchSize) = (1, 4)
      let odd = try Finetune.check(settings, seconds: 0.01).data.odd
      #expect(odd.count == 1 && odd[0].hasPrefix("the stage labels has one step"), "\(odd)")
      settings.training.warmupRatio = 0
      #expect(try Finetune.check(settings, seconds: 0.01).data.odd.isEmpty)
    }
  }

  @Test func costsAreMeasuredOnRealSteps() throws {
    try withTemporaryDirectory { folder in
      let settings = try Self.settings(
        ["a fine film\t1", "a dull film\t0", "a story\t0", "fine\t1"], dev: ["a film\t1"], in: folder)
      let forecast = try Finetune.check(settings, seconds: 0.01).forecast
      #expect(forecast.measuredSteps >= 1 && forecast.trainingSeconds > 0 && forecast.evaluationSeconds > 0)
      #expect(forecast.teacherSeconds == nil && forecast.peakBytes > 1 << 20)
      #expect(try Finetune.check(settings, seconds: 0.01).data.odd.isEmpty)
    }
  }
}
