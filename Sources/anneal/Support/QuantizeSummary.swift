import BERT
import Files
import GLUE
import Reporting
import Tensors
import Training

/// What a change of number format came to, for people and for machines.
struct QuantizeSummary: Encodable {
  /// One module.
  struct Module: Encodable {
    let name: String
    let precision: String
    let sensitivity: Double?
  }
  /// The dev rows in both formats.
  struct Measured: Encodable {
    let split: String
    let rows: Int
    let before: [String: Double]
    let after: [String: Double]
    let flips: Int?
    let logitMovement: Double
    let examplesPerSecondBefore: Double
    let examplesPerSecondAfter: Double
    let speedup: Double

    enum CodingKeys: String, CodingKey {
      case split, rows, before, after, flips, speedup
      case logitMovement = "logit_movement"
      case examplesPerSecondBefore = "examples_per_s_before"
      case examplesPerSecondAfter = "examples_per_s_after"
    }
  }

  let output: String
  let precision: String
  let bytesBefore: Int
  let bytesAfter: Int
  let modules: [Module]
  let measured: Measured?
  let threads: Int
  let machine: String
  private let metrics: [String]

  enum CodingKeys: String, CodingKey {
    case output, precision, modules, measured, threads, machine
    case bytesBefore = "bytes_before"
    case bytesAfter = "bytes_after"
  }

  /// What was written to `folder` out of another one.
  init(
    folder: String, from: ModelFolder, model: BertModel, modules: [Quantization.Module],
    comparison: QuantizationComparison? = nil
  ) {
    output = folder
    precision = model.precision
    (bytesBefore, bytesAfter) = (Self.bytes(from.path), Self.bytes(folder))
    self.modules = modules.map { Module(name: $0.name, precision: $0.precision, sensitivity: $0.sensitivity) }
    metrics = comparison?.before.values.map(\.name) ?? []
    measured = comparison.map { found in
      func values(_ metrics: Metrics) -> [String: Double] {
        Dictionary(metrics.values.map { ($0.name, $0.value) }) { first, _ in first }
      }
      return Measured(
        split: Split.dev.rawValue, rows: found.rows, before: values(found.before), after: values(found.after),
        flips: found.flips, logitMovement: found.movement, examplesPerSecondBefore: found.rowsPerSecondBefore,
        examplesPerSecondAfter: found.rowsPerSecondAfter,
        speedup: found.rowsPerSecondAfter / found.rowsPerSecondBefore)
    }
    threads = Parallel.threads
    machine = Machine.description
  }

  /// The bytes of a folder's weights.
  private static func bytes(_ folder: String) -> Int {
    let files = ((try? Files.list(folder)) ?? []).filter { $0.hasSuffix(".safetensors") }
    return files.reduce(0) { $0 + ((try? MappedFile("\(folder)/\($1)").bytes.count) ?? 0) }
  }

  /// A few lines about the whole, and one for each module.
  var text: String {
    var text = ""
    if !modules.isEmpty {
      let isMeasured = modules.contains { $0.sensitivity != nil }
      var table = TextTable(
        [("module", .left)] + (isMeasured ? [("moves logits by", .right)] : []) + [("weights", .left)])
      for module in modules {
        table.add(
          [module.name]
            + (isMeasured ? [module.sensitivity.map { "\(Format.fixed(100 * $0, 2)) %" } ?? ""] : [])
            + [module.precision])
      }
      text += table.text
      text += "classifier, biases and LayerNorm: float32\n"
    }
    text +=
      "\(output): \(precision), \(Format.bytes(bytesAfter)) of weights (before: \(Format.bytes(bytesBefore)))\n"
    guard let measured else { return text }
    text += "on \(Format.grouped(measured.rows)) dev rows, float32 and \(precision):\n"
    for name in metrics {
      text +=
        "\(name) \(Format.fixed(measured.before[name] ?? 0, 4)), \(Format.fixed(measured.after[name] ?? 0, 4))\n"
    }
    if let flips = measured.flips { text += "other answers than before: \(Format.grouped(flips))\n" }
    text += "logits moved by \(Format.fixed(100 * measured.logitMovement, 2)) % of their deviation\n"
    text += "\(Format.short(measured.examplesPerSecondBefore)) rows/s before, "
    text +=
      "\(Format.short(measured.examplesPerSecondAfter)) after: \(Format.fixed(measured.speedup, 2)) times, "
    return text + "threads \(threads), \(machine)\n"
  }
}
