import ArgumentParser
import BERT
import Runs
import Tensors
import Training

/// `anneal benchmark infer`.
struct BenchmarkInferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer", abstract: "How fast a model classifies real sentences.",
    discussion: "Example: anneal benchmark infer --model runs/teacher --task SST-2 --examples 3200")

  @OptionGroup var options: BenchmarkOptions

  func run() throws {
    let (model, _, rows) = try options.load()
    let batches = options.batches(of: rows).map { rows.batch($0).batch }
    let workspace = Workspace()
    func pass(_ batches: some Sequence<Batch>) throws {
      for batch in batches { _ = try model.forward(batch, workspace: workspace) }
    }
    try pass(batches.prefix(5))
    let seconds = min(
      try Benchmark.seconds { try pass(batches) }, try Benchmark.seconds { try pass(batches) })
    let flops = Benchmark.flops(model.config, rows)
    try BenchmarkResult(rows: rows, seconds: seconds, flops: flops).print(json: options.json)
  }
}
