public import Glibc

/// What went wrong with a file: where, doing what, and why.
public struct FileError: Error, CustomStringConvertible, Equatable {
  /// The file or folder.
  public let path: String
  /// What was tried, such as `read`.
  public let operation: String
  /// Why it failed, in words.
  public let reason: String

  /// An error with its reason in words.
  public init(path: String, operation: String, reason: String) {
    self.path = path
    self.operation = operation
    self.reason = reason
  }

  /// An error with the reason that the system gave last (`errno`).
  public init(path: String, operation: String) {
    self.init(path: path, operation: operation, reason: String(cString: strerror(errno)))
  }

  /// One line with the path, what was tried and why it failed.
  public var description: String { "\(path): cannot \(operation): \(reason)".onOneLine }
}

/// Whole files in, whole files out: what every room needs of the file system.
public enum Files {
  /// Whether anything is at `path`.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether `path` is a folder.
  public static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The bytes of a file.
  public static func read(_ path: String) throws -> [UInt8] {
    let file = try MappedFile(path)
    return Array(file.bytes)
  }

  /// The path of what is there, without links, `.` and `..`; nil where nothing is.
  public static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The names in a folder, sorted, without `.` and `..`.
  public static func list(_ path: String) throws -> [String] {
    guard let directory = opendir(path) else { throw FileError(path: path, operation: "list") }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes a folder and those above it.
  public static func makeDirectory(_ path: String) throws {
    if path.isEmpty || isDirectory(path) { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeDirectory(String(path[..<slash]))
    }
    if mkdir(path, 0o777) != 0 && errno != EEXIST {
      throw FileError(path: path, operation: "make the folder")
    }
    if !isDirectory(path) {
      throw FileError(path: path, operation: "make the folder", reason: "a file of that name is there")
    }
  }

  /// Where temporary files belong: `TMPDIR`, or what the system says.
  public static let temporaryRoot = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir

  /// Makes a folder of a name of its own where the system keeps temporary files.
  public static func makeTemporaryDirectory() throws -> String {
    var name = temporaryName
    guard mkdtemp(&name) != nil else {
      throw FileError(path: temporaryRoot, operation: "make a folder in")
    }
    return String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Opens a temporary file without a name, for writing and reading; it is gone when it is closed.
  public static func makeTemporaryFile() throws -> UnsafeMutablePointer<FILE> {
    var name = temporaryName
    let descriptor = mkstemp(&name)
    if descriptor >= 0 { unlink(name) }
    guard descriptor >= 0, let file = fdopen(descriptor, "w+") else {
      throw FileError(path: temporaryRoot, operation: "make a file in")
    }
    return file
  }

  /// A path whose last six characters the system replaces.
  private static var temporaryName: [CChar] {
    Array("\(temporaryRoot)/anneal-\(String(repeating: "X", count: 6))".utf8CString)
  }

  /// Writes a file so that either the whole of it or what was there before is seen under its name.
  public static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    let file = try AtomicFile(path)
    try file.append(bytes)
    try file.commit()
  }

  /// Writes text as UTF-8, as `write(_:to:)` does.
  public static func write(_ text: String, to path: String) throws { try write(text.utf8, to: path) }

  /// Writes all of some bytes to an open file; false where that fails, with the reason in `errno`.
  public static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if written < 0 && errno == EINTR { continue }
      if written <= 0 { return false }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
    return true
  }

  /// Renames, replacing a file of that name, and makes the new name last through a power cut.
  public static func rename(_ source: String, to path: String) throws {
    if Glibc.rename(source, path) != 0 { throw FileError(path: path, operation: "rename \(source)") }
    try synchronize(directory(of: path))
  }

  /// Removes a file or a folder with all that is in it; nothing there is no error.
  public static func remove(_ path: String) throws {
    var status = stat()
    if lstat(path, &status) != 0 { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in try list(path) { try remove(path + "/" + name) }
      if rmdir(path) != 0 { throw FileError(path: path, operation: "remove") }
    } else if unlink(path) != 0 {
      throw FileError(path: path, operation: "remove")
    }
  }

  /// The bytes that may still be written to the disk of an existing folder; nil where nobody knows.
  public static func freeByteCount(_ path: String) -> Int? {
    var status = statvfs()
    if statvfs(path, &status) != 0 { return nil }
    return Int(
      clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }

  /// Flushes a file or a folder to the disk.
  public static func synchronize(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw FileError(path: path, operation: "flush") }
    defer { close(descriptor) }
    // Some file systems cannot flush a folder and say EINVAL; a rename there is as lasting as it gets.
    if fsync(descriptor) != 0 && errno != EINVAL { throw FileError(path: path, operation: "flush") }
  }

  /// The folder that `path` lies in.
  public static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
