/// Which head a loaded model shall have.
public enum HeadRequest: Sendable, Equatable {
  /// The one that the files hold: a classifier, a masked-language head or none.
  case asStored
  /// A classifier for these labels in this order; one label (or none) is regression.
  ///
  /// A stored classifier is kept if its labels are these; rows in another order are put in this one, and
  /// labels without names (`LABEL_0`, ...) are taken in this order, with a note. Where it does not fit it is
  /// replaced by a new one drawn from `seed` if `reinitialize` says so, else the model is refused. Where there
  /// is none a new one is made, with a note. `problemType` is what `config.json` will say, by the number of labels if nil;
  /// `scoreScale` are the units of a new head's score, while a kept one keeps its own; `pairEncoding` is how it reads
  /// pairs, as the stored model does if nil: a classifier that read them the other way does not fit.
  case sequenceClassification(
    labels: [String], reinitialize: Bool, seed: UInt64, problemType: String? = nil,
    scoreScale: ScoreScale? = nil, pairEncoding: PairEncoding? = nil)
  /// The encoder alone; stored heads are left out, with a note.
  case none
  /// A masked-language head; a new one is drawn from `seed` where none is stored, with a note.
  case maskedLM(seed: UInt64)
}
