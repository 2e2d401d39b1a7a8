import ArgumentParser
import BERT
import Distillation
import Files
import GLUE
import Runs
import Tensors
import Training

/// `anneal benchmark distill`.
struct BenchmarkDistillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract: "How fast a student is distilled, with its teacher or with what was kept of it.",
    discussion: """
      Steps the first stage of a method. The teacher computes everything that the method reads, its logits too, \
      for every batch; a run computes logits only once. The operations of teacher and student are counted. With \
      --cached the teacher reads all rows before the clock starts, its states are read from a temporary folder as \
      with distill --cache-states, and the student's operations alone are counted.

      Example: anneal benchmark distill --model all-MiniLM-L6-v2 --student 3x384x12 --task SST-2
      """)

  @OptionGroup(title: "Student") var student: StudentOptions

  @Option(
    help: ArgumentHelp("The method by name.", valueName: "name"),
    completion: .list(Recipe.all.map(\.name)))
  var method = "annealing-intermediate"

  @Flag(help: "Read the teacher's states from a cache.")
  var cached = false

  @Option(
    help: "What products round their numbers to, the live teacher's too, beside float32 in the same run.")
  var precision = ProductPrecision.float32

  @OptionGroup var options: BenchmarkOptions

  func validate() throws {
    try student.requireOne()
    try Usage.check("--method") { _ = try Recipe.named(method) }
  }

  func run() throws {
    let (teacher, tokenizer, rows) = try options.load()
    var settings = DistillSettings(task: options.task, output: "")
    student.apply(to: &settings)
    settings.resolveModels()
    settings.method = method
    settings.training.seed = options.common.seed
    let cache = try cached ? Files.makeTemporaryDirectory() : nil
    defer { if let cache { try? Files.remove(cache) } }
    settings.teacherCache = cache
    func step(_ precision: ProductPrecision) throws -> DistillStep {
      var own = settings
      own.training.precision = precision
      return try DistillStep(
        own, teacher: teacher, tokenizer: tokenizer,
        task: GLUETask.named(options.task, in: options.tasks.path),
        rows: rows)
    }
    let taught = cached ? 0 : Benchmark.flops(teacher.config, rows)
    let exact = try step(.float32)
    try TrainingBenchmark.run(
      in: precision, rows: rows, options: options,
      flops: 3 * Benchmark.flops(exact.student.config, rows) + taught
    ) { $0 == .float32 ? exact.lesson : try step($0).lesson }
  }
}
