import BERT
import Files
import GLUE
import Glibc
import Runs
import Tensors
import Tokenization
import Training

/// The golden rows that go beside an exported model: those of its folder, which it must answer as they say, or new ones.
struct ExportedGoldenRows {
  /// How many tokens of a text the model reads.
  let maxLength: Int
  private let rows: GoldenRows?

  /// Throws where the folder's rows are not answered as they say, and where pairs would lose their token types.
  ///
  /// `model` is what is exported, `stored` what the folder holds, which may be in other numbers.
  init(
    model: BertModel, stored: BertModel, tokenizer: Tokenizer, folder path: String, inputs: ExportInputs
  ) throws {
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
    var golden: GoldenRows?
    if let rows = try GoldenRows(file: "\(path)/\(GoldenRows.fileName)") {
      if try !GoldenCheck(rows, model: stored, tokenizer: tokenizer).isSound {
        throw TrainingError.mismatch(
          "\(path): the model does not answer its golden rows as they say: anneal verify says what differs, and "
            + "anneal verify --write makes new ones")
      }
      if model.precision == stored.precision { golden = rows }
    }
    var written = try golden ?? folder.goldenRows()
    if model.precision != "float32" {
      written.header.tolerance = try Self.tolerance(of: model, tokenizer, written)
    }
    if inputs == .withoutTokenTypes { written.rows.removeAll { $0.pair != nil } }
    if let scale = model.config.scoreScale {
      // The file answers in the scores' own units.
      for row in written.rows.indices {
        written.rows[row].logits = written.rows[row].logits.map { Float(scale.score(Double($0))) }
      }
      if model.precision != "float32" { written.header.tolerance *= max(1, scale.deviation) }
    }
    rows = written
  }

  /// How far another runtime's logits may be off: both cut rows to 8 bits, but not in the same places.
  ///
  /// Four times as far as cutting them moves ours, which the same weights in float32 show.
  private static func tolerance(of model: BertModel, _ tokenizer: Tokenizer, _ golden: GoldenRows) throws
    -> Double
  {
    let moved = try GoldenCheck(golden, model: model.widened(), tokenizer: tokenizer).largestDifference
    return max(golden.header.tolerance, 4 * moved)
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
