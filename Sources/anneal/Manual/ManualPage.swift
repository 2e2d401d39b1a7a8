/// A page for man(1), made of a command's help: the same words in the same order.
struct ManualPage {
  /// The command's words, such as `["anneal", "vocab", "train"]`.
  let command: [String]
  /// The command's whole help, each paragraph and each option in one line.
  let help: String
  /// What to look at next: names of other pages.
  var related: [String] = []

  /// The page's name, and its file's without the section.
  var name: String { command.joined(separator: "-") }

  /// The page in the macros of man(7).
  var text: String {
    var lines = help.split(separator: "\n", omittingEmptySubsequences: false)[...]
    let overview = Self.take(&lines) { !$0.hasPrefix("USAGE: ") }
    let usage = Self.take(&lines) { !$0.isEmpty }
    var page = ".TH \(Self.quoted(name.uppercased())) 1 \"\" \(Self.quoted("anneal " + Version.number))\n"
    page += description(overview, usage: usage)
    for (line, next) in zip(lines, lines.dropFirst() + [""]) { page += Self.entry(line, next: next) }
    if !related.isEmpty {
      page += ".SH SEE ALSO\n" + related.map { Self.escaped($0) + "(1)" }.joined(separator: ",\n") + "\n"
    }
    return page
  }

  /// Name, synopsis, what it is about and the example.
  private func description(_ overview: [Substring], usage: [Substring]) -> String {
    let paragraphs = overview.filter { !$0.isEmpty }
    let abstract = paragraphs.first.map { Self.without("OVERVIEW: ", $0) } ?? ""
    var page = ".SH NAME\n\(Self.escaped(name)) \\- \(Self.escaped(abstract))\n"
    page += ".SH SYNOPSIS\n.nf\n"
    for line in usage { page += Self.escaped(Self.without("USAGE: ", line.drop { $0 == " " })) + "\n" }
    page += ".fi\n"
    var heading = "DESCRIPTION"
    var isTable = false
    for paragraph in paragraphs.dropFirst() {
      // Lines that are set in by hand stay as they are.
      if paragraph.hasPrefix("  ") != isTable {
        isTable.toggle()
        page += isTable ? ".PP\n.nf\n" : ".fi\n"
      }
      if isTable {
        page += Self.escaped(paragraph) + "\n"
        continue
      }
      if paragraph.hasPrefix("Example: ") {
        page += ".SH EXAMPLE\n.nf\n\(Self.escaped(Self.without("Example: ", paragraph)))\n.fi\n"
        continue
      }
      page += heading.isEmpty ? ".PP\n" : ".SH \(heading)\n"
      page += Self.escaped(paragraph) + "\n"
      heading = ""
    }
    return page
  }

  /// Where the parser's help puts the text of an option.
  private static let textColumn = 26

  /// A heading, an option with its help, or the help of an option that fills its line.
  private static func entry(_ line: Substring, next: Substring) -> String {
    if line.isEmpty || line.hasPrefix("  See ") { return "" }
    if !line.hasPrefix(" ") { return line.hasSuffix(":") ? ".SH \(escaped(line.dropLast()))\n" : "" }
    let indent = line.prefix { $0 == " " }.count
    if indent >= textColumn { return escaped(line.dropFirst(indent)) + "\n" }
    let fillsLine = next.hasPrefix(String(repeating: " ", count: textColumn))
    let label = fillsLine ? line[...] : line.prefix(textColumn)
    let text = line.dropFirst(label.count)
    let name = label.reversed().drop { $0 == " " }.reversed().drop { $0 == " " }
    return ".TP\n.B \(escaped(String(name)))\n" + (text.isEmpty ? "" : escaped(text) + "\n")
  }

  /// Takes the lines from the front for which a condition holds.
  private static func take(_ lines: inout ArraySlice<Substring>, while holds: (Substring) -> Bool)
    -> [Substring]
  {
    let taken = lines.prefix(while: holds)
    lines = lines[taken.endIndex...]
    return Array(taken)
  }

  private static func without(_ prefix: String, _ text: Substring) -> Substring {
    text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : text
  }

  private static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

  /// Text that no macro and no escape is read from, in ASCII.
  private static func escaped(_ text: some StringProtocol) -> String {
    let plain = String(text).replacing("\\", with: "\\e").replacing("-", with: "\\-")
    let ascii = plain.unicodeScalars.map { scalar in
      let code = String(scalar.value, radix: 16, uppercase: true)
      return scalar.isASCII
        ? String(scalar) : "\\[u\(String(repeating: "0", count: max(0, 4 - code.count)))\(code)]"
    }.joined()
    return ascii.hasPrefix(".") || ascii.hasPrefix("'") ? "\\&" + ascii : ascii
  }
}
