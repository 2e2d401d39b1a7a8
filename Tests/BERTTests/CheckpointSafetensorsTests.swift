import Files
import TestSupport
import Testing

@testable import BERT

@Suite struct CheckpointSafetensorsTests {
  /// A file of a header and data, its length field right unless told otherwise.
  private func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
    let bytes = Array(header.utf8)
    let field = withUnsafeBytes(of: (length ?? UInt64(bytes.count)).littleEndian) { Array($0) }
    return field + bytes + [UInt8](repeating: 0, count: data)
  }

  /// What is said of a bad file, or `read`.
  private func complaint(_ bytes: [UInt8]) -> String {
    do {
      _ = try bytes.withUnsafeBytes { try SafetensorsHeader($0) }
      return "read"
    } catch { return "\(error)" }
  }

  private func entry(_ name: String, _ from: Int, _ to: Int, dtype: String = "F32", shape: String) -> String {
    #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[\#(from),\#(to)]}"#
  }

  @Test func writtenTensorsAreReadAgain() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/below/model.safetensors"
      let a: [Float] = [1, -2.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0, -0.0]
      let b: [Float] = [7]
      try a.withUnsafeBufferPointer { a in
        try b.withUnsafeBufferPointer { b in
          try SafetensorsWriter.write(
            [("z \"quoted\" \u{1F600}\n", [2, 3], a), ("b", [], b)],
            metadata: ["format": "pt", "note": "a\\b"], to: path)
        }
      }
      let file = try SafetensorsFile(path)
      #expect(file.names == ["b", "z \"quoted\" \u{1F600}\n"])
      #expect(file.metadata == ["format": "pt", "note": "a\\b"])
      #expect(try file["b"]?.floats() == b)
      let read = try #require(file["z \"quoted\" \u{1F600}\n"])
      #expect(read.shape == [2, 3] && read.dtype == .float32)
      #expect(try read.floats().map(\.bitPattern) == a.map(\.bitPattern))
      #expect(file["c"] == nil)
      let header = try Files.read(path).withUnsafeBytes { try SafetensorsHeader($0) }
      #expect(header.dataStart % 8 == 0)
      #expect(header.entries.map(\.name).first == "b")
    }
  }

  @Test func halfPrecisionIsWidened() throws {
    try withTemporaryDirectory { folder in
      let values: [Float16] = [0, 1.5, -65504, 6e-8]
      let brains: [UInt16] = [0x3F80, 0xC040]
      try values.withUnsafeBytes { values in
        try brains.withUnsafeBytes { brains in
          try SafetensorsWriter.write(
            items: [
              .init(name: "half", dtype: .float16, shape: [4], bytes: values),
              .init(name: "brain", dtype: .bfloat16, shape: [2], bytes: brains),
              .init(name: "id", dtype: .int64, shape: [1], bytes: UnsafeRawBufferPointer(values)),
            ], to: folder + "/f")
        }
      }
      let file = try SafetensorsFile(folder + "/f")
      #expect(try file["half"]?.floats() == values.map(Float.init))
      #expect(try file["brain"]?.floats() == [1, -3])
      #expect(file["id"]?.shape == [1] && file["id"]?.dtype == .int64)
      #expect(
        throws: ModelError(
          path: folder + "/f", subject: "tensor 'id'", expected: "elements of F32, F16 or BF16", found: "I64")
      ) { try file["id"]?.floats() }
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func valuesMustBeFinite(value: Float) throws {
    try withTemporaryDirectory { folder in
      let values = [Float](repeating: 1, count: 40) + [value, 2]
      try values.withUnsafeBufferPointer {
        try SafetensorsWriter.write([("w", [42], $0)], to: folder + "/f")
      }
      #expect(
        throws: ModelError(
          path: folder + "/f", subject: "tensor 'w'", expected: "finite values",
          found: "\(value) at element 40")
      ) { try SafetensorsFile(folder + "/f")["w"]?.floats() }
    }
  }

  @Test func soundHeadersAreTaken() {
    #expect(complaint(file("{}")) == "read")
    #expect(complaint(file("{}   \n ")) == "read")
    #expect(complaint(file("{" + entry("a", 0, 8, shape: "[2]") + "}", data: 8)) == "read")
    let two = entry("b", 8, 8, shape: "[0, 5]") + ", " + entry("a", 0, 8, dtype: "I64", shape: "[]")
    #expect(
      complaint(file("{ \"__metadata__\" : {\"a\":\"\\u00e9\\ud83d\\ude00\"} , \(two)}", data: 8)) == "read")
  }

  @Test func hostileHeadersAreRefused() {
    let cases: [([UInt8], String)] = [
      ([1, 2, 3], "file: expected at least 8 bytes, found 3"),
      (file("{}", length: 3), "header length: expected at most the 2 bytes that follow, found 3"),
      (file("{}", length: 100_000_001), "header length: expected at most 100000000 bytes, found 100000001"),
      (
        file("{}", length: .max),
        "header length: expected at most 100000000 bytes, found 18446744073709551615"
      ),
      (file(" {}"), "header: expected JSON that starts with '{', found something else"),
      (file(""), "header: expected JSON that starts with '{', found something else"),
      (file("{"), "header, byte 1: expected '\"', found the end of the header"),
      (file("{}{}"), "header, byte 2: expected the end, found byte 123"),
      (file("{\"a\":1}"), "header, byte 5: expected '{', found byte 49"),
      (
        file("{\"a\":{\"dtype\":\"F32\"}}"),
        "tensor 'a': expected dtype, shape and two data_offsets, found less"
      ),
      (
        file("{\(entry("a", 0, 4, dtype: "F31", shape: "[1]"))}", data: 4),
        "tensor 'a': expected a dtype such as F32, F16 or BF16, found 'F31'"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[2]"))}", data: 4),
        "tensor 'a': expected 8 bytes for F32 [2], found 4"
      ),
      (
        file("{\(entry("a", 4, 0, shape: "[1]"))}", data: 4),
        "tensor 'a': expected data_offsets in order, found 4, 0"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[-1]"))}", data: 4),
        "header, byte 29: expected a whole number from 0, found something else"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[1.0]"))}", data: 4), "header, byte 30: expected ']', found byte 46"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[01]"))}", data: 4),
        "header, byte 31: expected a whole number from 0, found something else"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[4611686018427387904,4]"))}", data: 4),
        "tensor 'a': expected a size that can be counted, found shape [4611686018427387904, 4]"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[99999999999999999999]"))}", data: 4),
        "header, byte 47: expected a number that can be counted, found a larger one"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[1,1,1,1,1,1,1,1,1]"))}", data: 4),
        "header, byte 45: expected at most 8 numbers, found more"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[1]")),\(entry("a", 4, 8, shape: "[1]"))}", data: 8),
        "header: expected different names, found 'a' twice"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[1]")),\(entry("b", 0, 4, shape: "[1]"))}", data: 4),
        "tensor 'b': expected data from byte 4, where the one before ends, found 0"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[1]")),\(entry("b", 5, 9, shape: "[1]"))}", data: 9),
        "tensor 'b': expected data from byte 4, where the one before ends, found 5"
      ),
      (
        file("{\(entry("a", 4, 8, shape: "[1]"))}", data: 8),
        "tensor 'a': expected data from byte 0, where the one before ends, found 4"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[1]"))}", data: 3),
        "data: expected the 4 bytes that the tensors fill, found 3"
      ),
      (
        file("{\(entry("a", 0, 4, shape: "[1]"))}", data: 5),
        "data: expected the 4 bytes that the tensors fill, found 5"
      ),
      (file("{}", data: 1), "data: expected the 0 bytes that the tensors fill, found 1"),
      (
        file("{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}"),
        "__metadata__: expected different keys, found 'a' twice"
      ),
      (file("{\"__metadata__\":{\"a\":1}}"), "header, byte 21: expected '\"', found byte 49"),
      (
        file("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}"),
        "tensor 'a': expected each key once, found 'dtype' twice"
      ),
      (
        file("{\"a\":{\"dtipe\":\"F32\"}}"),
        "tensor 'a': expected dtype, shape and data_offsets, found 'dtipe'"
      ),
      (file("{\"\\ud800\":{}}"), "header, byte 8: expected a character, found half of one"),
      (file("{\"\\x\":{}}"), "header, byte 4: expected an escape, found '\\x'"),
      (file("{\"a"), "header, byte 3: expected the end of a text, found the end of the header"),
      (file("{\"a\n\":{}}"), "header, byte 3: expected text, found control byte 10"),
    ]
    for (bytes, expected) in cases { #expect(complaint(bytes) == expected) }
    var invalid = file("{\"a?\":{}}")
    invalid[8 + 3] = 0xFF
    #expect(complaint(invalid) == "header, byte 5: expected UTF-8, found other bytes before byte 5")
  }

  @Test(.enabled(if: SharedData.isAvailable)) func publishedFilesAreRead() throws {
    let file = try SafetensorsFile(SharedData.path + "/models/all-MiniLM-L6-v2/model.safetensors")
    #expect(file.names.count == 104)
    #expect(file["embeddings.word_embeddings.weight"]?.shape == [30522, 384])
    #expect(file["embeddings.position_ids"]?.dtype == .int64)
    for name in file.names where name != "embeddings.position_ids" {
      let tensor = try #require(file[name])
      #expect(try tensor.floats().count == tensor.shape.reduce(1, *))
    }
  }
}
