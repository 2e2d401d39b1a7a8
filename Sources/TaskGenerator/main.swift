import Files
import Glibc

/// `TaskGenerator [--output FOLDER] [--seed N]`: writes all tasks, `tasks` and 1 unless told otherwise.
let usage = "usage: TaskGenerator [--output FOLDER] [--seed N]"

/// Writes to standard error; `stderr` itself is a shared variable that Swift 6 keeps away from.
func complain(_ message: String) {
  _ = message.withCString { write(STDERR_FILENO, $0, message.utf8.count) }
}

var output = "tasks"
var seed: UInt64 = 1
var arguments = CommandLine.arguments.dropFirst()
while let option = arguments.popFirst() {
  let value = arguments.popFirst()
  switch (option, value) {
  case ("--help", nil), ("-h", nil):
    print(usage)
    exit(0)
  case ("--output", let folder?): output = folder
  case ("--seed", let number?) where UInt64(number) != nil: seed = UInt64(number) ?? seed
  default:
    complain("TaskGenerator: \(option) \(value ?? "") is not understood; \(usage)\n")
    exit(64)
  }
}

do {
  let files = try Catalogue.files(seed: seed) + OwnFormats.files(seed: seed)
  for file in files {
    let path = output + "/" + file.path
    try Files.makeDirectory(Files.directory(of: path))
    try Files.write(file.text, to: path)
  }
  let bytes = files.reduce(0) { $0 + $1.text.utf8.count }
  print("\(output): \(files.count) files, \(bytes) bytes, seed \(seed)")
} catch {
  complain("TaskGenerator: \(error)\n")
  exit(1)
}
