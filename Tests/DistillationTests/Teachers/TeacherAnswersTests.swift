import BERT
import GLUE
import Tensors
import Testing
import Tokenization
import Training

@testable import Distillation

/// A teacher that was not asked about a row answers live or says so; never with nothing, and never with another row's.
@Suite struct TeacherAnswersTests {
  private static let position = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)

  private static func tokenizer(_ words: [String]) throws -> Tokenizer {
    try Tokenizer(vocabulary: Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words))
  }

  private static func teacher(students words: [String]?) throws -> Teacher {
    var config = BertConfig(
      vocabSize: 7, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8)
    config.labels = ["1", "0"]
    return try Teacher(
      model: BertModel(config: config, head: .sequenceClassification(labels: 2), seed: 3),
      tokenizer: tokenizer(["a", "b"]), task: GLUETask.named("SST-2"), studentLabels: ["0", "1"],
      studentTokenizer: words.map(tokenizer))
  }

  private static func logits(_ teacher: Teacher, _ rows: [RowID]) throws -> [[Float]] {
    let batch = LabelledBatch(
      batch: Batch(inputIDs: rows.map { _ in [2, 5, 3] }), targets: rows.map { _ in nil }, rows: rows)
    let found = try #require(
      try teacher.outputs(for: batch, request: OutputRequest(), at: position).logits)
    return (0..<found.rows).map { Array(found.row($0)) }
  }

  @Test func rowsThatNobodyAskedAboutAreAnsweredLive() throws {
    let teacher = try Self.teacher(students: ["a", "b"])
    let live = try Self.logits(teacher, [0, RowID(dataSet: 3, number: 9)])
    #expect(live[0] == live[1] && live[0][0] != live[0][1])
    // Asked beforehand, in the student's order of labels: the same.
    try teacher.answer([Example(first: "a")], maxLength: nil)
    #expect(try Self.logits(teacher, [0]) == [live[0]])
    // One known and one unknown.
    #expect(try Self.logits(teacher, [0, 1]) == live)
  }

  /// Beside a student that multiplies in bfloat16 so does the teacher, but not in what it answers beforehand.
  @Test func besideAStudentItMultipliesAsThatDoes() throws {
    let (exact, coarse) = (try Self.teacher(students: ["a", "b"]), try Self.teacher(students: ["a", "b"]))
    try coarse.runBeside(in: .bfloat16)
    let live = try (Self.logits(exact, [0])[0], Self.logits(coarse, [0])[0])
    #expect(zip(live.0, live.1).allSatisfy { abs($0 - $1) < 0.05 } && live.0 != live.1)
    for teacher in [exact, coarse] { try teacher.answer([Example(first: "a")], maxLength: nil) }
    #expect(try Self.logits(coarse, [0]) == Self.logits(exact, [0]))
  }

  @Test func rowsOfOtherDataSetsAreOtherRows() throws {
    let teacher = try Self.teacher(students: nil)
    let rows = TaskRows(inputIDs: [[2, 6, 3]], tokenTypeIDs: [[0, 0, 0]], targets: [nil], dataSet: 2)
    try teacher.answer(rows)
    #expect(try Self.logits(teacher, [RowID(dataSet: 2, number: 0)]).count == 1)
    #expect(throws: DistillationError.self) { try Self.logits(teacher, [0]) }
  }

  @Test(arguments: [nil, ["a", "c"]]) func anotherTokenizerCannotBeReadLive(words: [String]?) throws {
    let teacher = try Self.teacher(students: words)
    #expect {
      try Self.logits(teacher, [RowID(dataSet: 1, number: 4)])
    } throws: {
      "\($0)".contains("the teacher was not asked about row 5 of data set 1")
    }
  }
}
