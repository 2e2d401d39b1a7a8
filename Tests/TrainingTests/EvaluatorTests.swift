import BERT
import GLUE
import Testing
import Tokenization
import Training

/// What a model must have for a task, found out before anything is trained or removed.
@Suite struct EvaluatorTests {
  @Test func pairsNeedAModelThatTellsTextsApart() throws {
    var config = try BertConfig(shape: "1x8x1", vocabSize: 4)
    let tokenizer = try Tokenizer(vocabulary: Vocabulary(tokens: ["[UNK]", "[CLS]", "[SEP]", "a"]))
    func check(_ task: String, types: Int) throws {
      config.typeVocabSize = types
      let model = try BertModel(config: config, head: .sequenceClassification(labels: 2), seed: 1)
      try Evaluator.check(model, tokenizer, try GLUETask.named(task))
    }
    try check("SST-2", types: 1)
    try check("RTE", types: 2)
    #expect {
      try check("RTE", types: 1)
    } throws: {
      "\($0)".contains("type_vocab_size is 1")
    }
  }
}
