import BERT
import Distillation
import Files
import FoundationEssentials
import Tensors
import TestSupport
import Testing
import Training

/// Every case of ../shared/goldens/gradients (PyTorch and transformers): loss and all gradients, through the
/// real encoder, within relative 2e-4 or absolute 2e-6.
@Suite(.enabled(if: SharedData.isAvailable)) struct GoldenGradientTests {
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

  private struct Losses: Decodable {
    struct Entry: Decodable { var loss: Double }
    var cases: [String: Entry]
  }

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

  @Test(arguments: cases) func lossAndGradients(_ test: Case) throws {
    let folder = SharedData.path + "/goldens/gradients/"
    let student = try Goldens.model(
      config: folder + "student.config.json", tensors: SafetensorsFile(folder + "student.safetensors"),
      prefix: "student.",
      labels: 3)
    let teacher = try Goldens.model(
      config: folder + "teacher.config.json", tensors: SafetensorsFile(folder + "teacher.safetensors"),
      prefix: "teacher.",
      labels: 3)
    let file = try SafetensorsFile(folder + "cases.safetensors")
    let losses = try JSONDecoder().decode(
      Losses.self, from: Data(try Files.read(folder + "cases.json")))
    let packed = try Goldens.batch(file)
    let isRegression = test.name == "regression_mse"
    let scores = try file["targets"]?.floats() ?? []
    let targets: [Target?] =
      isRegression
      ? scores.map { .score($0) } : try Goldens.integers(file, "labels").map { .label(Int($0)) }
    let batch = LabelledBatch(
      batch: packed, targets: targets, rows: (0..<packed.sequenceCount).map { RowID(number: $0) })
    let term = try TermTable.standard.make(
      test.term, name: test.term.kind,
      in: TermTable.Setting(student: student.config, teacher: teacher.config, isRegression: isRegression))
    let objective = DistillationObjective(
      terms: [(term: term, weight: 1)], teacher: LiveTeacher(teacher), seed: 1)
    if let parameters = objective.parameters {
      let entry = try #require(parameters.layout.entries.first)
      let target = UnsafeMutableBufferPointer(
        start: parameters.values.base + entry.offset, count: entry.count)
      try #require(file["projection"]).copy(into: target)
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

    let loss = try #require(losses.cases[test.name]).loss
    #expect(abs(terms[0].value - loss) <= max(2e-6, 2e-4 * abs(loss)))
    let store = gradients.store
    for entry in store.layout.entries {
      guard let expected = try file["\(test.name).grad.\(entry.name)"]?.floats() else { continue }
      expectClose(store.values.base + entry.offset, expected, "\(test.name) \(entry.name)")
    }
    if let own, let entry = own.layout.entries.first {
      let expected = try #require(file["\(test.name).grad.projection"]).floats()
      expectClose(own.values.base + entry.offset, expected, "\(test.name) projection")
    }
  }

  /// Element by element, relative 2e-4 or absolute 2e-6, as the goldens say.
  private func expectClose(_ found: UnsafeMutablePointer<Float>, _ expected: [Float], _ name: String) {
    let bad = expected.indices.filter {
      abs(found[$0] - expected[$0]) > max(2e-6, 2e-4 * abs(expected[$0]))
    }
    #expect(bad.isEmpty, "\(name): \(bad.count) elements, \(bad.prefix(3).map { (found[$0], expected[$0]) })")
  }
}
