/// Cuts a text at added tokens that need more than a look at ASCII punctuation.
///
/// The order is the reference's: first tokens in the text as given, leftmost and longest first, then, in what is
/// left, tokens in the normalised text. Never-split words are those between white space.
struct TextSplitter {
  /// A part of a text.
  enum Segment: Equatable {
    /// To be encoded.
    case text(Range<Int>)
    /// An added token.
    case token(Int32, Range<Int>)
    /// A never-split word, to be cut into pieces as it stands.
    case word(Range<Int>)
  }

  private let core: TokenizerCore

  init(_ core: TokenizerCore) { self.core = core }

  /// The parts in the order of the text; empty ones are left out.
  func segments(_ text: UnsafeBufferPointer<UInt8>) -> [Segment] {
    let raw = core.added.entries.filter { !$0.token.normalized }
    var result = cut(text, 0..<text.count, raw.map { ($0.bytes, $0) })
    let normalized = core.added.entries.filter { $0.token.normalized }
    if normalized.isEmpty { return result }
    let patterns = normalized.map { (normalize($0.bytes).bytes, $0) }.filter { !$0.0.isEmpty }
    result = result.flatMap { segment -> [Segment] in
      guard case .text(let range) = segment else { return [segment] }
      let form = normalize(Array(text[range]))
      let parts = form.bytes.withUnsafeBufferPointer { cut($0, 0..<$0.count, patterns) }
      if parts.count == 1, case .text = parts[0] { return [segment] }
      /// The original's bytes that a range of the normalised text came from.
      func source(_ part: Range<Int>) -> Range<Int> {
        let lower = form.sources[part.lowerBound].lowerBound + range.lowerBound
        return lower..<max(lower, form.sources[part.upperBound - 1].upperBound + range.lowerBound)
      }
      return parts.map {
        switch $0 {
        case .text(let part): .text(source(part))
        case .word(let part): .word(source(part))
        case .token(let id, let part): .token(id, source(part))
        }
      }
    }
    return result
  }

  private func cut(
    _ text: UnsafeBufferPointer<UInt8>, _ whole: Range<Int>, _ patterns: [([UInt8], AddedTokenTable.Entry)]
  ) -> [Segment] {
    var first = [Bool](repeating: false, count: 256)
    for pattern in patterns { first[Int(pattern.0[0])] = true }
    var result: [Segment] = []
    var rest = whole.lowerBound
    var position = whole.lowerBound
    while position < whole.upperBound {
      guard first[Int(text[position])],
        let (bytes, entry) = patterns.first(where: { fits($0, text, position, whole) })
      else {
        position += 1
        continue
      }
      // The longest token decides alone: where it may not stand, no shorter one is looked for in its place.
      if entry.token.singleWord && !standsAlone(position..<(position + bytes.count), text, whole) {
        position += bytes.count
        continue
      }
      var found = position..<(position + bytes.count)
      if entry.token.lstrip { found = skipSpacesBefore(text, found, rest) }
      if entry.token.rstrip { found = skipSpacesAfter(text, found, whole.upperBound) }
      if rest < found.lowerBound { result.append(.text(rest..<found.lowerBound)) }
      result.append(entry.isWord ? .word(found) : .token(entry.id, found))
      rest = found.upperBound
      position = rest
    }
    if rest < whole.upperBound { result.append(.text(rest..<whole.upperBound)) }
    return result
  }

  private func fits(
    _ pattern: ([UInt8], AddedTokenTable.Entry), _ text: UnsafeBufferPointer<UInt8>, _ position: Int,
    _ whole: Range<Int>
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
    let (before, after) = neighbours(part, text, whole)
    return !(before.map(isWordScalar) ?? false) && !(after.map(isWordScalar) ?? false)
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

  /// Whether a scalar is part of a word for `single_word`: a letter, mark, digit or underscore.
  private func isWordScalar(_ scalar: UInt32) -> Bool {
    if scalar == 0x5F { return true }
    return
      !(scalar == UTF8Scan.invalid || ReferenceUnicode.isSpace(scalar) || ReferenceUnicode.isRemoved(scalar)
      || ReferenceUnicode.isPunctuation(scalar))
  }

  private func scalar(_ text: UnsafeBufferPointer<UInt8>, at position: Int, _ end: Int) -> UInt32? {
    text.baseAddress.map { UTF8Scan.decode($0, position, end).scalar }
  }

  private func scalar(_ text: UnsafeBufferPointer<UInt8>, before position: Int, _ start: Int) -> UInt32? {
    if position == start { return nil }
    var first = position - 1
    while first > start, position - first < 4, text[first] & 0xC0 == 0x80 { first -= 1 }
    return scalar(text, at: first, position)
  }

  private func skipSpacesBefore(
    _ text: UnsafeBufferPointer<UInt8>, _ found: Range<Int>, _ start: Int
  ) -> Range<Int> {
    var lower = found.lowerBound
    while let before = scalar(text, before: lower, start), ReferenceUnicode.isSpace(before) {
      lower -= 1
      while lower > start, text[lower] & 0xC0 == 0x80 { lower -= 1 }
    }
    return lower..<found.upperBound
  }

  private func skipSpacesAfter(
    _ text: UnsafeBufferPointer<UInt8>, _ found: Range<Int>, _ end: Int
  ) -> Range<Int> {
    var upper = found.upperBound
    while upper < end, let base = text.baseAddress {
      let (scalar, length) = UTF8Scan.decode(base, upper, end)
      if !ReferenceUnicode.isSpace(scalar) { break }
      upper += length
    }
    return found.lowerBound..<upper
  }

  /// A text after the normaliser and before words are cut, with the source of each byte.
  func normalize(_ text: [UInt8]) -> (bytes: [UInt8], sources: [Range<Int>]) {
    var bytes: [UInt8] = []
    var sources: [Range<Int>] = []
    func add(_ scalar: UInt32, _ source: Range<Int>) {
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4) { buffer in
        guard let base = buffer.baseAddress else { return }
        for index in 0..<UTF8Scan.encode(scalar, base) {
          bytes.append(base[index])
          sources.append(source)
        }
      }
    }
    text.withUnsafeBufferPointer { buffer in
      var position = 0
      while position < buffer.count, let base = buffer.baseAddress {
        let (scalar, length) = UTF8Scan.decode(base, position, buffer.count)
        let source = position..<(position + length)
        position += length
        if scalar == UTF8Scan.invalid || ReferenceUnicode.isRemoved(scalar) { continue }
        if ReferenceUnicode.isSpace(scalar) {
          add(0x20, source)
          continue
        }
        let chinese = core.settings.tokenizeChineseChars && ReferenceUnicode.isChineseCharacter(scalar)
        if chinese { add(0x20, source) }
        for part in core.stripAccents ? ReferenceUnicode.decomposition(scalar) : [scalar]
        where !(core.stripAccents && ReferenceUnicode.isNonspacingMark(part)) {
          for final in core.settings.doLowerCase ? ReferenceUnicode.lowercased(part) : [part] {
            add(final, source)
          }
        }
        if chinese { add(0x20, source) }
      }
    }
    return (bytes, sources)
  }
}
