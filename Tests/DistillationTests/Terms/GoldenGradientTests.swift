import BERT
import Distillation
import Tensors
import TestSupport
import Testing
import Training

/// Every case of the golden gradients (PyTorch and transformers): loss and all gradients, through the real encoder.
@Suite struct GoldenGradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var term: TermSettings
    var epoch = 0
    var testDescription: String { name }
  }

  private static let uniform = LayerMap.pairs([
    LayerPair(student: 1, teacher: 2), LayerPair(student: 2, teacher: 4),
  ])
  private static let states = LayerMap.pairs([
    LayerPair(student: 0, teacher: 0), LayerPair(student: 1, teacher: 2), LayerPair(student: 2, teacher: 4),
  ])

  static let cases = [
    Case(name: "cross_entropy", term: TermSettings("labels")),
    Case(name: "regression_mse", term: TermSettings("labels")),
    Case(name: "kd_kl_T4", term: TermSettings("kl", KLOptions(temperature: 4))),
    // Epoch 12 of 14 with τmax 7 is T = 1, epoch 8 is T = 3, epoch 0 is T = 7.
    Case(
      name: "annealing_T1", term: TermSettings("annealed_mse", AnnealedMSEOptions(maxTemperature: 7)),
      epoch: 12),
    Case(
      name: "annealing_T3", term: TermSettings("annealed_mse", AnnealedMSEOptions(maxTemperature: 7)),
      epoch: 8),
    Case(
      name: "annealing_T7", term: TermSettings("annealed_mse", AnnealedMSEOptions(maxTemperature: 7)),
      epoch: 0),
    Case(name: "hidden_mse", term: TermSettings("hidden_mse", HiddenOptions(layers: states))),
    Case(name: "hidden_cosine", term: TermSettings("hidden_cosine", HiddenOptions(layers: states))),
    Case(
      name: "attention_mse_mean_heads", term: TermSettings("attention_mse", LayerMapOptions(layers: uniform))),
    Case(
      name: "attention_kl_mean_heads", term: TermSettings("attention_kl", LayerMapOptions(layers: uniform))),
    Case(
      name: "pkd_cls",
      term: TermSettings("pkd", PatientOptions(layers: .pairs([LayerPair(student: 1, teacher: 2)])))),
    Case(name: "minilm_v2_relations", term: TermSettings("relations", RelationOptions(relationHeads: 4))),
  ]

  private struct Losses: Decodable { var cases: [String: GoldenLoss] }

  /// A teacher that runs as it is, with the golden logits' model.
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

  @Test(arguments: cases, GoldenFolder.all) func lossAndGradients(_ test: Case, _ folder: GoldenFolder) throws
  {
    let student = try folder.model(
      config: "gradients/student.config.json", folder.tensors("gradients/student"), prefix: "student.")
    let teacher = try folder.model(
      config: "gradients/teacher.config.json", folder.tensors("gradients/teacher"), prefix: "teacher.")
    let golden = try folder.tensors("gradients/cases")
    let losses = try folder.decode(Losses.self, from: "gradients/cases.json").cases
    let packed = try golden.batch()
    let isRegression = test.name == "regression_mse"
    let targets: [Target?] =
      isRegression
      ? try golden.floats("targets").map { .score($0) }
      : try golden.integers("labels").map { .label(Int($0)) }
    let batch = LabelledBatch(
      batch: packed, targets: targets, rows: (0..<packed.sequenceCount).map { RowID(number: $0) })
    let term = try TermTable.standard.make(
      test.term, name: test.term.kind,
      in: TermTable.Setting(student: student.config, teacher: teacher.config, isRegression: isRegression))
    let objective = DistillationObjective(
      terms: [(term: term, weight: 1)], teacher: LiveTeacher(teacher), seed: 1)
    if let parameters = objective.parameters {
      try golden.fill(parameters, #require(parameters.layout.entries.first), from: "projection")
    }
    let own = objective.parameters.map { ParameterStore(layout: $0.layout) }
    let workspace = Workspace()
    let output = try student.forward(
      packed, request: objective.request, mode: .training(DropoutKey(seed: 1, step: 0)), workspace: workspace)
    let slope = student.makeGradient(for: objective.request, workspace: workspace)
    let terms = try objective.evaluate(
      student: output, batch: batch,
      position: SchedulePosition(step: 0, stepCount: 14, epoch: test.epoch, epochCount: 14), gradient: slope,
      ownGradients: own)
    let gradients = GradientStore(layout: student.parameters.layout)
    student.backward(slope, workspace: workspace, into: gradients)

    let loss = try #require(losses[test.name])
    #expect(loss.isClose(to: terms[0].value), "\(terms[0].value), expected \(loss.loss)")
    let prefix = "\(test.name).grad."
    let differences = try golden.differences(of: gradients.store, prefix: prefix, others: ["projection"])
    #expect(differences.isEmpty, "\(differences)")
    #expect(golden.names.contains(prefix + "projection") == (own != nil))
    if let own {
      let found = (0..<own.values.count).map { own.values.base[$0] }
      let difference = GoldenTolerance.difference(found, try golden.floats(prefix + "projection"))
      #expect(difference == nil)
    }
  }
}
