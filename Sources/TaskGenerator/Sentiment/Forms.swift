/// What a form does to the meaning of what is put into it.
enum Effect {
  case keeps, flips
}

/// A clause with one word of opinion in it.
///
/// In the pattern `{it}` is the thing reviewed and `{is}`, `{was}`, `{has}`, `{does}`, `{verbs}` agree with it;
/// `{good}`, `{better}`, `{verb}`, `{move}`, `{moved}`, `{love}`, `{loved}`, `{charm}` stand for a word of opinion
/// of either polarity, `{good+}` for one or two of the same, `{very}` for a word of degree, `{too}` for one that goes with "not", `{film}` and `{films}` for the kind of thing, `{seen}` for
/// what one does with it.
struct ClauseForm {
  let pattern: [String]
  let effect: Effect?

  /// - Parameter effect: nil where the word stands for itself.
  init(_ pattern: String, _ effect: Effect? = nil) {
    self.pattern = words(pattern)
    self.effect = effect
  }

  static let plainForms: [ClauseForm] = [
    ClauseForm("{it} {is} {good+}"),
    ClauseForm("{it} {is} {very} {good+}"),
    ClauseForm("{it} {was} {good+}"),
    ClauseForm("{it} {was} {very} {good+}"),
    ClauseForm("i found {it} {very} {good+}"),
    ClauseForm("{it} {verbs}"),
    ClauseForm("{it} {moved} me"),
    ClauseForm("i {loved} {it}"),
    ClauseForm("unlike {she} , i {loved} {it}"),
    ClauseForm("{it} {is} full of {charm}"),
    ClauseForm("this is a {good} {film}"),
    ClauseForm("it is a {very} {good} {film}"),
    ClauseForm("you will find a lot of {charm} in {it}"),
  ]

  static let keepingForms: [ClauseForm] = [
    ClauseForm("{it} {is} nothing short of {good}", .keeps),
    ClauseForm("{it} {is} nothing if not {good}", .keeps),
    ClauseForm("{it} could not be {better}", .keeps),
    ClauseForm("{it} never {fails} to {verb}", .keeps),
    ClauseForm("{it} never {stops} being {good}", .keeps),
    ClauseForm("{it} {is} not without {charm}", .keeps),
    ClauseForm("{it} {is} never short of {charm}", .keeps),
    ClauseForm("{it} {does} not lack {charm}", .keeps),
    ClauseForm("i have never {seen} a {better} {film}", .keeps),
    ClauseForm("you will not find a {better} {film}", .keeps),
    ClauseForm("{it} {is} not just {good}", .keeps),
    ClauseForm("no one can say that {it} {is} not {good}", .keeps),
    ClauseForm("nobody could fail to call {it} {good}", .keeps),
    ClauseForm("i could not help but {love} {it}", .keeps),
    ClauseForm("{it} did not fail to {move} me", .keeps),
    ClauseForm("no {film} was ever {better}", .keeps),
  ]

  static let flippingForms: [ClauseForm] = [
    ClauseForm("{it} {is} not {good}", .flips),
    ClauseForm("{it} {is} not {too} {good}", .flips),
    ClauseForm("{it} {is} never {good}", .flips),
    ClauseForm("{it} {is} hardly {good}", .flips),
    ClauseForm("{it} {is} far from {good}", .flips),
    ClauseForm("{it} {is} anything but {good}", .flips),
    ClauseForm("{it} {is} by no means {good}", .flips),
    ClauseForm("{it} {is} no longer {good}", .flips),
    ClauseForm("no one would call {it} {good}", .flips),
    ClauseForm("no one found {it} {good}", .flips),
    ClauseForm("few people will find {it} {good}", .flips),
    ClauseForm("{it} {fails} to {verb}", .flips),
    ClauseForm("{it} {does} not {verb}", .flips),
    ClauseForm("{it} never {verbs}", .flips),
    ClauseForm("{it} {lacks} {charm}", .flips),
    ClauseForm("{it} {is} free of {charm}", .flips),
    ClauseForm("{it} {is} short on {charm}", .flips),
    ClauseForm("you will find hardly any {charm} in {it}", .flips),
    ClauseForm("i did not {love} {it}", .flips),
    ClauseForm("unlike {she} , i did not {love} {it}", .flips),
    ClauseForm("{it} did not {move} me", .flips),
    ClauseForm("this is no {good} {film}", .flips),
    ClauseForm("{it} could have been {better}", .flips),
    ClauseForm("i wish {it} had been {better}", .flips),
    ClauseForm("i have {seen} {better} {films}", .flips),
    ClauseForm("{it} {is} less {good} than people say", .flips),
    ClauseForm("only a fool would call {it} {good}", .flips),
    ClauseForm("it would be a lie to call {it} {good}", .flips),
    ClauseForm("{it} {was} {good} once and {is} so no more", .flips),
    ClauseForm("nobody in their right mind would {love} {it}", .flips),
  ]
}

/// A sentence around another sentence, `{s}`.
struct FrameForm {
  let pattern: [String]
  let effect: Effect

  init(_ pattern: String, _ effect: Effect) {
    self.pattern = words(pattern)
    self.effect = effect
  }

  static let all: [FrameForm] = [
    FrameForm("i must admit that {s}", .keeps),
    FrameForm("i cannot deny that {s}", .keeps),
    FrameForm("there is no doubt that {s}", .keeps),
    FrameForm("no one will deny that {s}", .keeps),
    FrameForm("i was right to think that {s}", .keeps),
    FrameForm("nobody had told me that {s}", .keeps),
    FrameForm("i never expected it , but {s}", .keeps),
    FrameForm("it is not wrong to say that {s}", .keeps),
    FrameForm("i doubt that {s}", .flips),
    FrameForm("i do not believe that {s}", .flips),
    FrameForm("it is not true that {s}", .flips),
    FrameForm("it is a myth that {s}", .flips),
    FrameForm("i would be lying if i said that {s}", .flips),
    FrameForm("i was wrong to think that {s}", .flips),
    FrameForm("no one can tell me that {s}", .flips),
    FrameForm("they promised that {s} , and they lied", .flips),
    FrameForm("it is hard to believe that {s}", .flips),
    FrameForm("i deny that {s}", .flips),
  ]
}

/// Two sentences in one, of which the one called `{main}` counts and the one called `{side}` does not.
enum PairForm {
  static let mainLast: [[String]] = [
    "{side} , but {main}",
    "although {side} , {main}",
    "{side} , yet {main}",
    "even though {side} , {main}",
    "{side} ; still , {main}",
    "at first {side} , but in the end {main}",
    "whether or not {side} , {main}",
    "granted , {side} , but {main}",
    "the trailer promised that {side} , but {main}",
    "{side} ; even so , {main}",
  ].map(words)

  /// Two sentences that speak the same way, `{main}` and `{side}`.
  static let agreements: [[String]] = [
    "{main} , and {side}",
    "{main} . {side}",
    "{main} ; moreover , {side}",
    "{main} , just as {side}",
  ].map(words)

  /// As `mainLast`, with the sentence that counts in front.
  static let mainFirst: [[String]] = [
    "{main} , although {side}",
    "{main} , even though {side}",
    "{main} , even if at first {side}",
    "{main} , and it does not matter that {side}",
    "{main} , whether or not {side}",
  ].map(words)

  /// With `{she}`, a companion; `{herself}` the pronoun; `{thinks}`, `{says}` agree.
  static let reports: [[String]] = [
    "{she} {thinks} that {side} , but {main}",
    "{she} {said} that {side} ; i say that {main}",
    "{main} , whatever {she} {says}",
    "{main} , even if {she} {thinks} that {side}",
    "if you ask {she} , {side} ; if you ask me , {main}",
    "{she} {loved} {it} , but {main}",
    "{main} , though {she} {loved} {it}",
    "{she} {loved} {it} , and yet {main}",
  ].map(words)

  /// Reports that the reviewer judges without a sentence of their own.
  static let verdicts: [FrameForm] = [
    FrameForm("{she} {said} that {side} , and i agree", .keeps),
    FrameForm("{she} {said} that {side} , and {pronoun} {was-she} right", .keeps),
    FrameForm("{she} {thinks} that {side} , and so do i", .keeps),
    FrameForm("{she} {said} that {side} , and i could not agree more", .keeps),
    FrameForm("{she} {said} that {side} , and i disagree", .flips),
    FrameForm("{she} {said} that {side} , but {pronoun} {was-she} wrong", .flips),
    FrameForm("{she} {thinks} that {side} , but i do not", .flips),
    FrameForm("{she} {said} that {side} , and i could not disagree more", .flips),
    FrameForm("{she} {loved} {it} , and so did i", .keeps),
    FrameForm("{she} {loved} {it} , but i did not", .flips),
  ]
}
