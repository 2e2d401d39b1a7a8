/// How many of something a phrase speaks of.
enum Quantity: Equatable {
  case the, a, all, most, some, no
  case exactly(Int)
  case atLeast(Int)
  /// A bare number in a story: "the three pianists".
  case theNumber(Int)

  /// Whether the noun after it stands in the plural.
  var isPlural: Bool {
    switch self {
    case .the, .a: false
    case .exactly, .atLeast, .theNumber, .all, .most, .some, .no: true
    }
  }
}

/// A noun with what stands before it, or a name.
struct Phrase: Equatable {
  var quantity: Quantity
  var quality: String?
  var noun: Noun
  /// A person's name, which then stands for the whole phrase.
  var name: String?

  init(_ quantity: Quantity, _ noun: Noun, quality: String? = nil, name: String? = nil) {
    self.quantity = quantity
    self.noun = noun
    self.quality = quality
    self.name = name
  }

  var isPlural: Bool { name == nil && quantity.isPlural }

  /// The phrase as it stands within a sentence.
  var text: String {
    if let name { return name }
    let noun = (quality.map { $0 + " " } ?? "") + noun.form(plural: isPlural)
    return switch quantity {
    case .the: "the " + noun
    case .a: Inflection.withArticle(noun)
    case .all: "all the " + noun
    case .most: "most of the " + noun
    case .some: "some of the " + noun
    case .no: "none of the " + noun
    case .exactly(let count): "exactly \(Settings.spelled(count)) " + noun
    case .atLeast(let count): "at least \(Settings.spelled(count)) " + noun
    case .theNumber(let count): "\(Settings.spelled(count)) " + noun
    }
  }
}

extension Settings {
  /// A number from two to twelve in letters.
  static func spelled(_ number: Int) -> String { numbers[number - 2] }
}

/// Words that go before nouns, each with one that means the same.
enum Qualities {
  static let ofThings: [[String]] = [
    ["large", "big"], ["small", "little"], ["strange", "odd"], ["beautiful", "lovely"], ["rare", "unusual"],
    ["dirty", "filthy"], ["expensive", "costly"], ["cheap", "inexpensive"], ["famous", "well-known"],
    ["broken", "damaged"], ["shiny", "gleaming"], ["old"], ["new"],
  ]
  static let ofPeople: [[String]] = [
    ["famous", "well-known"], ["wealthy", "rich"], ["clever", "smart"], ["elderly", "old"],
    ["courageous", "brave"],
    ["local"], ["young"], ["tall"], ["retired"], ["cheerful", "merry"],
  ]

  /// The sets that go with a noun: a bird is not broken, nor fruit famous.
  static func fitting(_ noun: Noun) -> [[String]] {
    switch noun.kind.isEmpty ? noun.singular : noun.kind {
    case "bird": Array(ofThings[0..<5])
    case "fruit", "vegetable": Array(ofThings[0..<8])
    default: ofThings
    }
  }

  /// Another word for `quality`, or the word itself where there is none.
  static func synonym(of quality: String) -> String {
    for set in ofThings + ofPeople where set.count > 1 {
      if set[0] == quality { return set[1] }
      if set[1] == quality { return set[0] }
    }
    return quality
  }
}
