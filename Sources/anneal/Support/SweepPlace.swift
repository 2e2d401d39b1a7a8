import Distillation
import Files
import Glibc
import Runs

/// Where a sweep lies that is only looked at: a relative path in its file is that of the folder it was run from.
enum SweepPlace {
  /// Makes that folder the working folder if the sweep is not in this one, and returns the file's path there.
  ///
  /// It is looked for from the file's folder upwards. Throws `FileError` where the sweep is in none of them.
  static func enter(_ file: String, output: String?) throws -> String {
    var replacements = SweepFile.Replacements()
    replacements.output = output
    let folder = try SweepFile(file, replacing: replacements).output
    if Files.isDirectory(folder) { return file }
    guard let resolved = Files.resolved(file) else { return file }
    var place = resolved
    while output == nil && !folder.hasPrefix("/") && place != "/" {
      place = Files.directory(of: place)
      if Files.isDirectory("\(place)/\(folder)") && chdir(place) == 0 { return resolved }
    }
    throw FileError(
      path: folder, operation: "read",
      reason: "there is no such folder here or above the file: the sweep was not run yet, or elsewhere (give "
        + "--output)")
  }
}
