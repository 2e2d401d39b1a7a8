/// Every knob of how hard SST-2 is, in one place.
struct SentimentSettings {
  /// Of a hundred clauses: those without an operator, with one that keeps and with one that flips.
  var clauseShares = [34, 26, 40]
  /// Of a hundred clauses: those inside no frame, one frame ("I doubt that …"), two frames.
  var frameShares = [68, 26, 6]
  /// Of a hundred reviews: one sentence, a contrast, another person's view beside the reviewer's, a verdict on it.
  var shapeShares = [36, 32, 16, 16]
  /// Of a hundred words of opinion, those from the domain's own list.
  var domainWords = 45
  /// Of a thousand training rows, those whose label is turned round, as a careless annotator would.
  var noisePerMille = 0
  var rows = [4000, 800, 600]
}
