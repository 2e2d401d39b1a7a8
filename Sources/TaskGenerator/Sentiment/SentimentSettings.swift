/// Every knob of how hard SST-2 is, in one place.
struct SentimentSettings {
  /// Of a hundred clauses: those without an operator, with one that keeps and with one that flips.
  var clauseShares = [60, 8, 32]
  /// The same for the clauses of a review of two parts.
  var partShares = [100, 0, 0]
  /// Of a hundred clauses: those inside no frame, one frame ("I doubt that …"), two frames.
  var frameShares = [99, 1, 0]
  /// Of a hundred reviews: one sentence, a contrast, another person's view beside the reviewer's, two sentences that
  /// agree, a verdict on another person's view.
  var shapeShares = [85, 12, 1, 0, 2]
  /// Of a hundred words of opinion turned round, the good ones: "not good" is said more often than "not bad".
  var goodUnderFlips = 62
  /// Of a hundred contrasts, those with the sentence that counts in front.
  var mainFirst = 30
  /// How even the use of forms and of words is: `Dice.zipf`'s offset.
  var formOffset = 1
  var wordOffset = 8
  /// Of a hundred words of opinion, those from the domain's own list.
  var domainWords = 45
  /// Of a hundred adjectives that can have a second one beside them, those that do.
  var pairsOfAdjectives = 40
  /// Of a thousand training rows, those whose label is turned round, as a careless annotator would.
  var noisePerMille = 0
  /// Rows of train, dev and test.
  var rows = [4000, 800, 600]
}
