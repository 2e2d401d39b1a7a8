import Files
import TestSupport
import Testing

/// Manual pages: one for each command, with everything that its help says.
@Suite struct ManualTests {
  private static let hasGroff = (try? Program.shell("command -v groff"))?.status == 0

  private func withPages(_ body: (String, [String]) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      #expect(try Program.run(["manual", "--output", folder]).status == 0)
      try body(folder, try Files.list(folder))
    }
  }

  @Test func everyCommandHasAPageWithAllOfItsOptions() throws {
    try withPages { folder, pages in
      #expect(pages.count > 15 && pages.contains("anneal.1") && pages.contains("anneal-vocab-train.1"))
      #expect(!pages.contains("anneal-manual.1"))
      for page in pages {
        let text = String(decoding: try Files.read(folder + "/" + page), as: UTF8.self)
        let command = page.dropLast(2).split(separator: "-").dropFirst().map(String.init)
        let help = try Program.run(command + ["--help"], environment: ["COLUMNS": "200"]).output
        for heading in [".SH NAME\n", ".SH SYNOPSIS\n", ".SH SEE ALSO\n"] {
          #expect(text.contains(heading), "\(page) lacks \(heading)")
        }
        #expect(text.contains(".SH EXAMPLE\n.nf\n") == help.contains("\nExample: "), "\(page)")
        // Each option and each command of the help is an entry of the page.
        let usage = try #require(help.firstRange(of: "USAGE: "))
        for line in help[usage.upperBound...].split(separator: "\n").dropFirst() {
          let label = /^  ((-\w, )?--[\w-]+(\/--[\w-]+)?( \[?<[^>]+>\]?)?|<[^>]+>|[a-z]+)/
          guard let name = try label.firstMatch(in: line)?.1 else { continue }
          #expect(
            text.contains(".TP\n.B " + name.replacing("-", with: "\\-") + "\n"), "\(page) lacks \(name)")
        }
      }
    }
  }

  @Test(.enabled(if: hasGroff)) func pagesAreSetWithoutWarnings() throws {
    try withPages { folder, pages in
      let outcome = try Program.shell(
        "for page in \(folder)/*.1; do groff -man -Tutf8 -ww $page | head -n 4; done")
      #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
      #expect(outcome.output.contains("ANNEAL-FINETUNE(1)"))
    }
  }
}
