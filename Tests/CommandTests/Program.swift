import Files
import Foundation
import Glibc

/// The built executable, run as a user runs it.
struct Program {
  /// What a run of it gave.
  struct Outcome {
    let status: Int32
    let output: String
    let error: String
    /// The lines of standard error.
    var errorLines: [String] { error.split(separator: "\n").map(String.init) }
  }

  /// The executable beside the test bundle.
  static let path = Files.directory(of: ownPath) + "/anneal"

  /// The repository's folder.
  static let repository = String(#filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined())

  private static var ownPath: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  }

  /// Runs `anneal` with arguments, in the repository's folder unless told otherwise.
  @discardableResult
  static func run(
    _ arguments: [String], input: String = "", in folder: String = repository,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try launch(path, arguments, input: input, in: folder, environment: environment)
  }

  /// Runs a line of the shell in which `$ANNEAL` is the executable.
  static func shell(_ line: String, in folder: String = repository) throws -> Outcome {
    try launch("/bin/sh", ["-c", line], input: "", in: folder, environment: ["ANNEAL": path])
  }

  /// Starts `anneal` and does not wait for it.
  static func start(_ arguments: [String], in folder: String = repository) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Runs `anneal`, sends SIGKILL after `delay` seconds if it still runs, and returns its status.
  static func runAndKill(_ arguments: [String], after delay: Double) throws -> Int32 {
    let process = try start(arguments)
    let end = Date().addingTimeInterval(delay)
    while process.isRunning && Date() < end { usleep(1000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -1
  }

  private static func launch(
    _ executable: String, _ arguments: [String], input: String, in folder: String,
    environment: [String: String]
  ) throws -> Outcome {
    // Files instead of pipes: a child that writes much to both cannot block.
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    func file(_ name: String, _ content: String = "") throws -> URL {
      let url = scratch.appendingPathComponent(name)
      try content.write(to: url, atomically: false, encoding: .utf8)
      return url
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: try file("in", input))
    let output = try file("out")
    let error = try file("err")
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: error)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      error: String(decoding: try Data(contentsOf: error), as: UTF8.self))
  }
}
