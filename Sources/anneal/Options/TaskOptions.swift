import ArgumentParser
import Files
import GLUE
import Runs
import Training

/// Where the files of tasks are.
struct TaskFolderOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder that holds a folder for each task; the embedded tasks if left out.", valueName: "dir"),
    completion: .directory)
  var data: String?

  /// The folder to read.
  var path: String { data ?? EmbeddedFiles.tasks }
}

/// A task and where its files are.
struct TaskOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The task: \(TaskOptions.names).", valueName: "task"))
  var task: String

  @OptionGroup var tasks: TaskFolderOption

  @Flag(help: "Leave out lines whose columns do not fit, instead of refusing them.")
  var skipMalformed = false

  func validate() throws { try Self.validate(task: task, in: tasks.path) }

  /// What may be said for a task, for help.
  static let names =
    GLUETask.all.map(\.name).joined(separator: ", ") + ", or the name of a folder of your own in --data"

  /// Throws for a name that is no task's, of GLUE or below `data`.
  static func validate(task: String, in data: String) throws {
    do { try GLUETask.require(task, in: data) } catch {
      throw ValidationError("--task: \(error)" + hint(for: task, in: data))
    }
  }

  /// What was perhaps meant by a name that is no task's.
  private static func hint(for task: String, in data: String) -> String {
    let path = task.hasSuffix("/") ? String(task.dropLast()) : task
    if let slash = path.lastIndex(of: "/") {
      let (folder, name) = (path[..<slash], path[path.index(after: slash)...])
      return
        "; a task is the name of a folder in --data: --task \(name) --data \(folder.isEmpty ? "/" : folder)"
    }
    let folders = ((try? Files.list(data)) ?? []).filter { Files.exists("\(data)/\($0)/train.tsv") }
    let names = GLUETask.all.map(\.name) + folders
    let small = names.map { $0.lowercased() }
    let near = NearestName.of(task.lowercased(), in: small) ?? small.first { $0.hasPrefix(task.lowercased()) }
    return names.first { $0.lowercased() == near }.map { "; did you mean \($0)?" } ?? ""
  }
}

/// A task and where its files are, for commands that may take them from a settings file.
struct OptionalTaskOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The task: \(TaskOptions.names).", valueName: "task"))
  var task: String?

  @OptionGroup var tasks: TaskFolderOption

  @Flag(help: "Leave out lines whose columns do not fit, instead of refusing them.")
  var skipMalformed = false

  /// Sets what these options say; settings that name no folder get the embedded tasks.
  func apply(to settings: inout some RunSettings) {
    if let task { settings.task = task }
    if let data = tasks.data {
      settings.data = data
    } else if settings.data == "tasks" {
      settings.data = EmbeddedFiles.tasks
    }
    if skipMalformed { settings.skipMalformed = true }
  }
}
