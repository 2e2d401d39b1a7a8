import Files
import TestSupport
import Testing

@Suite struct SHA256Tests {
  /// Messages of FIPS 180-4's examples and of NIST's CAVP short messages, with what they hash to.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func publishedVectors(message: String, expected: String) throws {
    var hash = SHA256()
    hash.update(message)
    #expect(hash.hexadecimal == expected)
    try withTemporaryDirectory { folder in
      try Files.write(message, to: folder + "/message")
      #expect(try SHA256.hexadecimal(ofFile: folder + "/message") == expected)
    }
  }

  @Test func aMillionLetters() {
    var hash = SHA256()
    hash.update(String(repeating: "a", count: 1_000_000))
    #expect(hash.hexadecimal == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func piecesHashAsTheWhole() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 64) }
    var whole = SHA256()
    bytes.withUnsafeBytes { whole.update($0) }
    for size in [1, 3, 55, 56, 63, 64, 65, 127, 500] {
      var pieces = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { pieces.update($0) }
      }
      #expect(pieces.hexadecimal == whole.hexadecimal, "pieces of \(size)")
    }
  }
}
