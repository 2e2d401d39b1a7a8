extension DataFindings {
  /// What can be said of text before the first step; `heldOut` are the rows that are measured on.
  public init(_ corpus: TextCorpus, heldOut: Int) {
    splits = [
      SplitFindings(split: "train", rows: corpus.rowsOfEpoch, classes: [], meanScore: nil),
      SplitFindings(split: "held-out", rows: heldOut, classes: [], meanScore: nil),
    ]
    labels = nil
    medianLength = Int((Double(corpus.tokenCount) / Double(max(corpus.rowCount, 1))).rounded())
    longestLength = corpus.longestRow
    unknownShare = corpus.unknownShare
    odd = []
    if corpus.cutCount > 0 {
      odd.append(
        "\(corpus.cutCount) of \(corpus.lineCount) lines are longer than a row and cut (--max-length)")
    }
    if unknownShare > 0.02 {
      odd.append(
        "\(Int((unknownShare * 100).rounded())) % of the tokens are unknown to the vocabulary: is it the right one?"
      )
    }
  }
}
