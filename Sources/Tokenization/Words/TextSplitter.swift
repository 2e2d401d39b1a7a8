/// Cuts a text at added tokens that need more than a look at ASCII punctuation, and normalises what must be.
///
/// The order is the reference's: first tokens in the text as given, leftmost and longest first, then, in what is
/// left, tokens in the normalised text. Never-split words are those between white space.
struct TextSplitter {
  /// A part of a text.
  enum Segment {
    /// To be encoded by BERT's own steps.
    case text(Range<Int>)
    /// Normalised already, to be cut into words.
    case normalized(NormalizedText, Range<Int>)
    /// An added token.
    case token(Int32, Range<Int>)
    /// A never-split word, to be cut into pieces as it stands.
    case word(Range<Int>)
  }

  /// A part of a text or of a normalised text, by its bytes.
  private enum Part {
    case text(Range<Int>)
    case token(Int32, Range<Int>)
    case word(Range<Int>)
  }

  private typealias Pattern = (bytes: [UInt8], entry: AddedTokenTable.Entry)

  private let core: TokenizerCore
  private let plain: [Pattern]
  private let normalized: [Pattern]

  init(_ core: TokenizerCore) {
    self.core = core
    plain = core.added.plainEntries.map { ($0.bytes, $0) }
    normalized = core.normalizedPatterns
  }

  /// The parts in the order of the text, empty ones left out, and how many parts of invalid UTF-8 were met in
  /// normalising.
  func segments(_ text: UnsafeBufferPointer<UInt8>) -> (segments: [Segment], invalidCount: Int) {
    var invalidCount = 0
    let segments = cut(text, 0..<text.count, plain).flatMap { part -> [Segment] in
      switch part {
      case .token(let id, let range): [.token(id, range)]
      case .word(let range): [.word(range)]
      case .text(let range):
        normalized.isEmpty && !core.hasOwnPipeline
          ? [.text(range)] : normalizedSegments(text, range, &invalidCount)
      }
    }
    return (segments, invalidCount)
  }

  /// The parts of a part between tokens of the text as given.
  private func normalizedSegments(
    _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ invalidCount: inout Int
  ) -> [Segment] {
    let form = core.pipeline.normalize(text, range)
    let (bytes, scalars) = form.utf8()
    let parts = bytes.withUnsafeBufferPointer { cut($0, 0..<$0.count, normalized) }
    if parts.count == 1, case .text = parts[0], !core.hasOwnPipeline { return [.text(range)] }
    invalidCount += form.invalidCount
    return parts.map { part in
      switch part {
      case .text(let part), .word(let part):
        .normalized(form, scalars[part.lowerBound]..<(scalars[part.upperBound - 1] + 1))
      case .token(let id, let part):
        .token(id, form.source(scalars[part.lowerBound]..<(scalars[part.upperBound - 1] + 1)))
      }
    }
  }

  private func cut(
    _ text: UnsafeBufferPointer<UInt8>, _ whole: Range<Int>, _ patterns: [Pattern]
  ) -> [Part] {
    if patterns.isEmpty { return whole.isEmpty ? [] : [.text(whole)] }
    var first = [Bool](repeating: false, count: 256)
    for pattern in patterns { first[Int(pattern.bytes[0])] = true }
    var result: [Part] = []
    var rest = whole.lowerBound
    var position = whole.lowerBound
    while position < whole.upperBound {
      guard first[Int(text[position])],
        let (bytes, entry) = patterns.first(where: { fits($0, text, position, whole) })
      else {
        position += 1
        continue
      }
      var found = position..<(position + bytes.count)
      // The longest token decides alone: where it may not stand, no shorter one is looked for in its place.
      position = found.upperBound
      if entry.token.singleWord && !standsAlone(found, text, whole) { continue }
      if entry.token.lstrip { found = skipSpacesBefore(text, found, rest) }
      if entry.token.rstrip { found = skipSpacesAfter(text, found, whole.upperBound) }
      if rest < found.lowerBound { result.append(.text(rest..<found.lowerBound)) }
      result.append(entry.isWord ? .word(found) : .token(entry.id, found))
      rest = found.upperBound
    }
    if rest < whole.upperBound { result.append(.text(rest..<whole.upperBound)) }
    return result
  }

  private func fits(
    _ pattern: Pattern, _ text: UnsafeBufferPointer<UInt8>, _ position: Int, _ whole: Range<Int>
  ) -> Bool {
    let (bytes, entry) = pattern
    let end = position + bytes.count
    guard end <= whole.upperBound, text[position..<end].elementsEqual(bytes) else { return false }
    guard entry.isWord else { return true }
    let (before, after) = neighbours(position..<end, text, whole)
    return (before.map(ReferenceUnicode.isSpace) ?? true) && (after.map(ReferenceUnicode.isSpace) ?? true)
  }

  /// Whether no word touches a part of the text (`single_word`).
  private func standsAlone(_ part: Range<Int>, _ text: UnsafeBufferPointer<UInt8>, _ whole: Range<Int>)
    -> Bool
  {
    func isWord(_ scalar: UInt32?) -> Bool {
      guard let scalar, scalar != UTF8Scan.invalid else { return false }
      return ReferenceUnicode.isWordCharacter(scalar)
    }
    let (before, after) = neighbours(part, text, whole)
    return !isWord(before) && !isWord(after)
  }

  /// The scalars before and behind a part of the text, within `whole`.
  private func neighbours(
    _ part: Range<Int>, _ text: UnsafeBufferPointer<UInt8>, _ whole: Range<Int>
  ) -> (before: UInt32?, after: UInt32?) {
    (
      scalar(text, before: part.lowerBound, whole.lowerBound),
      part.upperBound < whole.upperBound ? scalar(text, at: part.upperBound, whole.upperBound) : nil
    )
  }

  private func scalar(_ text: UnsafeBufferPointer<UInt8>, at position: Int, _ end: Int) -> UInt32? {
    text.baseAddress.map { UTF8Scan.decode($0, position, end).scalar }
  }

  private func scalar(_ text: UnsafeBufferPointer<UInt8>, before position: Int, _ start: Int) -> UInt32? {
    if position <= start { return nil }
    var first = position - 1
    while first > start, position - first < 4, text[first] & 0xC0 == 0x80 { first -= 1 }
    return scalar(text, at: first, position)
  }

  private func skipSpacesBefore(
    _ text: UnsafeBufferPointer<UInt8>, _ found: Range<Int>, _ start: Int
  ) -> Range<Int> {
    var lower = found.lowerBound
    while let before = scalar(text, before: lower, start), ReferenceUnicode.isWhiteSpace(before) {
      lower -= 1
      while lower > start, text[lower] & 0xC0 == 0x80 { lower -= 1 }
    }
    return max(lower, min(start, found.upperBound))..<found.upperBound
  }

  private func skipSpacesAfter(
    _ text: UnsafeBufferPointer<UInt8>, _ found: Range<Int>, _ end: Int
  ) -> Range<Int> {
    var upper = found.upperBound
    while upper < end, let base = text.baseAddress {
      let (scalar, length) = UTF8Scan.decode(base, upper, end)
      if scalar == UTF8Scan.invalid || !ReferenceUnicode.isWhiteSpace(scalar) { break }
      upper += length
    }
    return found.lowerBound..<upper
  }
}
