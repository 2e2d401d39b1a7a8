import Files
import Glibc
import TestSupport
import Testing

/// Text as it comes and text as a whole: gzip, byte order marks, and what is no text.
@Suite struct TextSourceTests {
  /// All that a source gives, read in pieces of at most `piece` bytes.
  private func streamed(_ path: String, piece: Int = 1 << 16) throws -> [UInt8] {
    let source = try TextSource(path)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    while true {
      let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
      if count == 0 { return bytes }
      bytes += buffer.prefix(count)
    }
  }

  /// What both ways of reading say of a file's bytes, after its name; or the text.
  private func reading(_ bytes: [UInt8]) throws -> String {
    try withTemporaryDirectory { folder in
      let path = folder + "/file"
      try Files.write(bytes, to: path)
      func text(_ read: () throws -> [UInt8]) -> String {
        do { return String(decoding: try read(), as: UTF8.self) } catch {
          return String("\(error)".replacing(path, with: ""))
        }
      }
      let whole = text {
        let file = try TextFile(path)
        return withExtendedLifetime(file) { Array(file.bytes) }
      }
      for piece in [1, 3, 1 << 16] { #expect(text { try streamed(path, piece: piece) } == whole) }
      return whole
    }
  }

  private static let text = Array("a film\ncaf\u{E9}\n".utf8)

  @Test func gzipIsUnpackedWhateverItsMembersAre() throws {
    let text = String(decoding: Self.text, as: UTF8.self)
    let member = Gzip.member(Self.text)
    #expect(try reading(Self.text) == text)
    #expect(try reading(member) == text)
    #expect(try reading(member + Gzip.member([]) + member) == text + text)
    #expect(try reading(member + [0, 0, 0, 0]) == text)
    #expect(try reading(member + [0, 0] + member + [0]) == text + text)
    #expect(try reading(Gzip.member([])) == "" && reading([]) == "")
    let long = [UInt8](repeating: 0x61, count: 200_000) + Self.text
    #expect(
      try reading(Gzip.member(long) + Gzip.member(long)) == String(decoding: long + long, as: UTF8.self))
  }

  @Test func damagedGzipIsOneClearError() throws {
    let member = Gzip.member(Self.text)
    for count in [2, 5, 10, 20, member.count - 8, member.count - 1] {
      #expect(
        try reading(Array(member.prefix(count)))
          == ": cannot unpack: the gzip file is damaged: it ends too early")
    }
    var wrong = member
    wrong[20] ^= 1
    #expect(try reading(wrong) == ": cannot unpack: the gzip file is damaged: incorrect data check")
    wrong = member
    wrong[2] = 7
    #expect(try reading(wrong) == ": cannot unpack: the gzip file is damaged: unknown compression method")
    #expect(
      try reading(member + Array("more".utf8))
        == ": cannot unpack: the gzip file is damaged: behind its end lies what is no gzip")
  }

  @Test func damagedCopiesAreReadOrRefused() throws {
    var mutations = Mutations(seed: 11)
    let sound = Gzip.member(Self.text) + Gzip.member(Self.text)
    var taken = 0
    try mutations.eachDamagedFile(of: sound, named: "f.gz", count: Mutations.count / 3) { path in
      do {
        _ = try TextFile(path)
        taken += 1
      } catch { #expect(error is FileError || error is TextError, "\(error)") }
    }
    #expect(taken > 0 && taken < Mutations.count / 3)
  }

  @Test func aMarkIsLeftOutAndKnownOf() throws {
    let mark = TextBytes.byteOrderMark
    #expect(try reading(mark + Array("a".utf8)) == "a" && reading(Gzip.member(mark + [0x62])) == "b")
    #expect(try reading(mark) == "" && reading(Array(mark.prefix(2))) == "\u{FFFD}")
    // Only the first is a mark.
    #expect(try reading(mark + mark) == "\u{FEFF}")
    try withTemporaryDirectory { folder in
      try Files.write(mark + [0x61], to: folder + "/f")
      #expect(try TextFile(folder + "/f").markLength == 3)
    }
  }

  @Test func whatIsNoTextIsCalledByItsName() throws {
    func unit(_ text: String, _ order: [UInt8]) -> [UInt8] {
      text.utf16.flatMap {
        order == [0] ? [UInt8($0 & 0xFF), UInt8($0 >> 8)] : [UInt8($0 >> 8), UInt8($0 & 0xFF)]
      }
    }
    func expected(_ name: String) -> String {
      ":1: expected UTF-8, found \(name) (iconv -f \(name) -t UTF-8)"
    }
    #expect(try reading([0xFF, 0xFE] + unit("text", [0])) == expected("UTF-16"))
    #expect(try reading([0xFE, 0xFF] + unit("text", [1])) == expected("UTF-16"))
    #expect(try reading(Gzip.member([0xFF, 0xFE] + unit("text", [0]))) == expected("UTF-16"))
    #expect(try reading(unit("text", [0])) == expected("UTF-16LE"))
    #expect(try reading(unit("text", [1])) == expected("UTF-16BE"))
    #expect(try reading([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0]) == expected("UTF-32"))
    for (start, name) in [
      ("PK\u{3}\u{4}", "a zip archive, as .zip, .xlsx and .docx are"), ("%PDF-1.7", "a PDF"),
      ("PAR1", "a Parquet file"),
    ] {
      #expect(try reading(Array(start.utf8)) == ":1: expected text, plain or in gzip, found \(name)")
    }
    for (start, name) in [
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
    ] as [([UInt8], String)] {
      #expect(try reading(start) == ":1: expected text, plain or in gzip, found \(name): unpack it first")
    }
    #expect(
      try reading(Gzip.member(Gzip.member([0x61])))
        == ":1: expected text, plain or in gzip, found gzip within gzip")
  }

  @Test func oneErrorSaysWhichByteIsNoText() throws {
    func problem(_ bytes: [UInt8]) -> String {
      bytes.withUnsafeBytes { "\(TextBytes.problem($0, path: "f", line: 7, offset: 100))" }
    }
    let latin = "(iconv -f WINDOWS-1252 -t UTF-8, if it is that or Latin-1)"
    #expect(
      problem(Array("caf".utf8) + [0xE9, 0x20])
        == "f:7: expected UTF-8, found the invalid byte 0xE9 at byte 103 \(latin)")
    #expect(
      problem([0x61, 0x0A, 0x0A, 0xFF, 0xFF])
        == "f:9: expected UTF-8, found the invalid byte 0xFF at byte 103")
    #expect(problem([0x61, 0, 0xFF]) == "f:7: expected text, found a NUL at byte 101")
    #expect(problem([0xC3, 0]).hasPrefix("f:7: expected UTF-8, found the invalid byte 0xC3 at byte 100"))
    let string = try Array("caf\u{E9}".utf8).withUnsafeBytes {
      try TextBytes.string($0, path: "f", line: 1, offset: 0)
    }
    #expect(string == "caf\u{E9}")
    for bytes in [[0x61, 0x00], [0x61, 0xE9]] as [[UInt8]] {
      #expect(throws: TextError.self) {
        try bytes.withUnsafeBytes { try TextBytes.string($0, path: "f", line: 1, offset: 0) }
      }
    }
  }

  /// What one read brings is given at once, also where the first bytes have to be told from marks.
  @Test func aPipeIsReadAsItComes() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/pipe"
      try #require(mkfifo(path, 0o600) == 0)
      let writer = open(path, O_RDWR)
      defer { close(writer) }
      let source = try TextSource(path)
      var buffer = [UInt8](repeating: 0, count: 100)
      for (sent, given) in [
        ([0xEF, 0xBB, 0xBF, 0x61, 0x0A], [0x61, 0x0A]), ([0x28], [0x28]), ([0xEF], [0xEF]),
      ]
        as [([UInt8], [UInt8])]
      {
        #expect(sent.withUnsafeBytes { Files.writeAll($0, to: writer) })
        let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
        #expect(Array(buffer.prefix(count)) == given)
      }
      #expect(throws: FileError.self) { try TextFile(path) }
      #expect(throws: FileError(path: folder, operation: "read", reason: "it is a folder")) {
        try TextSource(folder)
      }
    }
  }

  @Test func whatIsUnpackedIntoMemoryHasALimit() throws {
    try withTemporaryDirectory { folder in
      try Files.write(Gzip.member([UInt8](repeating: 0x61, count: 3 << 20)), to: folder + "/f")
      #expect(try TextFile(folder + "/f", unpackedLimit: 3 << 20).bytes.count == 3 << 20)
      #expect(
        throws: FileError(
          path: folder + "/f", operation: "unpack",
          reason: "it holds more than 2 MiB, which is too much for memory; unpack it beforehand")
      ) { try TextFile(folder + "/f", unpackedLimit: 2 << 20) }
    }
  }
}
