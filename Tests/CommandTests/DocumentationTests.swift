import ArgumentParser
import Files
import Foundation
import TestSupport
import Testing

@testable import anneal

/// What the README and the articles show: commands that parse, Swift that compiles, settings that are read.
@Suite struct DocumentationTests {
  /// One fenced block of a page.
  private struct Block {
    let language: String
    let text: String
  }

  private static let pages: [String] = {
    let sources = Program.repository + "/Sources"
    let catalogues = ((try? Files.list(sources)) ?? []).map { "\(sources)/\($0)/\($0).docc" }
      .filter(Files.isDirectory)
    let articles = catalogues.flatMap { folder in
      ((try? Files.list(folder)) ?? []).filter { $0.hasSuffix(".md") }.map { folder + "/" + $0 }
    }
    return [Program.repository + "/README.md"] + articles
  }()

  private static func blocks(_ page: String) throws -> [Block] {
    var blocks: [Block] = []
    var open: (language: String, lines: [Substring])?
    for line in String(decoding: try Files.read(page), as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(Block(language: block.language, text: block.lines.joined(separator: "\n") + "\n"))
          open = nil
        } else {
          open = (String(line.dropFirst(3)), [])
        }
      } else {
        open?.lines.append(line)
      }
    }
    #expect(open == nil, "\(page): a block is not closed")
    return blocks
  }

  /// The arguments of each call of anneal in a piece of shell; what is piped or written elsewhere is left out.
  private static func calls(_ shell: String) -> [[String]] {
    shell.replacing("\\\n", with: " ").split(separator: "\n").flatMap { line in
      line.prefix { $0 != "#" }.split(separator: "|").compactMap { part -> [String]? in
        var words: [String] = []
        for (index, piece) in part.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
          words += index % 2 == 1 ? [String(piece)] : piece.split(separator: " ").map(String.init)
        }
        guard let start = words.firstIndex(where: { ["anneal", "$anneal"].contains($0) }) else { return nil }
        return Array(words[(start + 1)...].prefix { $0 != ">" })
      }
    }
  }

  @Test(arguments: pages) func commandsParse(page: String) throws {
    let text = String(decoding: try Files.read(page), as: UTF8.self)
    // Code in a line of text counts too where it has options.
    let inline = text.split(separator: "`").filter { $0.hasPrefix("anneal ") && $0.contains(" --") }
    let blocks = try Self.blocks(page).filter { ["sh", ""].contains($0.language) }
    for arguments in Self.calls(blocks.map(\.text).joined()) + inline.flatMap({ Self.calls(String($0)) })
    where !arguments.contains("--generate-completion-script") && !arguments.contains("--version") {
      do { _ = try Anneal.parseAsRoot(arguments) } catch {
        let message = Anneal.message(for: error)
        // What stands in a line of text need not be whole, but its options are there.
        let isInline = inline.contains { Self.calls(String($0)).contains(arguments) }
        if isInline && (message.hasPrefix("Missing") || message.hasPrefix("Give ")) { continue }
        // `my` is a folder of the reader's.
        if arguments.contains("my") && message.contains("expected a folder of tasks") { continue }
        Issue.record("\(page): anneal \(arguments.joined(separator: " ")): \(message)")
      }
    }
  }

  @Test func theReadmeShowsCalls() throws {
    let shell = try Self.blocks(Self.pages[0]).filter { $0.language == "sh" }.map(\.text)
    #expect(shell.flatMap(Self.calls).count > 8)
  }

  @Test(arguments: pages) func settingsAreRead(page: String) throws {
    for block in try Self.blocks(page) where block.language == "yaml" {
      try withTemporaryDirectory { folder in
        let path = folder + "/settings.yaml"
        try Files.write(block.text, to: path)
        let outcome = try Program.run(
          block.text.contains("\nmethods:")
            ? ["sweep", path, "--report-only", "--output", folder]
            : [
              "distill", block.text.contains("replay_share") ? "--sequence" : "--settings", path,
              "--print-settings",
            ])
        #expect(outcome.status == 0, "\(page): \(outcome.error)")
      }
    }
  }

  /// All Swift of all pages as one module: what a page shows later may use what it showed before.
  @Test func swiftCompiles() throws {
    try withTemporaryDirectory { folder in
      var imports: Set<String> = ["Foundation"]
      var functions = ""
      var count = 0
      for (number, page) in Self.pages.enumerated() {
        // An entry of the table of tasks is a part of that table, and compiled with it below.
        let all = try Self.blocks(page).filter { $0.language == "swift" }
        let snippets = all.filter { !$0.text.contains("private static let") }
        if let module = page.split(separator: "/").dropLast().last?.split(separator: ".").first {
          if !snippets.isEmpty { imports.insert(String(module)) }
        }
        functions += "func page\(number)() throws {\n"
        for snippet in snippets {
          for line in snippet.text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("import ") {
              imports.insert(String(line.dropFirst("import ".count)))
            } else {
              functions += line + "\n"
            }
          }
          functions += "do {\n"
          count += 1
        }
        functions += String(repeating: "}\n", count: snippets.count + 1)
        for entry in all where entry.text.contains("private static let") {
          try Self.expectCompiles(entry: entry.text, in: folder)
          count += 1
        }
      }
      #expect(count >= 7)
      let source = folder + "/snippets.swift"
      try Files.write(imports.sorted().map { "import \($0)\n" }.joined() + functions, to: source)
      try Self.expectCompiles([source])
    }
  }

  /// Compiles the module of tasks with one more entry in its table.
  private static func expectCompiles(entry: String, in folder: String) throws {
    let sources = Program.repository + "/Sources/GLUE"
    let folders = try Files.list(sources).filter { Files.isDirectory("\(sources)/\($0)") }
    let files = try ([""] + folders.map { $0 + "/" }).flatMap { folder in
      try Files.list(sources + "/" + folder).filter { $0.hasSuffix(".swift") }.map { folder + $0 }
    }
    let copies = try files.map { name in
      let copy = folder + "/" + name.replacing("/", with: "-")
      var text = String(decoding: try Files.read(sources + "/" + name), as: UTF8.self)
      if let place = text.firstRange(of: "extension GLUETask {\n"), name == "Tasks/GLUETasks.swift" {
        text.insert(contentsOf: entry, at: place.upperBound)
      }
      try Files.write(text, to: copy)
      return copy
    }
    try expectCompiles(copies + ["-module-name", "GLUE"])
  }

  private static func expectCompiles(_ arguments: [String]) throws {
    let build = Files.directory(of: Program.path)
    let line = """
      maps=; for map in Sources/*/module.modulemap "\(build)"/*.build/module.modulemap \
        "\(build)"/../../checkouts/*/Sources/*/include/module.modulemap; do
        [ -f "$map" ] && maps="$maps -Xcc -fmodule-map-file=$map"
      done
      exec swiftc -typecheck -swift-version 6 -enable-upcoming-feature MemberImportVisibility -package-name anneal \
        -I "\(build)/Modules" $maps \(arguments.joined(separator: " "))
      """
    let outcome = try Program.shell(line)
    #expect(outcome.status == 0, "\(outcome.error)")
  }
}
