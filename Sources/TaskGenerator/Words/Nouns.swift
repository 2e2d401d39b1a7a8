/// A countable noun and what kind of thing it names.
struct Noun: Equatable {
  let singular: String
  let plural: String
  /// The kind, itself a noun: a "pianist" is a "musician".
  let kind: String

  init(_ spelling: String, kind: String) {
    let forms = spelling.split(separator: "/").map { String($0.replacing("_", with: " ")) }
    singular = forms[0]
    plural = forms.count > 1 ? forms[1] : Inflection.plural(forms[0])
    self.kind = kind
  }

  /// The noun in the number asked for.
  func form(plural isPlural: Bool) -> String { isPlural ? plural : singular }
}

/// A kind of people or things with its members; a plural after "/" where it is irregular.
struct Kind {
  let noun: Noun
  let members: [Noun]

  init(_ name: String, _ list: String) {
    noun = Noun(name, kind: "")
    members = words(list).map { Noun($0, kind: name) }
  }
}

/// The people and things of the pair tasks: each world is a set of kinds that goes with one genre of text.
enum Nouns {
  static let people: [Kind] = [
    Kind("musician", "pianist violinist drummer singer cellist guitarist trumpeter"),
    Kind("artist", "painter sculptor potter photographer engraver"),
    Kind("athlete", "runner swimmer cyclist boxer gymnast wrestler"),
    Kind("official", "mayor minister senator judge ambassador governor"),
    Kind("scientist", "chemist biologist physicist astronomer geologist"),
    Kind("writer", "novelist poet journalist playwright biographer"),
    Kind("builder", "carpenter plumber electrician welder bricklayer"),
    Kind("doctor", "surgeon dentist cardiologist psychiatrist optician"),
    Kind("traveller", "tourist pilgrim hiker explorer commuter"),
    Kind("soldier", "sergeant sniper gunner paratrooper infantryman/infantrymen"),
    Kind("trader", "grocer butcher florist jeweller bookseller"),
    Kind("employee", "clerk secretary receptionist accountant cashier"),
  ]

  static let things: [Kind] = [
    Kind("fruit", "apple pear plum cherry peach melon lemon"),
    Kind("vegetable", "carrot onion potato/potatoes turnip cabbage cucumber"),
    Kind("vehicle", "car truck van motorcycle tractor scooter"),
    Kind("instrument", "violin piano flute guitar trumpet cello"),
    Kind("tool", "hammer saw drill wrench shovel chisel"),
    Kind("bird", "sparrow eagle parrot heron pigeon owl"),
    Kind("seat", "chair sofa bench stool armchair"),
    Kind("garment", "shirt coat dress jacket scarf/scarves glove"),
    Kind("document", "letter contract report invoice map certificate"),
    Kind("device", "phone laptop camera printer tablet radio"),
    Kind("container", "box crate suitcase basket jar barrel"),
    Kind("building", "house barn hotel castle church museum"),
    Kind("jewel", "ring necklace bracelet brooch earring"),
    Kind("toy", "doll kite puppet marble yo-yo"),
    Kind("weapon", "sword rifle dagger pistol spear"),
    Kind("picture", "portrait sketch poster photograph fresco"),
  ]

  static let femaleNames = words(
    """
    Anna Clara Dora Edith Greta Hannah Ida Julia Laura Maria Nadia Olga Paula Rosa Sofia Tessa Vera Wanda Alice Beth
    Emma Fiona Heidi Irene Jane Kate Lucy Mona Nora Petra Ruth Sarah Susan Tanya Ursula Yvonne
    """)
  static let maleNames = words(
    """
    Adam Boris Carl Daniel Edgar Felix George Hugo Ivan Jacob Karl Leo Martin Noah Oscar Peter Ralph Simon Thomas
    Victor Walter Albert Bruno Colin David Erik Frank Henry James Kevin Lukas Max Oliver Paul Robert Stefan
    """)

  /// Any member of any of the kinds.
  static func any(of kinds: [Kind], dice: inout Dice) -> Noun { dice.pick(dice.pick(kinds).members) }

  static func kind(named name: String, in kinds: [Kind]) -> Kind? {
    kinds.first { $0.noun.singular == name }
  }
}

/// Where and when things happen.
enum Settings {
  /// Cities and the countries that they lie in.
  static let cities: [(city: String, country: String)] = [
    ("Lisbon", "Portugal"), ("Porto", "Portugal"), ("Madrid", "Spain"), ("Seville", "Spain"),
    ("Paris", "France"),
    ("Lyon", "France"), ("Rome", "Italy"), ("Milan", "Italy"), ("Naples", "Italy"), ("Vienna", "Austria"),
    ("Salzburg", "Austria"), ("Berlin", "Germany"), ("Munich", "Germany"), ("Hamburg", "Germany"),
    ("Oslo", "Norway"), ("Bergen", "Norway"), ("Stockholm", "Sweden"), ("Helsinki", "Finland"),
    ("Warsaw", "Poland"), ("Krakow", "Poland"), ("Athens", "Greece"), ("Dublin", "Ireland"),
    ("Cork", "Ireland"),
    ("Cairo", "Egypt"), ("Nairobi", "Kenya"), ("Lagos", "Nigeria"), ("Tokyo", "Japan"), ("Kyoto", "Japan"),
    ("Delhi", "India"), ("Mumbai", "India"), ("Toronto", "Canada"), ("Lima", "Peru"), ("Quito", "Ecuador"),
  ]

  static let rooms = [
    "in the kitchen", "in the garden", "at the harbour", "near the station", "behind the school",
    "in the library",
    "at the market", "on the bridge", "in the attic", "outside the theatre", "in the cellar",
    "at the airport",
    "beside the river", "in the workshop", "at the hospital", "on the beach", "in the park",
    "near the lighthouse",
    "in the courtyard", "at the office",
  ]

  static let times = [
    "on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday",
    "in January", "in February", "in March", "in April", "in June", "in July", "in August", "in September",
    "in October", "in November", "in December", "in 1987", "in 1994", "in 2003", "in 2011", "in 2018",
  ]

  static let numbers = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
  ]
}
