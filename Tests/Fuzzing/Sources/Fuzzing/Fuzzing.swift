import Glibc

// libFuzzer brings the program's `main`: it goes on changing the files that reach code which no file reached before,
// and calls these two. Everything on the command line is its own, so what is wanted is in the environment:
//
//   ANNEAL_SEEDS=FOLDER   writes sound files of every format, each format into a folder of its own, and leaves
//   ANNEAL_FORMAT=FORMAT  says what the files are
//   ANNEAL_FOLDER=FOLDER  is where they are written for readers of files, best in memory

/// Called once, before the first file.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer) -> Int32 {
  do {
    if let folder = Harness.environment("ANNEAL_SEEDS") {
      for format in Format.allCases { try format.writeSeeds(to: folder + "/" + format.rawValue) }
      exit(0)
    }
  } catch {
    print("the seeds cannot be written: \(error)")
    exit(1)
  }
  if Harness.environment("ANNEAL_FORMAT").flatMap(Format.init) == nil {
    print("ANNEAL_FORMAT is one of " + Format.allCases.map(\.rawValue).joined(separator: " "))
    exit(64)
  }
  return 0
}

/// Called with each file.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  Harness.read(UnsafeRawBufferPointer(start: start, count: size))
  return 0
}
