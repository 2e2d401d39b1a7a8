import Files

/// Runs `body` with a fresh folder that is removed afterwards.
public func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = try Files.makeTemporaryDirectory()
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
