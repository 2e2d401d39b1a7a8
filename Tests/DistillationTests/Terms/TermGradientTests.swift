import BERT
import Distillation
import Tensors
import Testing
import Training

/// Every term of the table: its gradient against central differences of its value, for the student's output
/// and for its own projections, with widths and head counts equal and different.
@Suite struct TermGradientTests {
  static let batch = LabelledBatch(
    batch: Batch(inputIDs: [[1, 2, 3, 4], [5], [6, 7, 8], [9, 10]]),
    targets: [.label(1), nil, .label(0), .label(2)], rows: [3, 1, 4, 0])

  struct Case: Sendable, CustomTestStringConvertible {
    var term: TermSettings
    var isRegression = false
    var targets: [Target?]?
    var isMultiLabel = false
    var hasOtherShape = true
    var epoch = 1
    var studentLayers = 2
    var classWeights: [Double]?
    var testDescription: String {
      "\(term.kind) \(isRegression ? "regression " : "")\(hasOtherShape ? "other shape" : "same shape")"
    }
  }

  static let shares: [Target?] = [
    .shares([0.2, 0.5, 0.3]), nil, .shares([1, 0, 0]), .shares([0, 0.25, 0.75]),
  ]
  static let holds: [Target?] = [.holds([1, 0, 1]), nil, .holds([0, 0, 0]), .holds([1, 1, 1])]

  static let cases: [Case] =
    TermTable.standard.entries.filter { !$0.predictsTokens }.flatMap { entry in
      [true, false].map { Case(term: TermSettings(entry.kind, weight: 0.7), hasOtherShape: $0) }
    } + [
      Case(term: TermSettings("kl", KLOptions(temperature: 4))),
      Case(term: TermSettings("kl"), isRegression: true),
      Case(term: TermSettings("labels"), isRegression: true),
      Case(term: TermSettings("labels"), classWeights: [0.5, 3, 1]),
      Case(term: TermSettings("continuation"), classWeights: [0.5, 3, 1]),
      Case(term: TermSettings("labels"), targets: shares),
      Case(term: TermSettings("continuation"), targets: shares),
      Case(term: TermSettings("kl", KLOptions(temperature: 4)), targets: holds, isMultiLabel: true),
      Case(term: TermSettings("labels"), targets: holds, isMultiLabel: true, classWeights: [0.5, 3, 1]),
      Case(term: TermSettings("continuation"), targets: holds, isMultiLabel: true),
      Case(term: TermSettings("continuation"), epoch: 9),
      Case(term: TermSettings("continuation"), isRegression: true),
      Case(
        term: TermSettings("continuation", ContinuationOptions(maxTemperature: 4, margin: 1, annealBy: .step))
      ),
      Case(term: TermSettings("annealed_mse", AnnealedMSEOptions(maxTemperature: 20, annealBy: .step))),
      Case(term: TermSettings("relations", RelationOptions(relationHeads: 2))),
      Case(term: TermSettings("rail", RandomLayersOptions(projectionSize: 6, form: .concatenated))),
      Case(
        term: TermSettings("rail", RandomLayersOptions(projectionSize: 6, form: .concatenated)),
        hasOtherShape: false,
        studentLayers: 4),
      Case(term: TermSettings("rail", RandomLayersOptions(projectionSize: 6)), studentLayers: 4),
      Case(term: TermSettings("hidden_mse", HiddenOptions(project: true)), hasOtherShape: false),
      Case(term: TermSettings("hidden_cosine", HiddenOptions(project: true)), hasOtherShape: false),
      Case(term: TermSettings("pkd", PatientOptions(normalize: false))),
      Case(term: TermSettings("kl_gold", KLOptions(temperature: 4))),
      Case(term: TermSettings("kl_gold"), isRegression: true),
      Case(term: TermSettings("kl_topk", TopKOptions(topK: 1))),
      Case(term: TermSettings("kl_similarity"), isRegression: true),
      Case(term: TermSettings("virtual_teacher"), isRegression: true),
      Case(term: TermSettings("lipschitz", LipschitzOptions(compare: .difference, decay: 1, iterations: 2))),
      Case(term: TermSettings("lipschitz"), studentLayers: 4),
    ]

  /// Vectors of sentences, made and compared in every way but L1, whose value has corners.
  static let vectorCases: [Case] = [SentencePooling.mean, .cls].flatMap { pooling -> [Case] in
    [
      TermSettings("sentence_vector", SentenceVectorOptions(distance: .mse, pooling: pooling)),
      TermSettings("sentence_vector", SentenceVectorOptions(distance: .cosine, pooling: pooling)),
      TermSettings("sentence_similarity", SentenceSimilarityOptions(pooling: pooling)),
    ].map { Case(term: $0) }
  }

  @Test(arguments: cases + vectorCases) func gradientIsThatOfTheValue(_ test: Case) throws {
    let student = BertConfig(
      vocabSize: 20, hiddenSize: 8, numHiddenLayers: test.studentLayers, numAttentionHeads: 2,
      intermediateSize: 16)
    var teacher = BertConfig(
      vocabSize: 20, hiddenSize: 12, numHiddenLayers: 5, numAttentionHeads: 3, intermediateSize: 16)
    if !test.hasOtherShape { (teacher.hiddenSize, teacher.numAttentionHeads) = (8, 2) }
    var batch = Self.batch
    if test.isRegression { batch.targets = [.score(0.3), nil, .score(-1), .score(2)] }
    if let targets = test.targets { batch.targets = targets }
    let labels = test.isRegression ? 1 : 3
    var setting = TermTable.Setting(
      student: student, teacher: teacher, isRegression: test.isRegression, labelSmoothing: 0.1,
      classWeights: test.classWeights, seed: 5)
    setting.classVectors = test.isRegression ? nil : [[1, 0.5, -1], [0.3, 2, 1], [1, 1, -0.5]]
    setting.isMultiLabel = test.isMultiLabel
    let term = try TermTable.standard.make(test.term, name: "term", in: setting)
    let position = SchedulePosition(step: 30, stepCount: 300, epoch: test.epoch, epochCount: 10)
    let output = RandomOutput(
      term.studentRequest, config: student, batch: batch.batch, labels: labels, seed: 1)
    let said = RandomOutput(
      term.teacherRequest(at: position) ?? OutputRequest(), config: teacher, batch: batch.batch,
      labels: labels,
      seed: 2)
    let gradient = RandomOutput(
      term.studentRequest, config: student, batch: batch.batch, labels: labels, seed: 1, scale: 0)
    let ignored = RandomOutput(
      term.studentRequest, config: student, batch: batch.batch, labels: labels, seed: 1, scale: 0)
    var layout = ParameterLayout()
    term.declareParameters(in: &layout)
    let parameters = ParameterStore(layout: layout)
    let own = ParameterStore(layout: layout)
    let ignoredOwn = ParameterStore(layout: layout)
    term.initialize(parameters, seed: 3)

    func value(into gradient: RandomOutput, _ own: ParameterStore) throws -> Double {
      try term.evaluate(
        TermContext(
          student: output.output, teacher: said.output, batch: batch, position: position, weight: 0.7,
          gradient: gradient.gradient, parameters: parameters, ownGradients: own))
    }
    let atRest = try value(into: gradient, own)
    #expect(atRest.isFinite && atRest > 0)

    let step: Float = 3e-3
    func check(_ name: String, _ x: UnsafeMutablePointer<Float>, _ analytic: Float, _ largest: Float) throws {
      let kept = x.pointee
      x.pointee = kept + step
      let above = try value(into: ignored, ignoredOwn)
      x.pointee = kept - step
      let below = try value(into: ignored, ignoredOwn)
      x.pointee = kept
      let numeric = 0.7 * (above - below) / Double(2 * step)
      let tolerance = 5e-5 + 1e-2 * abs(numeric) + 5e-3 * Double(largest)
      #expect(abs(numeric - Double(analytic)) < tolerance, "\(name): \(numeric) and \(analytic)")
    }
    var isAlive = false
    for (part, slope) in zip(output.parts, gradient.parts) {
      let largest = (0..<slope.matrix.count).reduce(0) { max($0, abs(slope.matrix.base[$1])) }
      isAlive = isAlive || largest > 1e-4
      for i in 0..<part.matrix.count {
        try check("\(part.name)[\(i)]", part.matrix.base + i, slope.matrix.base[i], largest)
      }
    }
    for entry in layout.entries {
      let slope = own.values.base + entry.offset
      let largest = (0..<entry.count).reduce(0) { max($0, abs(slope[$1])) }
      for i in 0..<entry.count {
        try check("\(entry.name)[\(i)]", parameters.values.base + entry.offset + i, slope[i], largest)
      }
    }
    #expect(isAlive, "a gradient of nothing proves nothing")
  }
}
