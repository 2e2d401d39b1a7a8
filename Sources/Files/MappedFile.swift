import Glibc

/// A file's bytes in memory without copying; pages are read when they are touched.
public final class MappedFile: @unchecked Sendable {
  /// Where the file is.
  public let path: String
  /// Its bytes, valid for as long as this object lives.
  public let bytes: UnsafeRawBufferPointer

  /// Maps the regular file at `path`.
  public init(_ path: String) throws {
    self.path = path
    // A pipe without a writer would be waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw FileError(path: path, operation: "read") }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw FileError(path: path, operation: "read") }
    if status.st_mode & S_IFMT != S_IFREG {
      throw FileError(path: path, operation: "read", reason: "it is not a regular file")
    }
    if status.st_size == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let base = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED
    else { throw FileError(path: path, operation: "read") }
    bytes = UnsafeRawBufferPointer(start: base, count: Int(status.st_size))
  }

  /// Says that a part has been used, so that its whole pages need not stay in memory; reading them again works.
  public func release(_ part: UnsafeRawBufferPointer) {
    guard let base = part.baseAddress else { return }
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = (Int(bitPattern: base) + page - 1) / page * page
    let end = (Int(bitPattern: base) + part.count) / page * page
    if first < end { madvise(UnsafeMutableRawPointer(bitPattern: first), end - first, MADV_DONTNEED) }
  }

  deinit {
    if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
  }
}
