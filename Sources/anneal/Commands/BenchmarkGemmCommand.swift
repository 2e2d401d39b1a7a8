import ArgumentParser
import Tensors

/// `anneal benchmark gemm`.
struct BenchmarkGemmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gemm",
    abstract: "How fast this machine multiplies matrices: OpenBLAS and the library's own kernels.",
    discussion: "Example: anneal benchmark gemm --json")

  @Option(help: ArgumentHelp("Rows and columns of the matrices.", valueName: "n"))
  var size = 1536

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if !(16...16_384).contains(size) {
      throw ValidationError("--size must be from 16 to 16384, not \(size).")
    }
  }

  private struct Result: Encodable {
    let sgemmGflops: Double
    let ownGflops: Double
    let size: Int
    let threads: Int
    let machine: String

    enum CodingKeys: String, CodingKey {
      case size, threads, machine
      case sgemmGflops = "sgemm_gflops"
      case ownGflops = "own_gflops"
    }
  }

  func run() throws {
    if let threads = common.threads { Parallel.configure(threads: threads) }
    let result = Result(
      sgemmGflops: Benchmark.sgemm(usesOpenBLAS: true, size: size),
      ownGflops: Benchmark.sgemm(usesOpenBLAS: false, size: size), size: size, threads: Parallel.threads,
      machine: Machine.description)
    if json { return try Output.write(json: result) }
    try Output.write(
      """
      OpenBLAS \(result.sgemmGflops.rounded()) GFLOP/s, own kernels \(result.ownGflops.rounded()) GFLOP/s, \
      threads \(result.threads), \(result.machine)

      """)
  }
}
