import Files
import Glibc

/// Lets one process at a time make an entry of a cache; the others wait, and then find it made.
///
/// Given back when the object goes, or with the process, however it ends.
final class CacheLock {
  private let path: String
  private let descriptor: Int32

  /// Claims `path`, making the folder if need be; `onWait` is called now and then while another process holds it,
  /// and ends the waiting by throwing.
  init(_ path: String, onWait: () throws -> Void) throws {
    try Files.makeDirectory(Files.directory(of: path))
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      if descriptor < 0 {
        throw FileError(path: path, operation: "write")
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        var (held, named) = (stat(), stat())
        // Whoever held it before has removed the file by now; a lock on a file without a name is none.
        if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino {
          (self.path, self.descriptor) = (path, descriptor)
          return
        }
        close(descriptor)
        continue
      }
      close(descriptor)
      try onWait()
      usleep(200_000)
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }
}
