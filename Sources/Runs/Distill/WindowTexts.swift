import GLUE
import Tokenization
import Training

/// What the windows of long texts say, for a teacher that reads other tokens than its student.
enum WindowTexts {
  /// An example for each row of a run: the texts of its window, or the whole ones of a row that has one.
  static func examples(of examples: [Example], as run: PreparedRun) throws -> [Example] {
    guard let windows = run.tokenizer.settings.windows, run.train.windows != nil else { return examples }
    return try examples.flatMap { example in
      let encodings = try run.tokenizer.encodeWindows(
        example.first, pair: example.second, maxLength: windows.length, stride: windows.stride)
      if encodings.count == 1 { return [example] }
      return encodings.map { encoding in
        var part = example
        part.first = text(example.first, encoding) { !encoding.second.contains($0) }
        part.second = example.second.map { text($0, encoding) { encoding.second.contains($0) } }
        return part
      }
    }
  }

  /// The text from the first to the last of the tokens that are meant.
  private static func text(_ text: String, _ encoding: Encoding, where isMeant: (Int) -> Bool) -> String {
    let ranges = encoding.offsets.indices.filter { !encoding.specialTokensMask[$0] && isMeant($0) }
      .map { encoding.offsets[$0] }
    guard let start = ranges.map(\.lowerBound).min(), let end = ranges.map(\.upperBound).max() else {
      return ""
    }
    return String(decoding: Array(text.utf8)[start..<end], as: UTF8.self)
  }
}
