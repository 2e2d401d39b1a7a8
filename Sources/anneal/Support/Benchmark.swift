import ArgumentParser
import BERT
import Files
import GLUE
import Reporting
import Runs
import Tensors
import Tokenization
import Training

/// What the benchmarks of the encoder share: rows of real text, the clock, the yardstick and the report.
struct BenchmarkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The folder of a checkpoint or of a run.", valueName: "dir"), completion: .directory)
  var model: String

  @Option(
    help: ArgumentHelp("The task whose training rows are read: \(TaskOptions.names).", valueName: "task"))
  var task = "SST-2"

  @OptionGroup var tasks: TaskFolderOption

  @Option(help: ArgumentHelp("How many rows, drawn at random.", valueName: "n"))
  var examples = 3200

  @Option(help: ArgumentHelp("Sequences of a batch.", valueName: "n"))
  var batchSize = 32

  @Option(help: ArgumentHelp("The most tokens of a sequence.", valueName: "n"))
  var maxLength = 128

  @Flag(help: "Fill batches with sequences of like length, in random order of batches.")
  var sort = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try TaskOptions.validate(task: task, in: tasks.path)
    try Usage.check("--examples", examples)
    try Usage.check("--batch-size", batchSize)
    try Usage.check("--max-length", maxLength, from: 3)
  }

  /// The model with a head that fits the task, new where it has none, its tokenizer, and rows as token ids, drawn by
  /// the seed.
  func load() throws -> (model: BertModel, tokenizer: Tokenizer, rows: TaskRows) {
    if let threads = common.threads { Parallel.configure(threads: threads) }
    let folder = RunFolder.model(at: model)
    let model = try BertModel.load(directory: folder, head: head()).model
    let tokenizer = try Tokenizer(directory: folder)
    let length = MaximumLength.of(model.config, tokenizer, wanted: maxLength)
    if length < maxLength, !common.quiet {
      Output.error(
        "--max-length \(maxLength) is more than the model takes: texts are cut after \(length) tokens")
    }
    return (model, tokenizer, try rows(tokenizer, maxLength: length))
  }

  private func head() throws -> HeadRequest {
    let asked = try GLUETask.named(task, in: tasks.path)
    return .sequenceClassification(
      labels: asked.labels ?? ["score"], reinitialize: true, seed: 1,
      problemType: ModelSource.problemType(of: asked))
  }

  private func rows(_ tokenizer: Tokenizer, maxLength: Int) throws -> TaskRows {
    let set = try GLUETask.named(task, in: tasks.path).load(.train, from: tasks.path)
    let order = CounterRandom(seed: common.seed, purpose: .init("benchmark rows")).shuffled(
      set.examples.count)
    return try TaskRows(
      order.prefix(examples).map { set.examples[$0] }, tokenizer: tokenizer, maxLength: maxLength,
      toModel: nil)
  }

  /// Places of rows, batch by batch.
  func batches(of rows: TaskRows) -> [[Int]] {
    var order = Array(0..<rows.count)
    if sort { order.sort { (rows.inputIDs[$0].count, $0) < (rows.inputIDs[$1].count, $1) } }
    let batches = stride(from: 0, to: order.count, by: batchSize).map {
      Array(order[$0..<min($0 + batchSize, order.count)])
    }
    return CounterRandom(seed: common.seed, purpose: .init("benchmark batches")).shuffled(batches.count)
      .map { batches[$0] }
  }
}

/// The figures of a benchmark, under the names of its JSON.
struct BenchmarkResult: Encodable {
  let examplesPerSecond: Double
  let tokensPerSecond: Double
  let usefulGflops: Double
  let sgemmGflops: Double
  let sgemmShare: Double
  /// What the processor's multiply-adds of that precision do in registers; none is known of int8.
  let peakGflops: Double?
  let peakShare: Double?
  let peakRssMb: Double
  let threads: Int
  let machine: String
  /// The format of the weights.
  let precision: String
  /// The same model in float32 in the same run, where it is in another format.
  private(set) var float32ExamplesPerSecond: Double?
  /// How many times that the rate is.
  private(set) var speedup: Double?
  /// Milliseconds under which half of the requests of one row stay, and 99 of 100.
  private(set) var p50Ms: Double?
  private(set) var p99Ms: Double?

  enum CodingKeys: String, CodingKey {
    case threads, machine, precision
    case float32ExamplesPerSecond = "float32_examples_per_s"
    case speedup = "speedup_over_float32"
    case p50Ms = "p50_ms"
    case p99Ms = "p99_ms"
    case examplesPerSecond = "examples_per_s"
    case tokensPerSecond = "tokens_per_s"
    case usefulGflops = "useful_gflops"
    case sgemmGflops = "sgemm_gflops"
    case sgemmShare = "share_of_sgemm"
    case peakGflops = "peak_gflops"
    case peakShare = "share_of_peak"
    case peakRssMb = "peak_rss_mb"
  }

  /// The figures of `rows` taken in `seconds`, at `flops` floating-point operations in all.
  init(rows: TaskRows, seconds: Double, flops: Double, precision: String = "float32") {
    self.precision = precision
    peakGflops = ProductPrecision(rawValue: precision).map(Benchmark.peak)
    peakRssMb = Benchmark.peakMegabytes
    sgemmGflops = Benchmark.sgemm(usesOpenBLAS: true)
    examplesPerSecond = Double(rows.count) / seconds
    tokensPerSecond = Double(rows.inputIDs.reduce(0) { $0 + $1.count }) / seconds
    usefulGflops = flops / seconds * 1e-9
    sgemmShare = usefulGflops / sgemmGflops
    let useful = usefulGflops
    peakShare = peakGflops.map { useful / $0 }
    threads = Parallel.threads
    machine = Machine.description
  }

  /// Sets the rate beside that of the same model in float32.
  mutating func beside(float32 rate: Double) {
    float32ExamplesPerSecond = rate
    speedup = examplesPerSecond / rate
  }

  /// Sets what requests of one row took.
  mutating func requests(_ seconds: [Double]) {
    let sorted = seconds.sorted()
    func quantile(_ share: Double) -> Double? {
      sorted.isEmpty ? nil : 1000 * sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
    }
    (p50Ms, p99Ms) = (quantile(0.5), quantile(0.99))
  }

  /// Prints the figures.
  func print(json: Bool) throws {
    if json { return try Output.write(json: self) }
    func round(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    if let float32ExamplesPerSecond, let speedup {
      try Output.write(
        "\(precision): \((speedup * 100).rounded() / 100) times float32 (\(round(float32ExamplesPerSecond)) examples/s)\n"
      )
    }
    if let p50Ms, let p99Ms {
      try Output.write(
        "one request: half under \(Format.fixed(p50Ms, 3)) ms, 99 of 100 under \(Format.fixed(p99Ms, 3)) ms\n"
      )
    }
    var shares = "\(round(100 * sgemmShare)) % of OpenBLAS's sgemm, \(round(sgemmGflops))"
    if let peakGflops, let peakShare {
      shares +=
        "; \(round(100 * peakShare)) % of what the processor can do in \(precision), \(round(peakGflops))"
    }
    try Output.write(
      """
      \(round(examplesPerSecond)) examples/s, \(round(tokensPerSecond)) tokens/s, \
      \(round(usefulGflops)) useful GFLOP/s (\(shares)), \
      peak memory \(round(peakRssMb)) MB, threads \(threads), \(machine)

      """)
  }
}

/// Measuring.
enum Benchmark {
  /// Seconds of a clock that only goes forward.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let time = try clock.measure(body).components
    return Double(time.seconds) + Double(time.attoseconds) * 1e-18
  }

  /// The most memory that the process has had.
  static var peakMegabytes: Double { Double(Machine.peakResidentBytes) / 0x1p20 }

  /// GFLOP/s of a large square product on all threads, the best of several.
  static func sgemm(usesOpenBLAS: Bool, size: Int = 1536) -> Double {
    let arena = Arena()
    let (a, b, c) = (arena.matrix(size, size), arena.matrix(size, size), arena.matrix(size, size))
    for matrix in [a, b] { for i in 0..<matrix.count { matrix.base[i] = Float(i % 97) * 0.01 } }
    let times = (0..<6).map { _ in seconds { GEMM.square(a, b, into: c, usesOpenBLAS: usesOpenBLAS) } }
    return 2 * Double(size * size * size) / (times.min() ?? 1) * 1e-9
  }

  /// GFLOP/s of multiply-adds in registers on all threads, the best of several.
  static func peak(in precision: ProductPrecision) -> Double {
    let rounds = 1_000_000
    return (0..<6).map { _ in
      var operations = 0.0
      let time = seconds { operations = precision.spin(rounds: rounds) }
      return operations / time * 1e-9
    }.max() ?? 0
  }

  /// Operations a second, in thousands of millions, of a square product in 8 bits on all threads, rows cut to 8 bits
  /// in it; the best of several.
  static func int8(size: Int) -> Double {
    let arena = Arena()
    let (a, c) = (arena.matrix(size, size), arena.matrix(size, size))
    for i in 0..<a.count { a.base[i] = Float(i % 97) * 0.01 - 0.5 }
    let values = (0..<size * size).map { Int8($0 % 251 - 125) }
    let weights = Int8Weights(
      values, scales: [Float](repeating: 0.01, count: size), outputs: size, inputs: size)
    let times = (0..<6).map { _ in seconds { Int8Weights.multiply(a, [weights], into: c, scratch: arena) } }
    return 2 * Double(size * size * size) / (times.min() ?? 1) * 1e-9
  }

  /// GFLOP/s of a square product in bfloat16 on all threads, rounding included, by the name of the kernel; the best of
  /// several.
  static func bfloat16(size: Int) -> [String: Double] {
    let arena = Arena()
    let (a, b, c) = (arena.matrix(size, size), arena.matrix(size, size), arena.matrix(size, size))
    for matrix in [a, b] { for i in 0..<matrix.count { matrix.base[i] = Float(i % 97) * 0.01 } }
    var rates: [String: Double] = [:]
    for (place, name) in ProductPrecision.bfloat16Kernels.enumerated() {
      let times = (0..<6).map { _ in seconds { GEMM.square(a, b, into: c, bfloat16Kernel: place) } }
      rates[name] = 2 * Double(size * size * size) / (times.min() ?? 1) * 1e-9
    }
    return rates
  }

  /// Floating-point operations of the forward products of all layers over all tokens, as the comparisons with
  /// other programs count them (also where this one leaves work out).
  static func flops(_ config: BertConfig, _ rows: TaskRows) -> Double {
    let (hidden, inner) = (Double(config.hiddenSize), Double(config.intermediateSize))
    return rows.inputIDs.reduce(0) { sum, ids in
      let n = Double(ids.count)
      let layer = 2 * n * (4 * hidden * hidden + 2 * hidden * inner) + 4 * n * n * hidden
      return sum + Double(config.numHiddenLayers) * layer
    }
  }
}
