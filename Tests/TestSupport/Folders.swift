import Files
import Glibc

/// Where temporary files belong: `TMPDIR`, or what the system says.
public let temporaryRoot = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir

/// Runs `body` with a fresh folder that is removed afterwards.
public func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  var template = Array("\(temporaryRoot)/anneal-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else {
    throw FileError(
      path: temporaryRoot, operation: "make a folder in", reason: String(cString: strerror(errno)))
  }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { try? Files.remove(path) }
  return try body(path)
}

/// The folder of real data and golden results beside the repository, or nil where it is not there.
///
/// Tests that need it are enabled by `SharedData.isAvailable` and are skipped by name elsewhere.
public enum SharedData {
  /// The folder, ending without a slash.
  public static let path =
    String(#filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()) + "/../shared"
  /// Whether the folder is there.
  public static let isAvailable = Files.isDirectory(path + "/goldens")
}
