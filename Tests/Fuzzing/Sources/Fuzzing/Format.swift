import BERT
import Distillation
import GLUE
import Glibc
import Runs
import Tensors
import Tokenization
import Training

/// The formats that are read.
enum Format: String, CaseIterable {
  /// `model.safetensors` beside a sound `config.json`.
  case safetensors
  /// `config.json` beside sound weights.
  case config
  /// `vocab.txt`.
  case vocab
  /// `tokenizer.json`.
  case tokenizer
  /// Any bytes as text to tokenize.
  case text
  /// Rows of a task, of GLUE's or of one's own; the first byte chooses which, and whether malformed rows are left out.
  case tsv
  /// Rows of a task of one's own in CSV.
  case csv
  /// Rows of a task of one's own in JSON lines.
  case jsonl
  /// Rows of a task of one's own in TSV whose cells are in quotes, as pandas writes them.
  case quoted
  /// Rows of several labels each: names in a cell of TSV.
  case several
  /// The same as columns `l:NAME` of CSV.
  case flags
  /// Rows of probabilities, columns `p:NAME` of TSV, which are divided by their sum.
  case soft
  /// Lists of labels and objects of probabilities in JSON lines.
  case parts
  /// `golden_rows.jsonl` beside no model.
  case golden
  /// Predictions as `anneal predict` writes them.
  case predictions
  /// An archive for the GLUE server.
  case archive
  /// Settings of a run in YAML.
  case settings
  /// A sweep in YAML.
  case sweep

  /// Reads the bytes as such a file; throws where they are refused, and crashes where what was read cannot be.
  func read(_ bytes: UnsafeRawBufferPointer, in folder: String) throws {
    switch self {
    case .safetensors: try readModel(bytes, as: "model.safetensors", besides: "config.json", in: folder)
    case .config: try readModel(bytes, as: "config.json", besides: "model.safetensors", in: folder)
    case .vocab: try readTokenizer(bytes, as: "vocab.txt", in: folder)
    case .tokenizer: try readTokenizer(bytes, as: "tokenizer.json", in: folder)
    case .text: try readText(bytes)
    case .tsv:
      guard let first = bytes.first else { return }
      let name = Samples.tasks[Int(first >> 1) % Samples.tasks.count]
      let path = write(UnsafeRawBufferPointer(rebasing: bytes.dropFirst()), to: "train.tsv", in: folder)
      for other in ["csv", "jsonl"] { unlink(folder + "/train." + other) }
      let task = try GLUETask.named(name, in: folder)
      let data = try task.load(.train, file: path, skipMalformed: first & 1 == 1)
      Harness.require(!data.examples.isEmpty, "rows")
      Harness.require(data.examples.allSatisfy { $0.label != nil }, "a label for each row")
    case .csv, .jsonl, .quoted, .several, .flags, .soft, .parts: try readTable(bytes, in: folder)
    case .golden:
      let path = write(bytes, to: GoldenRows.fileName, in: folder)
      guard let golden = try GoldenRows(file: path) else { return }
      Harness.require(try GoldenRows(file: path)?.rows == golden.rows, "the same rows again")
    case .predictions:
      let path = write(bytes, to: "predictions.tsv", in: folder)
      _ = try Predictions(file: path, task: GLUETask.named("STS-B"), split: .test)
    case .archive:
      _ = try Submission.problems(inArchive: write(bytes, to: "test.zip", in: folder))
    case .settings:
      _ = try SettingsFile.read(DistillSettings.self, from: write(bytes, to: "settings.yaml", in: folder))
    case .sweep:
      _ = try SweepFile(write(bytes, to: "sweep.yaml", in: folder))
    }
  }

  /// A task of one's own; the folder is the task.
  private func readTable(_ bytes: UnsafeRawBufferPointer, in folder: String) throws {
    let end =
      switch self {
      case .csv, .flags: "csv"
      case .jsonl, .parts: "jsonl"
      default: "tsv"
      }
    let path = write(bytes, to: "train." + end, in: folder)
    for other in ["tsv", "csv", "jsonl"] where other != end { unlink(folder + "/train." + other) }
    let name = folder.split(separator: "/").last.map(String.init) ?? ""
    let columns = TaskColumns(normalize: self == .soft ? true : nil)
    let task = try GLUETask.named(name, in: folder, columns: columns)
    let data = try task.load(.train, file: path, skipMalformed: true)
    for example in data.examples {
      switch example.label {
      case nil: Harness.require(false, "a label for each row")
      case .index(let place): Harness.require(place < task.outputCount, "a label of the task")
      case .set(let places):
        Harness.require(places == Set(places).sorted(), "each label once, in order")
        Harness.require(places.allSatisfy { $0 < task.outputCount }, "labels of the task")
      case .shares(let shares):
        Harness.require(
          shares.count == task.outputCount && abs(shares.reduce(0, +) - 1) < 1e-9, "a sum of 1")
      case .score(let score): Harness.require(score.isFinite, "a finite score")
      }
    }
    let texts = try task.loadTexts(path, skipMalformed: true)
    Harness.require(texts.examples.allSatisfy { $0.label == nil }, "texts without labels")
  }

  private func write(_ bytes: UnsafeRawBufferPointer, to name: String, in folder: String) -> String {
    overwrite(folder + "/" + name, with: bytes)
    return folder + "/" + name
  }

  private func readModel(
    _ bytes: UnsafeRawBufferPointer, as name: String, besides other: String, in folder: String
  ) throws {
    if access(folder + "/" + other, F_OK) != 0 { try Samples.model().save(to: folder) }
    overwrite(folder + "/" + name, with: bytes)
    let model = try BertModel.load(directory: folder).model
    let values = UnsafeBufferPointer(
      start: model.parameters.values.base, count: model.parameters.layout.count)
    Harness.require(values.allSatisfy(\.isFinite), "finite weights")
  }

  private func readTokenizer(_ bytes: UnsafeRawBufferPointer, as name: String, in folder: String) throws {
    overwrite(folder + "/" + name, with: bytes)
    let tokenizer = try Tokenizer(directory: folder)
    let encoding = try tokenizer.encode("A films! <x> caf\u{E9} 字[PAD]", pair: "film", maxLength: 9)
    Harness.require(encoding.ids.count <= 9, "at most 9 ids")
    let known = 0..<Int32(tokenizer.vocabulary.count)
    Harness.require(encoding.ids.allSatisfy(known.contains), "ids of the vocabulary")
  }

  /// Short cuts must not show: bytes and a string give the same ids, with offsets and without, cut or whole.
  private func readText(_ bytes: UnsafeRawBufferPointer) throws {
    let (tokenizer, workspace) = try Samples.tokenizer.get()
    var ids: [Int32] = []
    tokenizer.encode(utf8: bytes, into: &ids, workspace: workspace)
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    let traced = try tokenizer.encode(text)
    Harness.require(traced.ids == ids, "the same ids with offsets")
    let inside = traced.offsets.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= bytes.count }
    Harness.require(inside, "offsets in the text")
    let untraced = try tokenizer.encode(text, offsets: false).ids
    Harness.require(untraced == ids, "the same ids of a string as of its bytes")
    let short = try tokenizer.encode(text, maxLength: 7).ids
    Harness.require(
      short == (ids.count <= 7 ? ids : ids.prefix(6) + ids.suffix(1)), "the beginning of the ids")
  }
}
