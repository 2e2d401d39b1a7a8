/// A verb in the forms that the past tense needs.
struct Verb: Equatable {
  let base: String
  let past: String
  let participle: String

  /// `spelling`: "repair", or "hide/hid/hidden" where it is irregular; "_" stands for a space.
  init(_ spelling: String) {
    let forms = spelling.split(separator: "/").map { String($0.replacing("_", with: " ")) }
    base = forms[0]
    past = forms.count > 1 ? forms[1] : Self.pastOfFirstWord(forms[0])
    participle = forms.count > 2 ? forms[2] : past
  }

  private static func pastOfFirstWord(_ base: String) -> String {
    let parts = base.split(separator: " ", maxSplits: 1).map(String.init)
    return ([Inflection.past(parts[0])] + parts.dropFirst()).joined(separator: " ")
  }
}

/// What one does to a thing or to somebody: verbs that mean the same, and the kinds of things it can be done to.
struct Action {
  let verbs: [Verb]
  let objects: [String]

  /// - Parameter objects: kinds of things; empty for what is done to people.
  init(_ verbs: String, _ objects: String = "") {
    self.verbs = words(verbs).map(Verb.init)
    self.objects = words(objects)
  }

  /// What is done to things.
  static let onThings: [Action] = [
    Action("repair fix mend", "vehicle instrument tool seat device toy"),
    Action(
      "buy/bought purchase", "fruit vegetable vehicle instrument tool seat garment device jewel toy picture"),
    Action(
      "find/found discover locate", "tool garment document device container jewel toy weapon picture bird"),
    Action("lose/lost misplace", "tool garment document device jewel toy weapon"),
    Action("hide/hid/hidden conceal", "document device container jewel weapon picture toy"),
    Action("carry haul", "seat container tool vegetable weapon picture instrument"),
    Action(
      "examine inspect", "vehicle document device container building weapon picture jewel bird instrument"),
    Action("steal/stole/stolen", "vehicle fruit document device jewel garment picture instrument"),
    Action("destroy wreck", "vehicle document device building weapon picture container"),
    Action("choose/chose/chosen select", "fruit garment jewel picture seat instrument toy tool"),
    Action("paint", "seat building vehicle container toy bird"),
    Action("break/broke/broken smash", "seat toy device container instrument tool"),
    Action("build/built construct", "building vehicle toy seat instrument"),
    Action("knock_down demolish", "building"),
    Action("eat/ate/eaten consume", "fruit vegetable"),
    Action("peel", "fruit vegetable"),
    Action("wash", "fruit vegetable vehicle garment container"),
    Action("copy duplicate", "document picture"),
    Action("sign", "document picture"),
    Action("read/read", "document"),
    Action("draw/drew/drawn sketch", "bird building vehicle instrument fruit"),
    Action("feed/fed", "bird"),
    Action("chase pursue", "bird vehicle"),
    Action("borrow", "tool vehicle document garment instrument device weapon"),
    Action("weigh", "fruit vegetable container bird jewel"),
    Action("pack wrap", "fruit garment toy picture jewel"),
    Action("throw_away/threw_away/thrown_away discard", "fruit document toy garment device container"),
    Action("describe", "building picture bird vehicle jewel weapon"),
  ]

  /// What is done to people.
  static let onPeople: [Action] = [
    Action("praise commend"), Action("criticise condemn"), Action("help assist"), Action("thank"),
    Action("interview question"), Action("hire recruit"), Action("dismiss fire"), Action("warn caution"),
    Action("follow trail"), Action("phone call"), Action("greet welcome"), Action("defeat beat/beat/beaten"),
    Action("rescue save"), Action("blame"), Action("annoy irritate"), Action("amuse entertain"),
    Action("trust"), Action("visit"), Action("teach/taught instruct"), Action("invite"), Action("ignore"),
    Action("deceive trick"), Action("protect guard"), Action("comfort console"), Action("photograph"),
  ]

  /// What moves a thing from one person to another.
  static let transfers: [Verb] = words(
    "give/gave/given send/sent lend/lent sell/sold show/showed/shown offer hand mail"
  ).map(Verb.init)
}
