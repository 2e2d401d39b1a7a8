import BERT
import Files
import Tensors
import TestSupport
import Testing
import Tokenization

@testable import Runs
@testable import Training

/// Models of runs carry rows that prove them.
@Suite(.serialized) struct GoldenRowsTests {
  private static func loaded(_ folder: String) throws -> (model: BertModel, tokenizer: Tokenizer) {
    (try BertModel.load(directory: folder).model, try Tokenizer(directory: folder))
  }

  @Test func everyRunsModelProvesItself() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var bytes: [[UInt8]] = []
      for threads in 1...2 {
        var settings = task.finetune(output: "teacher-\(threads)")
        (settings.training.threads, settings.training.maxLength) = (threads, 9)
        let model = try Finetune.run(settings) { _ in }.folder + "/model"
        bytes.append(try Files.read("\(model)/\(GoldenRows.fileName)"))
        let golden = try #require(try GoldenRows(file: "\(model)/\(GoldenRows.fileName)"))
        #expect(try golden.bytes == bytes.last)
        let (own, tokenizer) = try Self.loaded(model)
        let check = try GoldenCheck(golden, model: own, tokenizer: tokenizer)
        #expect(check.isSound && check.largestDifference < 1e-6 && check.rows == golden.rows.count)
        #expect(golden.header.maxLength == 9 && golden.header.labels == ["0", "1"])
        #expect(golden.rows.count >= 4 && golden.rows.allSatisfy { $0.pair == nil && $0.inputIDs.count <= 9 })
        #expect(golden.rows.contains { $0.inputIDs.count == 9 })
        // The logits are the model's, row by row.
        for row in golden.rows {
          let output = try own.forward(
            Batch(inputIDs: [row.inputIDs], tokenTypeIDs: [row.tokenTypeIDs]), workspace: Workspace())
          for (label, logit) in row.logits.enumerated() {
            #expect(abs(try #require(output.logits)[0, label] - logit) < 1e-5)
          }
          #expect(try tokenizer.encode(row.text, maxLength: 9).ids == row.inputIDs)
        }
      }
      #expect(bytes[0] == bytes[1])
    }
  }

  @Test func pairsAndScoresProveThemselves() throws {
    let tokenizer = try Tokenizer(
      vocabulary: Vocabulary(tokens: [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "film", "of", "plots",
      ]))
    let model = try TinyModels.model(head: .sequenceClassification(labels: 1))
    let golden = try GoldenRows(model: model, tokenizer: tokenizer, maxLength: 20, pairs: true, program: "1")
    #expect(golden.rows.contains { $0.pair != nil && $0.tokenTypeIDs.contains(1) })
    #expect(golden.rows.allSatisfy { $0.logits.count == 1 })
    #expect(try GoldenCheck(golden, model: model, tokenizer: tokenizer).isSound)
    let windows = try tokenizer.reading(TextWindows(length: 20, stride: 3), pairs: true)
    let read = try GoldenRows(model: model, tokenizer: windows, maxLength: 20, pairs: true, program: "1")
    #expect(
      read.rows.contains { $0.window == 1 && $0.pair == nil }
        && read.rows.contains { $0.window == 1 && $0.pair != nil })
    #expect(try GoldenCheck(read, model: model, tokenizer: windows).isSound)
    // Rows of windows are not those of a model that cuts.
    let cut = try GoldenCheck(read, model: model, tokenizer: tokenizer)
    #expect(cut.tokens.contains { $0.what == "windows" } && cut.logits.isEmpty)
  }

  @Test func whatDiffersIsNamed() throws {
    let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "line", "Line", "of", "##s"]
    let model = try TinyModels.model(head: .sequenceClassification(labels: 2), labels: ["no", "yes"])
    let tokenizer = try Tokenizer(vocabulary: Vocabulary(tokens: tokens))
    let golden = try GoldenRows(model: model, tokenizer: tokenizer, maxLength: 30, pairs: false, program: "1")
    func check(_ model: BertModel, _ tokenizer: Tokenizer) throws -> GoldenCheck {
      try GoldenCheck(golden, model: model, tokenizer: tokenizer)
    }
    let cased = try check(
      model, Tokenizer(vocabulary: Vocabulary(tokens: tokens), settings: .init(doLowerCase: false)))
    #expect(cased.tokens.first?.row == 1 && cased.tokens.first?.what == "input_ids" && cased.logits.isEmpty)
    #expect(
      cased.tokens.first?.place == 1 && cased.tokens.first?.expected.first == 5
        && cased.tokens.first?.found.first == 1)
    // A weight off by a little more than is allowed, and by less.
    for (change, isSound) in [(Float(1e-6), true), (1e-2, false)] {
      let other = try TinyModels.model(head: .sequenceClassification(labels: 2), labels: ["no", "yes"])
      other.parameters.matrix("classifier.bias")[0, 1] += change
      let found = try check(other, tokenizer)
      #expect(found.isSound == isSound && found.tokens.isEmpty, "\(change)")
      #expect(found.largestDifference > 0 && (found.logits.count == golden.rows.count) == !isSound)
    }
    let swapped = try check(
      TinyModels.model(head: .sequenceClassification(labels: 2), labels: ["yes", "no"]), tokenizer)
    #expect(swapped.labels == ["yes", "no"] && !swapped.isSound && swapped.logits.isEmpty)
    // A model without these ids, and one of other logits.
    var few = BertConfig(
      vocabSize: 4, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 5)
    few.labels = ["no", "yes"]
    let unread = try check(
      BertModel(config: few, head: .sequenceClassification(labels: 2), seed: 1), tokenizer)
    #expect(unread.logits.contains { $0.found.isEmpty } && !unread.isSound)
    let three = try check(TinyModels.model(head: .sequenceClassification(labels: 3)), tokenizer)
    #expect(three.logits.count == golden.rows.count && three.logits[0].difference == nil)
  }
}
