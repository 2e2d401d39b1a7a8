import Files
import Glibc

/// The tasks and the vocabulary that come with the repository, wherever the program is called from.
enum EmbeddedFiles {
  /// The folder of the embedded tasks.
  static let tasks = find("tasks")
  /// The vocabulary made from them.
  static let vocabulary = find("vocab/vocab.txt")

  /// The path in the working directory, or else beside or above the executable, or in `share/anneal` there.
  private static func find(_ name: String) -> String {
    if Files.exists(name) { return name }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    guard length > 0 else { return name }
    var folder = String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    while folder != "/" && folder != "." {
      folder = Files.directory(of: folder)
      let candidates = ["\(folder)/\(name)", "\(folder)/share/anneal/\(name)"]
      if let found = candidates.first(where: Files.exists) { return found }
    }
    return name
  }
}
