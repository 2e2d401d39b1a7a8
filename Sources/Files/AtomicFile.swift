import Glibc
import Synchronization

/// A file that is written aside and gets its name when it is complete and on the disk.
///
/// Without `commit()` the part written is gone, where the file system has files without a name (O_TMPFILE) also when the
/// process is killed; what was under the name before stays as it was. A link is
/// followed, and the file that was there hands on its permissions. What is no file, a device or a pipe, is written to
/// as it is.
public final class AtomicFile {
  private let path: String
  /// The file aside and the name it gets; nil where `path` is no file.
  private let renaming: (from: String, to: String)?
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  /// How many bytes were written, and for how many of them the disk was set going.
  private var length = 0
  private var started = 0
  private static let writebackSize = 16 << 20
  private var isCommitted = false
  /// Whether the file has no name yet, and is gone when it is closed.
  private var isNameless = false
  /// Linux's O_TMPFILE, which is no plain number in its headers.
  private static let nameless = 0o20_000_000 | O_DIRECTORY
  /// Tells apart what threads of one process write under one name.
  private static let opened = Atomic<Int>(0)

  /// Opens a new file beside `path`, making the folder if need be.
  public init(_ path: String) throws {
    self.path = path
    var before = stat()
    let exists = stat(path, &before) == 0
    let kind = before.st_mode & S_IFMT
    if exists && kind == S_IFDIR {
      throw FileError(path: path, operation: "write", reason: "a folder of that name is there")
    }
    if exists && kind != S_IFREG {
      renaming = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      let target = Files.resolved(path) ?? path
      let number = Self.opened.wrappingAdd(1, ordering: .relaxed).newValue
      let aside = "\(target).part-\(getpid())-\(number)"
      renaming = (aside, target)
      try Files.makeDirectory(Files.directory(of: target))
      // It gets its name by way of /proc.
      let canBeNamed = access("/proc/self/fd", F_OK) == 0
      descriptor =
        canBeNamed ? open(Files.directory(of: target), Self.nameless | O_WRONLY | O_CLOEXEC, 0o666) : -1
      isNameless = descriptor >= 0
      if !isNameless { descriptor = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
      if exists && descriptor >= 0 { fchmod(descriptor, before.st_mode & 0o777) }
    }
    if descriptor < 0 { throw FileError(path: path, operation: "write") }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if let renaming, !isCommitted, !isNameless { unlink(renaming.from) }
  }

  /// Whether a name is that of a file which its process was killed while writing, or is writing still.
  public static func isUnfinished(_ name: String) -> Bool {
    guard let mark = name.firstRange(of: ".part-") else { return false }
    let numbers = name[mark.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
    return numbers.count == 2
      && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
  }

  /// Adds bytes at the end.
  public func append(_ bytes: some Sequence<UInt8>) throws {
    let whole: Void? = try bytes.withContiguousStorageIfAvailable { try append($0) }
    if whole == nil {
      buffer.append(contentsOf: bytes)
      if buffer.count >= 1 << 16 { try flush() }
    }
  }

  /// Adds contiguous bytes at the end; large runs are written without a copy.
  public func append(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    if bytes.count < 1 << 16 {
      buffer.append(contentsOf: bytes)
      if buffer.count >= 1 << 16 { try flush() }
    } else {
      try flush()
      try writeAll(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Flushes to the disk and gives the file its name.
  public func commit() throws {
    try flush()
    if renaming != nil && fsync(descriptor) != 0 { throw FileError(path: path, operation: "write") }
    if let renaming, isNameless {
      let file = "/proc/self/fd/\(descriptor)"
      if linkat(AT_FDCWD, file, AT_FDCWD, renaming.from, AT_SYMLINK_FOLLOW) != 0 {
        throw FileError(path: path, operation: "write")
      }
      isNameless = false
    }
    let closed = close(descriptor)
    descriptor = -1
    if closed != 0 { throw FileError(path: path, operation: "write") }
    if let renaming { try Files.rename(renaming.from, to: renaming.to) }
    isCommitted = true
  }

  private func flush() throws {
    try buffer.withUnsafeBytes { try writeAll($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer) throws {
    if !Files.writeAll(bytes, to: descriptor) { throw FileError(path: path, operation: "write") }
    length += bytes.count
    startWriteback()
  }

  /// Has the disk begin with what was written, so that `commit()` finds little left to wait for.
  ///
  /// Linux starts writing dirty pages back on this advice; it drops only those that are on the disk already.
  private func startWriteback() {
    if renaming == nil || length - started < Self.writebackSize { return }
    _ = posix_fadvise(descriptor, off_t(started), off_t(length - started), POSIX_FADV_DONTNEED)
    started = length
  }
}
