import ArgumentParser
import Tensors

/// `anneal benchmark gemm`.
struct BenchmarkGemmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gemm",
    abstract: "How fast this machine multiplies matrices: OpenBLAS and the library's own kernels.",
    discussion: """
      With --precision int8, also products of rows that are cut to 8 bits with weights in 8 bits, the cutting included; \
      processors with VNNI have four such operations for each one in float32. With --precision bfloat16, products of \
      numbers that are rounded to it, the rounding included, in every way that this processor has.

      Example: anneal benchmark gemm --precision int8
      """)

  @Option(help: ArgumentHelp("Rows and columns of the matrices.", valueName: "n"))
  var size = 1536

  @Option(help: "The number format that products in float32 are put beside: float32, int8 or bfloat16.")
  var precision = "float32"

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if !(16...16_384).contains(size) {
      throw ValidationError("--size must be from 16 to 16384, not \(size).")
    }
    if !["float32", "int8", "bfloat16"].contains(precision) {
      throw ValidationError("--precision must be float32, int8 or bfloat16, not \(precision).")
    }
  }

  private struct Result: Encodable {
    let sgemmGflops: Double
    let ownGflops: Double
    let peakGflops: Double
    let int8Gops: Double?
    let int8Kernel: String?
    /// By the name of the kernel.
    let bfloat16Gflops: [String: Double]?
    let bfloat16PeakGflops: Double?
    let size: Int
    let threads: Int
    let machine: String

    enum CodingKeys: String, CodingKey {
      case size, threads, machine
      case sgemmGflops = "sgemm_gflops"
      case ownGflops = "own_gflops"
      case peakGflops = "peak_gflops"
      case int8Gops = "int8_gops"
      case int8Kernel = "int8_kernel"
      case bfloat16Gflops = "bfloat16_gflops"
      case bfloat16PeakGflops = "bfloat16_peak_gflops"
    }
  }

  func run() throws {
    if let threads = common.threads { Parallel.configure(threads: threads) }
    let result = Result(
      sgemmGflops: Benchmark.sgemm(usesOpenBLAS: true, size: size),
      ownGflops: Benchmark.sgemm(usesOpenBLAS: false, size: size),
      peakGflops: Benchmark.peak(in: .float32),
      int8Gops: precision == "int8" ? Benchmark.int8(size: size) : nil,
      int8Kernel: precision == "int8" ? Int8Weights.variants[0] : nil,
      bfloat16Gflops: precision == "bfloat16" ? Benchmark.bfloat16(size: size) : nil,
      bfloat16PeakGflops: precision == "bfloat16" ? Benchmark.peak(in: .bfloat16) : nil, size: size,
      threads: Parallel.threads,
      machine: Machine.description)
    if json { return try Output.write(json: result) }
    if let rate = result.int8Gops {
      try Output.write(
        "int8 \(rate.rounded()) GOP/s, \((100 * rate / result.ownGflops).rounded() / 100) times own kernels in float32, "
          + "\(Int8Weights.variants[0])\n")
    }
    for (name, rate) in (result.bfloat16Gflops ?? [:]).sorted(by: { $0.value > $1.value }) {
      let use = name == ProductPrecision.bfloat16Kernels.first ? ", which is used" : ""
      try Output.write(
        "bfloat16 \(rate.rounded()) GFLOP/s, \((100 * rate / result.ownGflops).rounded() / 100) times own kernels in float32, "
          + "\(name)\(use)\n")
    }
    if let peak = result.bfloat16PeakGflops {
      try Output.write("multiply-adds in registers: \(peak.rounded()) GFLOP/s in bfloat16\n")
    }
    try Output.write(
      """
      OpenBLAS \(result.sgemmGflops.rounded()) GFLOP/s, own kernels \(result.ownGflops.rounded()) GFLOP/s, \
      multiply-adds in registers \(result.peakGflops.rounded()) GFLOP/s, threads \(result.threads), \(result.machine)

      """)
  }
}
