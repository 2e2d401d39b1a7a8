import BERT
import Files
import GLUE
import Tensors
import TestSupport
import Testing
import Tokenization
import Training

/// What the article *A pretrained encoder with a new head* shows, with a small model.
@Suite struct NewHeadTests {
  @Test func anEncoderLearnsLabelsOfItsOwnAndIsSavedWithItsTokenizer() throws {
    try withTemporaryDirectory { folder in
      let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<40).map { "w\($0)" }
      let original = try Tokenizer(vocabulary: Vocabulary(tokens: words))
      try TinyModels.model(head: .maskedLM).save(to: folder + "/pretrained", with: original)
      let labels = ["praise", "complaint", "question"]
      let pretrained = try BertModel.load(
        directory: folder + "/pretrained",
        head: .sequenceClassification(labels: labels, reinitialize: true, seed: 1))
      #expect(
        pretrained.notes.contains { $0.contains("newly initialised: ") && $0.contains("classifier.weight") })
      let model = pretrained.model
      let tokenizer = try Tokenizer(directory: folder + "/pretrained")
      let rows = [("w5 w6 w7", 0), ("w8 w9", 1), ("w10 w11 w12", 2)]
      let encodings = try rows.map { try tokenizer.encode($0.0, maxLength: 128) }
      let batch = Batch(inputIDs: encodings.map(\.ids), tokenTypeIDs: encodings.map(\.tokenTypeIDs))
      let workspace = Workspace()
      let gradients = GradientStore(layout: model.parameters.layout)
      let optimizer = AdamW(parameters: model.parameters, settings: TrainingSettings())
      let rate = LearningRate(peak: 5e-3, warmupRatio: 0.1, stepCount: 30, scheduler: .linear)
      for step in 0..<30 {
        let output = try model.forward(
          batch, mode: .training(DropoutKey(seed: 1, step: UInt64(step))), workspace: workspace)
        let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
        let (logits, slope) = (try #require(output.logits), try #require(gradient.logits))
        for (row, example) in rows.enumerated() {
          for (label, probability) in Answer.probabilities(Array(logits.row(row))).enumerated() {
            slope[row, label] = Float(probability - (label == example.1 ? 1 : 0)) / Float(rows.count)
          }
        }
        gradients.zero()
        model.backward(gradient, workspace: workspace, into: gradients)
        optimizer.step(
          gradient: gradients.store, rows: gradients.touchedRows, scale: 1, learningRate: rate.value(at: step)
        )
      }
      try model.save(to: folder + "/mine", with: tokenizer)
      let saved = try BertModel.load(directory: folder + "/mine").model
      let own = try Tokenizer(directory: folder + "/mine")
      #expect(saved.config.labels == labels && own.vocabulary == original.vocabulary)
      let texts = try rows.map { try own.encode($0.0) }
      let again = Batch(inputIDs: texts.map(\.ids), tokenTypeIDs: texts.map(\.tokenTypeIDs))
      let logits = try #require(try saved.forward(again, workspace: workspace).logits)
      for (row, example) in rows.enumerated() {
        #expect(Answer.label(Array(logits.row(row)), toTask: [0, 1, 2]) == .index(example.1))
      }
    }
  }
}
