import Files
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Tokenization

@Suite struct LineTests {
  private func lines(_ files: [String], threads: Int) throws -> [String] {
    let result = Mutex<[String]>([])
    _ = try ParallelBlocks.inOrder(LineBlockReader(files), threads: threads) {
    } makeResult: {
      [String]()
    } work: { _, block, lines in
      lines.removeAll()
      block.forEachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
    } emit: { lines in
      let part = lines
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
        _ = try ParallelBlocks.forEach(LineBlockReader([folder + "/a"]), threads: 3) {
        } work: { _, block in
          if block.index == 1 { throw TokenizerError("no") }
        }
      }
    }
  }

  @Test(arguments: 1...8) func theEarliestOfSeveralErrorsIsTheOneThatIsThrown(_ threads: Int) throws {
    try withTemporaryDirectory { folder in
      try Files.write(String(repeating: "a\n", count: 4_000_000), to: folder + "/a")
      for first in 0..<4 {
        let failures = Atomic<Int>(0)
        let error = #expect(throws: TokenizerError.self) {
          _ = try ParallelBlocks.forEach(LineBlockReader([folder + "/a"]), threads: threads) {
          } work: { _, block in
            // The earliest one fails last.
            if block.index == first && threads > 1 {
              while failures.load(ordering: .sequentiallyConsistent) == 0 { usleep(100) }
              usleep(2000)
            }
            if block.index > first { failures.wrappingAdd(1, ordering: .sequentiallyConsistent) }
            if block.index >= first { throw TokenizerError("block \(block.index)") }
          }
        }
        #expect(error?.message == "block \(first)")
      }
    }
  }

  @Test func aThreadGoesOnWhileAnotherEmits() throws {
    try withTemporaryDirectory { folder in
      try Files.write(String(repeating: "a\n", count: 2_000_000), to: folder + "/a")
      let begun = Atomic<Int>(0)
      let emitted = Mutex<[Int]>([])
      _ = try ParallelBlocks.inOrder(LineBlockReader([folder + "/a"]), threads: 2) {
      } makeResult: {
        0
      } work: { _, block, index in
        index = block.index
        begun.wrappingAdd(1, ordering: .sequentiallyConsistent)
      } emit: { index in
        // The first emission ends only once two later blocks have been begun by the other thread.
        if index == 0 { while begun.load(ordering: .sequentiallyConsistent) < 3 { usleep(100) } }
        let index = index
        emitted.withLock { $0.append(index) }
      }
      #expect(emitted.withLock { $0 } == [0, 1, 2, 3])
    }
  }

  @Test func lineNumbersOfLaterBlocks() throws {
    try withTemporaryDirectory { folder in
      let lines = (0..<300_000).map { String(repeating: "x", count: $0 % 23) }
      try Files.write(lines.joined(separator: "\n"), to: folder + "/a")
      let reader = LineBlockReader([folder + "/a"])
      let block = LineBlock()
      var line = 1
      while try reader.next(block) {
        #expect(block.firstLine == line)
        block.forEachLine { _ in line += 1 }
      }
      #expect(line == 300_001)
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

  /// A mistake of the programmer, such as ids of another tokenizer, must not write beyond the memory there is.
  @Test func idsThatTheVocabularyHasNotStopTheProgram() async {
    for id in [Int32(-1), 5, .max] {
      await #expect(processExitsWith: .failure) { [id = id as Int32] in
        let vocabulary = try Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
        let writer = IDWriter(IDDigits(vocabulary))
        [id].withUnsafeBufferPointer { writer.addLine(ids: $0) }
      }
    }
  }
}
