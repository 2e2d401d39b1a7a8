import Files

/// Rows that a saved model carries with what it answers to them, so that it can prove itself wherever it arrives.
///
/// In a folder they are `golden_rows.jsonl`: a first line about all of them, then an object for each row. The texts are
/// made up, of fixed words and of the vocabulary's: nothing of what a model was trained on is in them.
public struct GoldenRows: Sendable, Equatable {
  /// What the file is called.
  public static let fileName = "golden_rows.jsonl"

  /// What is said of all rows.
  public struct Header: Sendable, Equatable, Codable {
    /// The version of the file's format.
    public var formatVersion = 1
    /// The version of the program that computed the logits.
    public var program: String
    /// The precision of the weights and of all that was computed.
    public var precision = "float32"
    /// The most tokens of a row; longer texts are cut, or read in windows where the tokenizer's folder says so.
    public var maxLength: Int
    /// How far logits may be off: so much times the largest of the row's, or of 1.
    public var tolerance = 1e-4
    /// The labels in the order of the logits; nil where they have no names.
    public var labels: [String]?

    enum CodingKeys: String, CodingKey {
      case program, precision, tolerance, labels
      case formatVersion = "format_version"
      case maxLength = "max_length"
    }
  }

  /// One sequence of tokens.
  public struct Row: Sendable, Equatable, Codable {
    /// The text.
    public var text: String
    /// The second text of a pair.
    public var pair: String?
    /// Which window of the text this is, from 0; nil where it has one.
    public var window: Int?
    /// The ids that the model reads.
    public var inputIDs: [Int32]
    /// Their segments.
    public var tokenTypeIDs: [Int32]
    /// What it answers, in its own label order.
    public var logits: [Float]

    enum CodingKeys: String, CodingKey {
      case text, pair, window, logits
      case inputIDs = "input_ids"
      case tokenTypeIDs = "token_type_ids"
    }
  }

  /// What holds for all rows.
  public var header: Header
  /// The rows; windows of a text one after the other.
  public var rows: [Row]

  /// Rows with what is said of them.
  public init(header: Header, rows: [Row]) { (self.header, self.rows) = (header, rows) }

  /// Reads a file; nil where there is none.
  ///
  /// Throws `FileError` for what is no such file, with its line.
  public init?(file path: String) throws {
    guard Files.exists(path) else { return nil }
    let lines = try Files.read(path).split(separator: 0x0A, omittingEmptySubsequences: false)
    guard let first = lines.first else { return nil }
    let version = try JSON.decode(Version.self, from: first, path: "\(path):1").formatVersion
    if version != 1 {
      throw FileError(
        path: path, operation: "read",
        reason:
          "it has format \(version), and this program reads format 1: use the one that wrote it, or a newer one"
      )
    }
    header = try JSON.decode(Header.self, from: first, path: "\(path):1")
    rows = try lines.enumerated().dropFirst().filter { !$0.element.isEmpty }.map { number, line in
      let row = try JSON.decode(Row.self, from: line, path: "\(path):\(number + 1)")
      if row.inputIDs.isEmpty || row.inputIDs.count != row.tokenTypeIDs.count {
        throw FileError(
          path: "\(path):\(number + 1)", operation: "read",
          reason: "there are \(row.inputIDs.count) input_ids and \(row.tokenTypeIDs.count) token_type_ids")
      }
      return row
    }
    if rows.isEmpty { throw FileError(path: path, operation: "read", reason: "there are no rows in it") }
  }

  private struct Version: Decodable {
    let formatVersion: Int
    enum CodingKeys: String, CodingKey { case formatVersion = "format_version" }
  }

  /// The file as it is written: the same bytes for equal rows.
  public var bytes: [UInt8] {
    get throws { try rows.reduce(into: JSON.line(header)) { $0 += try JSON.line($1) } }
  }

  /// Writes the file into a model's folder.
  public func write(to directory: String) throws {
    try Files.write(try bytes, to: "\(directory)/\(Self.fileName)")
  }
}
