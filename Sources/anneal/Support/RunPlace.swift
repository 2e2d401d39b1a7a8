import Files
import Reporting
import Runs
import Training

/// A path where a run is looked for: what is there instead, and what to do.
struct RunPlace {
  private let path: String

  /// Throws `ReportingError.notARun`, with what is there and what was perhaps meant, where no run is.
  static func require(_ path: String) throws {
    let run = RunFolder(path)
    if Files.exists(run.description) || Files.exists(run.events) { return }
    throw ReportingError.notARun(path: path, reason: RunPlace(path: path).reason)
  }

  /// The run to go on with where a run is not over; nil where it is.
  static func unfinished(_ path: String) -> String? {
    guard let kind = try? RunRecord<JSONValue>.read(RunFolder(path)), kind.status != "finished" else {
      return nil
    }
    return "\(path): unfinished: anneal resume \(path)"
  }

  private var reason: String {
    guard Files.exists(path) else {
      let names = (try? Files.list(Files.directory(of: path))) ?? []
      let last = String(path.split(separator: "/").last ?? "")
      let near = NearestName.of(last, in: names.filter { isRun(sibling($0)) })
      return "there is nothing of that name" + (near.map { ": did you mean \(sibling($0))?" } ?? "")
    }
    if let run = around { return "this is a part of a run: did you mean \(run)?" }
    if !Files.isDirectory(path) { return "this is a file, not the folder of a run" }
    let runs = Self.runs(under: path, depth: 3)
    if Files.exists(path + "/table.tsv"), !runs.isEmpty {
      return "this is the folder of a sweep: its table is \(path)/table.md, its runs are \(Self.list(runs))"
    }
    if !runs.isEmpty { return "this is a folder of runs: give \(Self.list(runs))" }
    if Files.exists(path + "/config.json") { return "this is the folder of a model, and not of a run" }
    return "there is no run in this folder: neither run.json nor events.jsonl"
  }

  private func sibling(_ name: String) -> String {
    path.contains("/") ? "\(Files.directory(of: path))/\(name)" : name
  }

  private func isRun(_ path: String) -> Bool { Files.exists(RunFolder(path).description) }

  /// The run that the path is a part of.
  private var around: String? {
    guard var place = Files.resolved(path) else { return nil }
    for _ in 0..<3 {
      place = Files.directory(of: place)
      if isRun(place) {
        // As it was spelled, where it was.
        var spelled = path
        while spelled.contains("/") {
          spelled = Files.directory(of: spelled)
          if Files.resolved(spelled) == place { return spelled }
        }
        return place
      }
    }
    return nil
  }

  private static func runs(under path: String, depth: Int) -> [String] {
    if depth == 0 { return [] }
    let folders = ((try? Files.list(path)) ?? []).prefix(1000).map { "\(path)/\($0)" }.filter(
      Files.isDirectory)
    return folders.flatMap {
      Files.exists(RunFolder($0).description) ? [$0] : runs(under: $0, depth: depth - 1)
    }
  }

  private static func list(_ runs: [String]) -> String {
    runs.prefix(3).joined(separator: ", ") + (runs.count > 3 ? " and \(runs.count - 3) more" : "")
  }
}
