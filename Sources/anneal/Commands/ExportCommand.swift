import ArgumentParser
import BERT
import Files
import Runs
import Tokenization
import Training

/// What a model can be written as.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case onnx
}

/// The numbers of weights in a file.
enum ExportPrecision: String, CaseIterable, ExpressibleByArgument {
  case float32, int8
}

/// What an ONNX file takes.
enum ExportInputs: String, CaseIterable, ExpressibleByArgument {
  case withTokenTypes = "input_ids,attention_mask,token_type_ids"
  case withoutTokenTypes = "input_ids,attention_mask"
  case textsApart = "input_ids,attention_mask,input_ids_2,attention_mask_2"

  /// What the file of a model takes: as asked, or token types; a bi-encoder's has two texts and no choice.
  init(_ wanted: ExportInputs?, for model: BertModel) throws {
    let isBi = model.config.pairEncoding == .bi && model.head != .none
    if let wanted, isBi != (wanted == .textsApart) {
      throw TrainingError.mismatch(
        "--inputs \(wanted.rawValue) is for \(isBi ? "models that read one sequence" : "bi-encoders"), and this is "
          + "\(isBi ? "a bi-encoder" : "none"): leave --inputs out")
    }
    self = wanted ?? (isBi ? .textsApart : .withTokenTypes)
  }
}

/// `anneal export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model for another runtime.",
    discussion: """
      ONNX files (opset 17) take input_ids, attention_mask and token_type_ids, int64 [batch, sequence], and give \
      logits; a score in its own units, and where several labels may hold, a logit of each (its sigmoid is the \
      probability). The vocabulary (vocab, one token a line), the labels (labels, one a line), thresholds where they were chosen, and do_lower_case are in \
      the file's metadata, so that one file is all a program needs; max_length, and window_stride and window_pooling \
      where the model reads windows, say how much of a text it reads. --inputs input_ids,attention_mask leaves \
      token_type_ids out, for models of single texts. A bi-encoder's file takes input_ids and attention_mask of the \
      first texts, and input_ids_2 and attention_mask_2 of the second ones. --precision int8 writes weights and \
      embeddings in 8 bits, about a quarter of the size, as anneal quantize makes them (that command chooses layers that \
      stay in float32: export its folder), for ONNX Runtime's products of whole numbers. Of a classifier, golden rows go beside the file \
      (student.golden_rows.jsonl): texts with their ids and logits, to check another runtime with.

      Example: anneal export runs/student --format onnx --output student.onnx
               anneal export runs/student --precision int8 --output student-int8.onnx
      """)

  @Argument(
    help: ArgumentHelp("The folder of a checkpoint or of a run.", valueName: "dir"), completion: .directory)
  var model: String

  @Option(help: "The format.")
  var format = ExportFormat.onnx

  @Option(help: "The numbers of the weights; the folder's own if left out.")
  var precision: ExportPrecision?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"),
    completion: .file(extensions: ["onnx"]))
  var output: String

  @Option(
    help:
      "What the file takes, what the model reads if left out; without token types every token is of a first text."
  )
  var inputs: ExportInputs?

  @Flag(help: "Print what was written as one JSON object.")
  var json = false

  @Flag(name: .shortAndLong, help: "No notes on standard error.")
  var quiet = false

  private struct Result: Encodable {
    let output: String
    let format: String
    let precision: String
    let shape: String
    let labels: [String]?
    let bytes: Int?
    let inputs: String
    let goldenRows: String?

    enum CodingKeys: String, CodingKey {
      case output, format, precision, shape, labels, bytes, inputs
      case goldenRows = "golden_rows"
    }
  }

  func validate() throws {
    if Output.isTerminal(output) {
      throw ValidationError("A model is not for a terminal: --output names a file.")
    }
  }

  func run() throws {
    let folder = RunFolder.model(at: model)
    try BertModel.requireFolder(folder)
    let read = try Files.list(folder).filter { !$0.hasSuffix(".onnx") }
    try Output.refuse(output, among: read.map { "\(folder)/\($0)" })
    let loaded = try BertModel.load(directory: folder, head: .asStored)
    let model = try converted(loaded.model, folder)
    for note in quiet ? [] : loaded.notes + [model.config.headNote].compactMap(\.self) {
      Output.error(note)
    }
    let tokenizer = try Tokenizer(directory: folder)
    let inputs = try ExportInputs(self.inputs, for: loaded.model)
    var metadata = [
      (key: "vocab", value: tokenizer.vocabulary.tokens.joined(separator: "\n")),
      (key: "do_lower_case", value: String(tokenizer.settings.doLowerCase)),
    ]
    if model.precision != "float32" { metadata.append((key: "precision", value: model.precision)) }
    if let labels = model.config.labels {
      metadata.append((key: "labels", value: labels.joined(separator: "\n")))
    }
    let golden = try ExportedGoldenRows(
      model: model, stored: loaded.model, tokenizer: tokenizer, folder: folder, inputs: inputs)
    metadata.append((key: "max_length", value: String(golden.maxLength)))
    if let windows = tokenizer.settings.windows {
      metadata.append((key: "window_stride", value: String(windows.stride)))
      metadata.append((key: "window_pooling", value: windows.pooling.rawValue))
    }
    if model.config.isMultiLabel {
      metadata.append((key: "problem_type", value: "multi_label_classification"))
      if let thresholds = try ThresholdFile.read(folder, for: model.config) {
        metadata.append((key: "thresholds", value: thresholds.map { String($0) }.joined(separator: "\n")))
      }
    }
    try model.exportONNX(
      to: output, metadata: metadata, producerVersion: Version.number, tokenTypes: inputs == .withTokenTypes)
    let written = try golden.write(beside: output)
    if json {
      try Output.write(
        json: Result(
          output: output, format: format.rawValue, precision: model.precision, shape: model.config.shape,
          labels: model.config.labels, bytes: (try? MappedFile(output))?.bytes.count,
          inputs: inputs.rawValue, goldenRows: written))
    }
  }

  /// The model in the precision that is asked for; throws where weights in 8 bits are to be float32.
  private func converted(_ stored: BertModel, _ folder: String) throws -> BertModel {
    guard let precision, precision.rawValue != stored.precision else { return stored }
    try stored.requireFloat32(for: "export in \(precision.rawValue)", path: folder)
    return try Quantization(stored, to: precision.rawValue).model
  }
}
