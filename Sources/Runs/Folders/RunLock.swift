import Files
import Glibc
import Training

/// Holds a run folder for one process; given back when the object goes, or with the process.
public final class RunLock {
  private let descriptor: Int32
  /// What is said where another process holds a folder.
  public static let inUse = "another run is using this folder"

  /// Claims the folder, making it if need be; throws at once if another process holds it.
  public init(_ folder: RunFolder) throws {
    try Files.makeDirectory(folder.path)
    let opened = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    if opened < 0 {
      throw FileError(path: folder.lock, operation: "write")
    }
    if flock(opened, LOCK_EX | LOCK_NB) != 0 {
      close(opened)
      throw TrainingError.folder(path: folder.path, reason: Self.inUse)
    }
    // Set last: an object that is whole runs its deinit when its init throws, which would close a second time.
    descriptor = opened
  }

  /// Claims the folder as soon as no other process holds it.
  public static func waiting(for folder: RunFolder) throws -> RunLock {
    while true {
      do {
        return try RunLock(folder)
      } catch TrainingError.folder(path: _, reason: inUse) {
        usleep(20_000)
      }
    }
  }

  deinit {
    // Closing alone would leave the lock to a child that is being started in this moment and still has a copy.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
