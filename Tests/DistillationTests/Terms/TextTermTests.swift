import BERT
import Distillation
import Tensors
import TestSupport
import Testing
import Training

/// Terms of text and of sentence vectors, against PyTorch and against differences of their own values.
@Suite struct TextTermTests {
  /// The terms whose values are held against PyTorch's here.
  static let kinds: Set<String> = [
    "mlm", "vocabulary_kl", "sentence_vector", "sentence_similarity", "logits_l1",
  ]

  private final class LiveTeacher: TeacherSource {
    let model: BertModel
    let workspace = Workspace()
    init(_ model: BertModel) { self.model = model }
    func outputs(for batch: LabelledBatch, request: OutputRequest, at position: SchedulePosition) throws
      -> EncoderOutput
    {
      try model.forward(batch.batch, request: request, workspace: workspace)
    }
  }

  static let folders = GoldenFolder.all(with: "pretrain/language.json")

  private static let language: [String: [TermSettings]] = [
    "mlm": [TermSettings("mlm")],
    "vocabulary_kl_T2": [TermSettings("vocabulary_kl", KLOptions(temperature: 2))],
    "distilbert": [
      TermSettings("mlm", weight: 2), TermSettings("vocabulary_kl", weight: 5, KLOptions(temperature: 2)),
      TermSettings("hidden_cosine"),
    ],
  ]

  /// Loss and every gradient of two small masked-language models, through the real encoder.
  @Test(arguments: folders, language.keys.sorted()) func languageLosses(
    _ folder: GoldenFolder, _ name: String
  )
    throws
  {
    let golden = try folder.tensors("pretrain/language")
    let loss = try #require(
      try folder.decode([String: GoldenLoss].self, from: "pretrain/language.json")[name])
    let (student, teacher) = (
      try folder.model(config: "pretrain/student.config.json", golden, prefix: "student.", head: .maskedLM),
      try folder.model(config: "pretrain/teacher.config.json", golden, prefix: "teacher.", head: .maskedLM)
    )
    let packed = try golden.batch()
    let (mask, labels) = (try golden.integers("attention_mask"), try golden.integers("mlm_labels"))
    let width = try golden.shape("mlm_labels")[1]
    let targets = (0..<packed.sequenceCount).map { row -> Target? in
      let own = zip(mask, labels).dropFirst(row * width).prefix(width).filter { $0.0 == 1 }.map { $0.1 }
      let places = own.indices.filter { own[$0] >= 0 }
      return .tokens(MaskedTokens(places: places.map { Int32($0) }, ids: places.map { own[$0] }))
    }
    let batch = LabelledBatch(
      batch: packed, targets: targets, rows: (0..<packed.sequenceCount).map { RowID(number: $0) })
    let objective = try TermTable.standard.objective(
      of: #require(Self.language[name]), teacher: LiveTeacher(teacher),
      in: TermTable.Setting(student: student.config, teacher: teacher.config, isRegression: false))
    if let parameters = objective.parameters {
      try golden.fill(parameters, #require(parameters.layout.entries.first), from: "projection")
    }
    let own = objective.parameters.map { ParameterStore(layout: $0.layout) }
    let (workspace, request) = (Workspace(), objective.request(for: batch))
    #expect(request.logitTokens?.count == labels.count { $0 >= 0 })
    let output = try student.forward(
      batch.batch, request: request, mode: .differentiable, workspace: workspace)
    let slope = student.makeGradient(for: request, workspace: workspace)
    let terms = try objective.evaluate(
      student: output, batch: batch,
      position: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1), gradient: slope,
      ownGradients: own)
    let gradients = GradientStore(layout: student.parameters.layout)
    student.backward(slope, workspace: workspace, into: gradients)
    let value = terms.reduce(0) { $0 + $1.value }
    #expect(loss.isClose(to: value), "\(value), expected \(loss.loss)")
    let differences = try golden.differences(
      of: gradients.store, prefix: "\(name).grad.", others: ["projection"])
    #expect(differences.isEmpty, "\(differences)")
    if let own {
      let found = (0..<own.values.count).map { own.values.base[$0] }
      #expect(GoldenTolerance.difference(found, try golden.floats("\(name).grad.projection")) == nil)
    }
  }

  private static let vectors: [String: TermSettings] = [
    "vector_l1_mean": TermSettings("sentence_vector"),
    "vector_mse_cls": TermSettings("sentence_vector", SentenceVectorOptions(distance: .mse, pooling: .cls)),
    "vector_cosine_mean": TermSettings("sentence_vector", SentenceVectorOptions(distance: .cosine)),
    "similarity_mean": TermSettings("sentence_similarity"),
    "logits_l1": TermSettings("logits_l1"),
  ]

  /// Loss, and gradient of states or logits, as PyTorch has them.
  @Test(arguments: folders, vectors.keys.sorted()) func vectorLosses(_ folder: GoldenFolder, _ name: String)
    throws
  {
    let golden = try folder.tensors("pretrain/vectors")
    let loss = try #require(
      try folder.decode([String: GoldenLoss].self, from: "pretrain/vectors.json")[name])
    let lengths = try golden.integers("lengths").map { Int($0) }
    let batch = LabelledBatch(
      batch: Batch(inputIDs: lengths.map { [Int32](repeating: 1, count: $0) }),
      targets: lengths.map { _ in nil }, rows: lengths.indices.map { RowID(number: $0) })
    let config = BertConfig(
      vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16)
    let settings = try #require(Self.vectors[name])
    let term = try TermTable.standard.make(
      settings, name: settings.kind,
      in: TermTable.Setting(student: config, teacher: config, isRegression: false))
    let arena = Arena()
    func matrix(_ name: String?) throws -> Matrix {
      let shape = try golden.shape(settings.kind == "logits_l1" ? "logits" : "student")
      let matrix = arena.zeros(shape[0], shape[1])
      if let name {
        for (i, value) in try golden.floats(name).enumerated() {
          matrix.base[i / shape[1] * matrix.stride + i % shape[1]] = value
        }
      }
      return matrix
    }
    var (student, teacher, gradient) = (EncoderOutput(), EncoderOutput(), OutputGradient())
    let slope = try matrix(nil)
    if settings.kind == "logits_l1" {
      (student.logits, teacher.logits) = (try matrix("logits"), try matrix("answers"))
      gradient.logits = slope
    } else if name.hasSuffix("cls") {
      let firsts = batch.batch.sequenceStarts.dropLast()
      func first(_ name: String) throws -> Matrix {
        let (all, some) = (try matrix(name), arena.zeros(lengths.count, 8))
        for (place, row) in firsts.enumerated() { _ = some.row(place).update(from: all.row(row)) }
        return some
      }
      student.firstTokenStates = [1: try first("student")]
      teacher.firstTokenStates = [1: try first("teacher")]
      gradient.firstTokenStates = [1: arena.zeros(lengths.count, 8)]
    } else {
      student.hiddenStates = [1: try matrix("student")]
      teacher.hiddenStates = [1: try matrix("teacher")]
      gradient.hiddenStates = [1: slope]
    }
    let value = try term.evaluate(
      TermContext(
        student: student, teacher: teacher, batch: batch,
        position: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1), weight: 1,
        gradient: gradient, parameters: nil, ownGradients: nil))
    #expect(loss.isClose(to: value), "\(value), expected \(loss.loss)")
    if let firsts = gradient.firstTokenStates[1] {
      for (place, row) in batch.batch.sequenceStarts.dropLast().enumerated() {
        _ = slope.row(row).update(from: firsts.row(place))
      }
    }
    let found = (0..<slope.rows).flatMap { Array(slope.row($0)) }
    #expect(GoldenTolerance.difference(found, try golden.floats("\(name).grad")) == nil)
  }

  /// The gradient of logits at masked tokens against central differences, of one batch and of a step cut in two.
  @Test(arguments: ["mlm", "vocabulary_kl"]) func gradientIsThatOfTheValue(_ kind: String) throws {
    let config = BertConfig(
      vocabSize: 11, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16)
    let settings =
      kind == "mlm" ? TermSettings(kind) : TermSettings(kind, KLOptions(temperature: 3))
    let term = try TermTable.standard.make(
      settings, name: kind, in: TermTable.Setting(student: config, teacher: config, isRegression: false))
    var totals = BatchTotals(sequences: 4, labelled: 0, tokens: 12, pairs: 36)
    let batch = LabelledBatch(
      batch: Batch(inputIDs: [[1, 2, 3], [4, 5, 6, 7]]),
      targets: [
        .tokens(MaskedTokens(places: [1], ids: [8])), .tokens(MaskedTokens(places: [0, 3], ids: [2, 10])),
      ], rows: [0, 1])
    // Two tokens more are masked in the other part of the step.
    for _ in 0..<2 { totals.count(batch.targets[0]) }
    for target in batch.targets { totals.count(target) }
    #expect(totals.predicted == 5 && totals.labelled == 0)
    let part = LabelledBatch(batch: batch.batch, targets: batch.targets, rows: batch.rows, totals: totals)
    let arena = Arena()
    let (logits, answers, slope) = (arena.matrix(3, 11), arena.matrix(3, 11), arena.zeros(3, 11))
    let random = CounterRandom(seed: 3, purpose: .init("text terms"))
    for i in 0..<33 {
      logits[i / 11, i % 11] = Float(2 * random.normal(UInt64(i)))
      answers[i / 11, i % 11] = Float(2 * random.normal(UInt64(100 + i)))
    }
    func value(_ gradient: Matrix) throws -> Double {
      var (student, teacher, slopes) = (EncoderOutput(), EncoderOutput(), OutputGradient())
      (student.logits, teacher.logits, slopes.logits) = (logits, answers, gradient)
      return try term.evaluate(
        TermContext(
          student: student, teacher: teacher, batch: part,
          position: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1), weight: 0.7,
          gradient: slopes, parameters: nil, ownGradients: nil))
    }
    _ = try value(slope)
    for i in 0..<33 {
      let (row, column, step) = (i / 11, i % 11, Float(1e-2))
      let old = logits[row, column]
      logits[row, column] = old + step
      let above = try value(arena.zeros(3, 11))
      logits[row, column] = old - step
      let below = try value(arena.zeros(3, 11))
      logits[row, column] = old
      let expected = 0.7 * (above - below) / Double(2 * step)
      #expect(abs(Double(slope[row, column]) - expected) < 2e-4, "\(row), \(column)")
    }
  }
}
