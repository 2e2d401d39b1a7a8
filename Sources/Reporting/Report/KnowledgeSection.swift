import Runs

/// What a report says of the parts of a teacher's knowledge.
struct KnowledgeSection {
  let shares: KnowledgeShares

  /// The section.
  var html: String {
    func percent(_ share: Double) -> String { Format.fixed(100 * share, 1) + " %" }
    let parts = [
      ["universe", percent(shares.universe), "all rows and classes alike: label smoothing"],
      ["domain", percent(shares.domain), "what rows of one class have in common: relations of classes"],
      ["instance", percent(shares.instance), "the row's own: how sure the teacher is of it"],
    ]
    let weights = [["least", "first quarter", "median", "third quarter", "largest"]]
      .flatMap { zip($0, shares.weights).map { [$0, Format.fixed($1, 3)] } }
    return HTML.section(
      "What the teacher adds to the labels",
      HTML.table(header: ["part", "share", "what it is"], numeric: [1], text: [2], rows: parts)
        + "<p class=\"note\">Of \(Format.grouped(shares.rows)) labelled rows, at temperature "
        + "\(Format.short(shares.temperature)): shares of the mean squared difference between the teacher\u{2019}s "
        + "probabilities and the labels, which move \(percent(shares.moved)) to other classes on average.</p>\n"
        + HTML.table(header: ["weight of a row", ""], numeric: [1], rows: weights)
        + "<p class=\"note\">The gradient that the teacher gives a row at its gold logit, in units of what the label "
        + "gives, for a student that knows nothing yet; it points away from the label in "
        + "\(percent(shares.against)) of the rows.</p>\n")
  }
}
