import Files
import Glibc
import TestSupport
import Testing

@Suite struct FilesTests {
  @Test(arguments: [
    ("caf\u{E9} 字 \\n \"x\"", "caf\u{E9} 字 \\n \"x\""), ("a\nb\r\tc", "a\\nb\\r\\tc"),
    ("\u{1B}[31mred\u{7F}\0", "\\u{1B}[31mred\\u{7F}\\u{0}"),
    ("\u{85}\u{2028}\u{2029}", "\\u{85}\\u{2028}\\u{2029}"),
  ])
  func whatErrorsQuoteStaysOnOneLine(text: String, line: String) {
    #expect(text.onOneLine == line)
    #expect(
      FileError(path: text, operation: "read", reason: text).description == "\(line): cannot read: \(line)")
  }

  @Test func writtenFilesAppearWholeOrNotAtAll() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/a/b/file"
      try Files.write("old", to: path)
      do {
        let file = try AtomicFile(path)
        try file.append([UInt8](repeating: 7, count: 200_000))
      }
      #expect(try Files.read(path) == Array("old".utf8))
      try Files.write([UInt8](repeating: 7, count: 200_000), to: path)
      #expect(try Files.read(path).count == 200_000)
      #expect(try Files.list(folder + "/a/b") == ["file"])
    }
  }

  @Test func whatIsNoFileIsWrittenToAsItIs() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/pipe"
      try #require(mkfifo(path, 0o600) == 0)
      // Both ends at once, so that neither waits for the other.
      let reader = open(path, O_RDWR | O_NONBLOCK)
      defer { close(reader) }
      try Files.write("through", to: path)
      var bytes = [UInt8](repeating: 0, count: 16)
      #expect(read(reader, &bytes, 16) == 7 && bytes.prefix(7) == ArraySlice("through".utf8))
      #expect(try Files.list(folder) == ["pipe"])
      try Files.write("nowhere", to: "/dev/null")
    }
  }

  @Test func linksAreFollowedAndPermissionsStay() throws {
    try withTemporaryDirectory { folder in
      let (target, path) = (folder + "/a/target", folder + "/b/link")
      try Files.write("old", to: target)
      try Files.makeDirectory(folder + "/b")
      try #require(chmod(target, 0o600) == 0 && symlink("../a/target", path) == 0)
      try Files.write("new", to: path)
      #expect(try Files.read(target) == Array("new".utf8))
      var status = stat()
      #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
      #expect(stat(target, &status) == 0 && status.st_mode & 0o777 == 0o600)
      #expect(Files.resolved(folder + "/b/../b/link") == Files.resolved(target))
      #expect(Files.resolved(folder + "/nothing") == nil)
    }
  }

  @Test(arguments: [
    ("run.json.part-17-3", true), ("corpus.part-01.txt", false), ("x.part-1", false), ("x.part-1-", false),
    ("part-1-2", false),
  ])
  func unfinishedFilesAreKnownByTheirNames(name: String, isUnfinished: Bool) {
    #expect(AtomicFile.isUnfinished(name) == isUnfinished)
  }

  @Test func aFileThatCannotTakeItsNameLeavesNothing() throws {
    try withTemporaryDirectory { folder in
      try Files.write("in the way", to: folder + "/name/file")
      #expect(throws: FileError.self) { try Files.write("x", to: folder + "/name") }
      #expect(try Files.list(folder) == ["name"])
    }
  }

  @Test func twoWritersOfOneNameDoNotMeet() throws {
    try withTemporaryDirectory { folder in
      let files = try (0..<2).map { _ in try AtomicFile(folder + "/name") }
      for (number, file) in files.enumerated() {
        try file.append([UInt8](repeating: UInt8(number), count: 100_000 * (2 - number)))
      }
      for (number, file) in files.enumerated() {
        try file.commit()
        #expect(
          try Files.read(folder + "/name") == [UInt8](repeating: UInt8(number), count: 100_000 * (2 - number))
        )
      }
      #expect(try Files.list(folder) == ["name"])
    }
  }

  @Test func errorsNameTheFileAndTheReason() throws {
    try withTemporaryDirectory { folder in
      #expect(throws: FileError(path: folder + "/x", operation: "read", reason: "No such file or directory"))
      {
        try Files.read(folder + "/x")
      }
      #expect(throws: FileError.self) { try Files.read(folder) }
      try Files.write("", to: folder + "/empty")
      #expect(try Files.read(folder + "/empty").isEmpty)
      #expect(throws: FileError.self) { try Files.makeDirectory(folder + "/empty") }
      #expect(throws: FileError.self) { try Files.write("x", to: folder + "/empty/below") }
    }
  }

  @Test func aTemporaryFileHasNoNameAndCanBeReadBack() throws {
    let file = try Files.makeTemporaryFile()
    defer { fclose(file) }
    var status = stat()
    #expect(fstat(fileno(file), &status) == 0 && status.st_nlink == 0)
    #expect(fwrite([UInt8(1), 2, 3], 1, 3, file) == 3)
    rewind(file)
    var bytes = [UInt8](repeating: 0, count: 4)
    #expect(fread(&bytes, 1, 4, file) == 3)
    #expect(bytes == [1, 2, 3, 0])
  }

  @Test func aReleasedPartOfAMappedFileCanBeReadAgain() throws {
    try withTemporaryDirectory { folder in
      let bytes = (0..<300_001).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
      try Files.write(bytes, to: folder + "/file")
      let file = try MappedFile(folder + "/file")
      for range in [0..<300_001, 5..<9, 4095..<8193, 300_000..<300_001, 7..<7] {
        file.release(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
        #expect(file.bytes.elementsEqual(bytes))
      }
    }
  }
}
