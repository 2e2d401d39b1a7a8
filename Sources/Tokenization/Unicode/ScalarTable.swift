/// What becomes of each Unicode scalar, in pages of 256 that are filled when a text first needs them.
///
/// Filling all pages would take longer than reading a vocabulary; a text touches a handful.
/// Owned by one workspace, hence by one thread at a time.
struct ScalarTable {
  /// What becomes of a scalar; the low bits of an entry.
  enum Kind {
    /// Part of a word as it is.
    static let plain: UInt32 = 0
    /// Dropped by cleaning, before anything else sees it.
    static let removed: UInt32 = 1
    /// Between words.
    static let space: UInt32 = 2
    /// A word of its own.
    static let isolated: UInt32 = 3
    /// Dropped as an accent after the marks have been put into canonical order.
    static let strippedMark: UInt32 = 4
    /// The same with combining class 0, which marks do not move across.
    static let strippedStarter: UInt32 = 5
    /// Becomes the scalars listed at `entry >> 3` in `elements`.
    static let expanded: UInt32 = 6
    /// A Chinese character that becomes the scalars at `entry >> 3`, a word of its own.
    static let expandedIsolated: UInt32 = 7
  }

  /// One scalar of an expansion: the scalar in the low 21 bits, then these flags, then the combining class.
  enum Element {
    static let isolated: UInt32 = 1 << 21
    static let stripped: UInt32 = 1 << 22
    static let last: UInt32 = 1 << 23
    static let classShift: UInt32 = 24
  }

  let lowercase: Bool
  let stripAccents: Bool
  let splitChinese: Bool
  private let pages: UnsafeMutablePointer<UnsafeMutablePointer<UInt32>?>
  /// The expansions, one after the other.
  private(set) var elements: [UInt32] = []
  private static let pageCount = 0x1100

  init(lowercase: Bool, stripAccents: Bool, splitChinese: Bool) {
    self.lowercase = lowercase
    self.stripAccents = stripAccents
    self.splitChinese = splitChinese
    pages = .allocate(capacity: Self.pageCount)
    pages.initialize(repeating: nil, count: Self.pageCount)
  }

  /// Frees the pages; the owner calls it once.
  func deallocate() {
    for index in 0..<Self.pageCount { pages[index]?.deallocate() }
    pages.deallocate()
  }

  /// What becomes of a valid scalar.
  @inline(__always)
  subscript(scalar: UInt32) -> UInt32 {
    mutating get {
      if let page = pages[Int(scalar >> 8)] { return page[Int(scalar & 0xFF)] }
      return fill(scalar)
    }
  }

  @inline(never)
  private mutating func fill(_ scalar: UInt32) -> UInt32 {
    let page = UnsafeMutablePointer<UInt32>.allocate(capacity: 256)
    let first = scalar & ~0xFF
    for offset in 0..<256 { page[offset] = entry(first + UInt32(offset)) }
    pages[Int(scalar >> 8)] = page
    return page[Int(scalar & 0xFF)]
  }

  /// Works one entry out in the reference's order: clean, split Chinese, strip accents, lower-case, split punctuation.
  private mutating func entry(_ scalar: UInt32) -> UInt32 {
    if ReferenceUnicode.isRemoved(scalar) { return Kind.removed }
    if ReferenceUnicode.isSpace(scalar) { return Kind.space }
    let isolated = splitChinese && ReferenceUnicode.isChineseCharacter(scalar)
    var parts: [UInt32] = []
    for part in stripAccents ? ReferenceUnicode.decomposition(scalar) : [scalar] {
      let combiningClass = stripAccents ? ReferenceUnicode.combiningClass(part) : 0
      let classBits = UInt32(combiningClass) << Element.classShift
      if stripAccents && ReferenceUnicode.isNonspacingMark(part) {
        parts.append(part | Element.stripped | classBits)
        continue
      }
      for final in lowercase ? ReferenceUnicode.lowercased(part) : [part] {
        parts.append(final | (ReferenceUnicode.isPunctuation(final) ? Element.isolated : 0) | classBits)
      }
    }
    if parts.count == 1 {
      let part = parts[0]
      if part == scalar { return isolated ? Kind.isolated : Kind.plain }
      if part == scalar | Element.isolated { return Kind.isolated }
      if part & Element.stripped != 0 {
        return part >> Element.classShift == 0 ? Kind.strippedStarter : Kind.strippedMark
      }
    }
    let index = UInt32(elements.count)
    parts[parts.count - 1] |= Element.last
    elements.append(contentsOf: parts)
    return index << 3 | (isolated ? Kind.expandedIsolated : Kind.expanded)
  }
}
