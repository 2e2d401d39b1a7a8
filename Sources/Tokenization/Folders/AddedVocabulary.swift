/// The tokens that are added to a vocabulary one after the other, with the ids that the reference gives them.
///
/// As `AddedVocabulary` of Hugging Face tokenizers has it: a token that is there keeps its id, another one gets the
/// next free id, whatever id a file declares. Where a token is added again with other options, the later ones count; but
/// once special, it stays so to `decode`.
struct AddedVocabulary {
  private let vocabulary: Vocabulary
  /// The id of each token, by its bytes.
  private var ids: [[UInt8]: Int32] = [:]
  /// The latest declaration for each id.
  private var latest: [Int32: AddedToken] = [:]
  private var special: Set<Int32> = []
  private var nextID: Int32

  /// No tokens yet beside a vocabulary's.
  init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    nextID = Int32(vocabulary.nextID)
  }

  /// The tokens that have been added, by their bytes.
  var contents: Set<[UInt8]> { Set(ids.keys) }

  /// Whether a token got an id that the vocabulary did not have.
  var hasNewTokens: Bool { nextID > Int32(vocabulary.nextID) }

  /// Adds tokens in their order.
  mutating func add(_ tokens: [AddedToken]) {
    for token in tokens where !token.content.isEmpty {
      let content = Array(token.content.utf8)
      let id: Int32
      if let known = ids[content] ?? vocabulary.id(of: token.content) {
        id = known
      } else {
        id = nextID
        nextID += 1
      }
      ids[content] = id
      latest[id] = token
      if token.special { special.insert(id) }
    }
  }

  /// All tokens with their ids, in the order of these.
  var tokens: [AddedToken] {
    latest.sorted { $0.key < $1.key }.map { id, token in
      var token = token
      token.id = id
      token.special = special.contains(id)
      return token
    }
  }
}
