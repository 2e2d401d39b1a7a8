import BERT
import Files
import GLUE
import Glibc
import Runs
import Tokenization
import Training

/// The golden rows that go beside an exported model: those of its folder, which it must answer as they say, or new ones.
struct ExportedGoldenRows {
  /// How many tokens of a text the model reads.
  let maxLength: Int
  private let rows: GoldenRows?

  /// Throws where the folder's rows are not answered as they say, and where pairs would lose their token types.
  init(model: BertModel, tokenizer: Tokenizer, folder path: String, inputs: ExportInputs) throws {
    let folder = try ModelFolder(path, model: model, tokenizer: tokenizer)
    if inputs == .withoutTokenTypes && folder.hasPairs == true {
      throw TrainingError.mismatch(
        "\(path): the model is of \(folder.task ?? "pairs"), whose rows are pairs: without token_type_ids it could not "
          + "tell their second text")
    }
    maxLength = MaximumLength.of(model.config, tokenizer, wanted: folder.maxLength(nil))
    guard case .sequenceClassification = model.head else {
      rows = nil
      return
    }
    var golden: GoldenRows
    if let stored = try GoldenRows(file: "\(path)/\(GoldenRows.fileName)") {
      if try !GoldenCheck(stored, model: model, tokenizer: tokenizer).isSound {
        throw TrainingError.mismatch(
          "\(path): the model does not answer its golden rows as they say: anneal verify says what differs, and "
            + "anneal verify --write makes new ones")
      }
      golden = stored
    } else {
      golden = try folder.goldenRows()
    }
    if inputs == .withoutTokenTypes { golden.rows.removeAll { $0.pair != nil } }
    if let scale = model.config.scoreScale {
      // The file answers in the scores' own units.
      for row in golden.rows.indices {
        golden.rows[row].logits = golden.rows[row].logits.map { Float(scale.score(Double($0))) }
      }
    }
    rows = golden
  }

  /// Writes them beside a file and returns where; nil where there are none, or the file is no place but a device.
  func write(beside output: String) throws -> String? {
    guard let rows else { return nil }
    var status = stat()
    guard stat(output, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let stem = output.hasSuffix(".onnx") ? String(output.dropLast(5)) : output
    let path = "\(stem).\(GoldenRows.fileName)"
    try Files.write(try rows.bytes, to: path)
    return path
  }
}
