/// A field that people write reviews about, with its own things and its own words of opinion.
struct ReviewDomain {
  let name: String
  /// What is reviewed, as a countable noun.
  let wholes: [String]
  /// Its parts, singular.
  let parts: [String]
  /// Its parts, plural.
  let manyParts: [String]
  let adjectives: Praise
  /// What a reviewer has done with many such things.
  let experienced: String

  init(
    _ name: String, experienced: String, wholes: String, parts: String, manyParts: String, good: String,
    bad: String
  ) {
    self.name = name
    self.experienced = experienced
    self.wholes = words(wholes)
    self.parts = words(parts)
    self.manyParts = words(manyParts)
    adjectives = Praise(good: good, bad: bad)
  }

  static let all: [ReviewDomain] = [
    ReviewDomain(
      "film", experienced: "seen",
      wholes: "film movie thriller comedy drama documentary western musical sequel remake",
      parts: "plot acting dialogue ending cast script soundtrack pacing hero villain",
      manyParts: "jokes scenes performances costumes",
      good: "gripping moving witty hilarious touching suspenseful poignant riveting funny thrilling",
      bad: "predictable contrived slow confusing melodramatic cliched plodding muddled corny wooden"),
    ReviewDomain(
      "food", experienced: "had",
      wholes: "meal dinner lunch breakfast buffet restaurant bistro cafe pizzeria bakery",
      parts: "soup bread salad steak pasta sauce coffee dessert curry waiter",
      manyParts: "noodles desserts vegetables cocktails",
      good: "delicious tasty fresh flavourful juicy crisp tender appetising savoury succulent",
      bad: "soggy burnt greasy tasteless stale bitter undercooked overpriced rubbery lukewarm"),
    ReviewDomain(
      "hotel", experienced: "stayed in",
      wholes: "hotel hostel inn motel resort cabin lodge apartment guesthouse campsite",
      parts: "room bed bathroom lobby balcony pool garden reception kitchen view",
      manyParts: "beds showers towels corridors",
      good: "spotless cosy comfortable spacious quiet welcoming luxurious airy sunny tidy",
      bad: "filthy noisy cramped mouldy damp shabby gloomy stuffy smelly draughty"),
    ReviewDomain(
      "gadget", experienced: "used",
      wholes: "phone laptop camera tablet printer speaker watch toaster vacuum keyboard",
      parts: "screen battery software keypad lens display design manual charger handle",
      manyParts: "buttons controls cables menus",
      good: "reliable sturdy fast responsive durable intuitive sleek efficient handy robust",
      bad: "flimsy unreliable buggy sluggish fragile defective bulky glitchy clunky faulty"),
    ReviewDomain(
      "book", experienced: "read",
      wholes: "book novel memoir biography anthology essay textbook guidebook trilogy mystery",
      parts: "story prose narrator prologue translation cover argument heroine setting premise",
      manyParts: "chapters characters illustrations footnotes",
      good: "absorbing engrossing insightful lyrical vivid profound compelling imaginative eloquent readable",
      bad: "shallow preachy incoherent pretentious unreadable verbose repetitive dry ponderous rambling"),
    ReviewDomain(
      "sport", experienced: "watched",
      wholes: "match game race tournament final derby marathon regatta contest championship",
      parts: "team defence goalkeeper captain referee crowd attack midfield stadium coach",
      manyParts: "players strikers tactics substitutes",
      good:
        "exciting electrifying spirited dramatic breathtaking energetic spectacular heroic fearless disciplined",
      bad: "unfair scrappy listless cynical chaotic feeble toothless timid careless lacklustre"),
    ReviewDomain(
      "travel", experienced: "been on",
      wholes: "trip tour cruise safari hike excursion holiday voyage pilgrimage ride",
      parts: "guide itinerary bus ferry train island beach schedule crew scenery",
      manyParts: "museums villages ruins seats",
      good: "scenic relaxing unhurried picturesque adventurous enchanting idyllic carefree smooth peaceful",
      bad: "exhausting rushed overcrowded disorganised stressful bumpy dangerous touristy monotonous squalid"),
    ReviewDomain(
      "music", experienced: "heard",
      wholes: "concert album recital opera festival song symphony single ballad encore",
      parts: "singer orchestra chorus melody rhythm band drummer conductor production mix",
      manyParts: "lyrics guitars vocals arrangements",
      good: "melodic soulful catchy tuneful harmonious rousing stirring uplifting graceful virtuosic",
      bad: "tuneless shrill screechy deafening droning discordant jarring muffled grating hollow"),
  ]
}
