import Files

/// What sentence-transformers keeps beside a model (its `models.Transformer` and `models.Pooling`).
struct SentenceSettings {
  /// `max_seq_length`.
  let maxLength: Int?
  /// The one pooling mode that is on.
  let pooling: Pooling?
  /// The layer of the module `Dense`.
  let dense: Dense?

  private static let modePrefix = "pooling_mode_"

  /// Reads the files of a folder; those that are not there say nothing.
  init(directory: String) throws {
    let transformer = directory + "/sentence_bert_config.json"
    maxLength = try Self.values(transformer)?["max_seq_length"].flatMap(\.whole)
    if let maxLength, maxLength < 3 {
      throw SentenceError.settings(
        path: transformer, expected: "max_seq_length of at least 3", found: "\(maxLength)")
    }
    dense = try Self.densePath(directory).map { try Dense(directory: directory + "/" + $0) }
    let path = directory + "/1_Pooling/config.json"
    let modes = try Self.values(path).map { values in
      values.filter { $0.key.hasPrefix(Self.modePrefix) && $0.value.isOn }.keys.sorted()
    }
    switch modes {
    case nil: pooling = nil
    case ["pooling_mode_mean_tokens"]: pooling = .mean
    case ["pooling_mode_cls_token"]: pooling = .cls
    case let modes?:
      throw SentenceError.settings(
        path: path, expected: "pooling_mode_mean_tokens or pooling_mode_cls_token alone",
        found: modes.isEmpty ? "none" : modes.joined(separator: ", "))
    }
  }

  /// Writes the files of a folder, in which an encoder of that length, pooling and width lies.
  static func write(
    maxLength: Int, pooling: Pooling, width: Int, dense: Dense? = nil, normalizes: Bool, to directory: String
  ) throws {
    let parts =
      [("", "Transformer"), ("1_Pooling", "Pooling")] + (dense == nil ? [] : [("2_Dense", "Dense")])
      + (normalizes ? [(dense == nil ? "2_Normalize" : "3_Normalize", "Normalize")] : [])
    try dense?.write(to: directory + "/2_Dense")
    let modules = parts.enumerated().map { number, part in
      "  {\n    \"idx\": \(number),\n    \"name\": \"\(number)\",\n    \"path\": \"\(part.0)\",\n"
        + "    \"type\": \"sentence_transformers.models.\(part.1)\"\n  }"
    }
    try Files.write("[\n" + modules.joined(separator: ",\n") + "\n]\n", to: directory + "/modules.json")
    try Files.write(
      "{\n  \"max_seq_length\": \(maxLength)\n}\n", to: directory + "/sentence_bert_config.json")
    let modes = [("cls", Pooling.cls), ("mean", .mean)].map { name, mode in
      "  \"\(modePrefix)\(name)\(name == "cls" ? "_token" : "_tokens")\": \(mode == pooling)"
    }
    let lines = ["  \"word_embedding_dimension\": \(width)"] + modes
    try Files.write(
      "{\n" + lines.joined(separator: ",\n") + "\n}\n", to: directory + "/1_Pooling/config.json")
  }

  private struct Module: Decodable {
    let path: String
    let type: String
  }

  /// The folder of the module `Dense` among those of `modules.json`; nil where there is none.
  private static func densePath(_ directory: String) throws -> String? {
    let path = directory + "/modules.json"
    guard Files.exists(path) else { return nil }
    let dense = try JSON.decode([Module].self, from: path).filter { $0.type.hasSuffix(".Dense") }
    if dense.count > 1 {
      throw SentenceError.settings(path: path, expected: "one Dense at most", found: "\(dense.count)")
    }
    return dense.first?.path
  }

  /// A value of the files, as far as it is read here.
  private struct Value: Decodable {
    let whole: Int?
    let isOn: Bool

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      whole = try? value.decode(Int.self)
      isOn = (try? value.decode(Bool.self)) ?? false
    }
  }

  private static func values(_ path: String) throws -> [String: Value]? {
    Files.exists(path) ? try JSON.decode([String: Value].self, from: path) : nil
  }
}
