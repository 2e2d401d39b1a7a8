import ArgumentParser
import BERT
import Runs
import Tensors
import Training

/// `anneal benchmark infer`.
struct BenchmarkInferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer", abstract: "How fast a model classifies real sentences.",
    discussion: """
      With --batch-size 1, also how long one request takes: the median and the time under which 99 of 100 stay.

      Example: anneal benchmark infer --model runs/teacher --task SST-2 --examples 3200
      """)

  @OptionGroup var options: BenchmarkOptions

  @Option(
    help: ArgumentHelp(
      "The format of the weights: \(Self.precisions), or bfloat16 for products alone, beside float32 in the same run. (default: as stored)",
      valueName: "format"))
  var precision: String?

  func validate() throws {
    if let precision, !(["float32", "bfloat16"] + BertModel.formats).contains(precision) {
      throw ValidationError("--precision must be \(Self.precisions) or bfloat16, not \(precision).")
    }
  }

  private static let precisions = (["float32"] + BertModel.formats).joined(separator: ", ")

  private func model(_ stored: BertModel, _ float32: BertModel, _ wanted: String) throws -> BertModel {
    switch wanted {
    case stored.precision: stored
    case "float32": float32
    case "bfloat16": try float32.multiplying(answering: .bfloat16)
    default: try float32.quantized(to: wanted)
    }
  }

  func run() throws {
    let (stored, _, rows) = try options.load()
    let wanted = precision ?? stored.precision
    let float32 = try stored.widened()
    let model = try model(stored, float32, wanted)
    let batches = options.batches(of: rows).map { rows.batch($0).batch }
    let workspace = Workspace()
    func pass(_ model: BertModel, _ batches: some Sequence<Batch>) throws {
      for batch in batches { _ = try model.forward(batch, workspace: workspace) }
    }
    let models = wanted == "float32" ? [model] : [model, float32]
    for model in models { try pass(model, batches.prefix(5)) }
    var seconds = models.map { _ in Double.infinity }
    var requests: [Double] = []
    for _ in 0..<(models.count == 1 ? 2 : 5) {
      for (place, model) in models.enumerated() {
        var each: [Double] = []
        for batch in batches {
          each.append(try Benchmark.seconds { try pass(model, CollectionOfOne(batch)) })
        }
        let all = each.reduce(0, +)
        if place == 0 && all < seconds[0] { requests = each }
        seconds[place] = min(seconds[place], all)
      }
    }
    var result = BenchmarkResult(
      rows: rows, seconds: seconds[0], flops: Benchmark.flops(model.config, rows), precision: wanted)
    if options.batchSize == 1 { result.requests(requests) }
    if seconds.count > 1 { result.beside(float32: Double(rows.count) / seconds[1]) }
    try result.print(json: options.json)
  }
}
