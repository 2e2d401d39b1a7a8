import Files
import Synchronization
import TestSupport
import Testing

@testable import Tokenization

@Suite struct LineTests {
  private func lines(_ files: [String], threads: Int) throws -> [String] {
    let result = Mutex<[String]>([])
    _ = try ParallelBlocks.inOrder(LineBlockReader(files), threads: threads) {
      [String]()
    } work: { state, block in
      state.removeAll()
      block.forEachLine { state.append(String(decoding: $0, as: UTF8.self)) }
    } emit: { state, _ in
      let part = state
      result.withLock { $0 += part }
    }
    return result.withLock { $0 }
  }

  @Test(arguments: [1, 2, 5]) func linesOfManyBlocksStayInOrder(_ threads: Int) throws {
    try withTemporaryDirectory { folder in
      let first = (0..<200_000).map { "line \($0)" }
      let long = String(repeating: "x", count: 3_000_000)
      try Files.write(first.joined(separator: "\n"), to: folder + "/a")
      try Files.write("\r\nlong\r\n\(long)\n\nend\n", to: folder + "/b")
      try Files.write("", to: folder + "/c")
      let found = try lines([folder + "/a", folder + "/c", folder + "/b"], threads: threads)
      #expect(found == first + ["", "long", long, "", "end"])
    }
  }

  @Test func errorsEndAllThreads() throws {
    try withTemporaryDirectory { folder in
      try Files.write(String(repeating: "a\n", count: 2_000_000), to: folder + "/a")
      #expect(throws: FileError.self) { try lines([folder + "/a", folder + "/none"], threads: 3) }
      #expect(throws: FileError.self) { try lines([folder], threads: 1) }
      #expect(throws: TokenizerError.self) {
        _ = try ParallelBlocks.inOrder(LineBlockReader([folder + "/a"]), threads: 3) {
          0
        } work: { _, block in
          if block.index == 1 { throw TokenizerError("no") }
        } emit: { _, _ in
        }
      }
    }
  }

  @Test func columnsByNameAndNumber() throws {
    try withTemporaryDirectory { folder in
      try Files.write("id\ttext\n1\ta b\n2\tthe\textra\n3\n", to: folder + "/t")
      func column(_ name: String, header: Bool = false) throws -> [String] {
        let block = LineBlock()
        var found: [String] = []
        let reader = LineBlockReader([folder + "/t"])
        while try reader.next(block) {
          let place = try LineColumn(name, header: header).resolved(in: block)
          try block.forEachLine { line in
            if let part = try place.find(in: line, block: block) {
              found.append(String(decoding: part, as: UTF8.self))
            }
          }
        }
        return found
      }
      #expect(try column("id") == ["1", "2", "3"])
      #expect(try column("1") == ["id", "1", "2", "3"])
      #expect(try column("1", header: true) == ["1", "2", "3"])
      let short = #expect(throws: TokenizerError.self) { try column("text") }
      #expect(short?.line == 4)
      #expect(throws: TokenizerError.self) { try column("nothing") }
      #expect(throws: TokenizerError.self) { try column("0") }
    }
  }

  @Test func idsAsText() throws {
    let tokenizer = try Small.tokenizer()
    let writer = IDWriter(IDDigits(tokenizer.vocabulary))
    [2, 40, 3].withUnsafeBufferPointer { writer.addLine(ids: $0) }
    [Int32]().withUnsafeBufferPointer { writer.addLine(ids: $0) }
    [5, 11].withUnsafeBufferPointer { writer.addLine(tokens: $0) }
    [Int32]().withUnsafeBufferPointer { writer.addLine(tokens: $0) }
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "2 40 3\n\nthe ##ed\n\n")
    writer.removeAll()
    [258, 1].withUnsafeBufferPointer { writer.add(binary: $0) }
    #expect(Array(writer.bytes) == [2, 1, 0, 0, 1, 0, 0, 0])
  }
}
