import BERT
import Files
import Tensors
import TestSupport
import Testing

/// Embeddings for more tokens.
@Suite struct VocabularyTests {
  @Test(arguments: [Head.none, .sequenceClassification(labels: 3), .maskedLM])
  func newTokensBeginAsTheMeanOfTheirPieces(head: Head) throws {
    let model = try TinyModels.model(head: head)
    let pieces: [[Int32]] = [[7], [3, 9, 11]]
    let more = try model.extended(from: 40, with: pieces)
    #expect(more.config.vocabSize == 42 && model.config.vocabSize == 40)
    for entry in model.parameters.layout.entries {
      let (old, new) = (model.parameters.matrix(entry.name), more.parameters.matrix(entry.name))
      if entry.name == BertModel.wordEmbeddings {
        for column in 0..<old.columns {
          #expect(new[40, column] == old[7, column])
          let mean = [3, 9, 11].reduce(0) { $0 + Double(old[$1, column]) } / 3
          #expect(abs(Double(new[41, column]) - mean) < 1e-7)
        }
        for row in 0..<40 { #expect(old.row(row).elementsEqual(new.row(row))) }
      } else if entry.name == "cls.predictions.bias" {
        for id in 0..<40 { #expect(new.base[id] == old.base[id]) }
        #expect(new.base[40] == old.base[7])
        #expect(abs(Double(new.base[41]) - [3, 9, 11].reduce(0) { $0 + Double(old.base[$1]) } / 3) < 1e-7)
      } else {
        for row in 0..<old.rows { #expect(old.row(row).elementsEqual(new.row(row))) }
      }
    }
    // A text of old tokens, and of one that is its only piece, is answered as before.
    func answer(_ model: BertModel, _ ids: [Int32]) throws -> [Float] {
      var request = OutputRequest()
      request.logits = head != .none
      request.hiddenStates = [3]
      let output = try model.forward(
        Batch(inputIDs: [ids], tokenTypeIDs: [ids.map { _ in 0 }]), request: request, workspace: Workspace())
      return Array(try #require(output.hiddenStates[3]).row(1))
    }
    #expect(try answer(more, [2, 7, 5]) == answer(model, [2, 7, 5]))
    #expect(try answer(more, [2, 40, 5]) == answer(model, [2, 7, 5]))
    // Embeddings that the model had to spare are taken first.
    #expect(try model.extended(from: 30, with: pieces).config.vocabSize == 40)
    #expect(try model.extended(from: 50, with: pieces).config.vocabSize == 52)
  }
}
