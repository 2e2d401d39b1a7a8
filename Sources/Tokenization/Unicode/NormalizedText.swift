/// A text on its way through normalisers: its scalars now, and the bytes of the text as given that each stands for.
///
/// Sources rise from scalar to scalar, whatever is moved: the reference hands them out by place. So a mark that
/// canonical ordering puts first takes the source of the mark that came first.
struct NormalizedText: Equatable {
  private(set) var scalars: [UInt32] = []
  private(set) var sources: [Range<Int>] = []
  /// How many maximal parts of invalid UTF-8 there were.
  private(set) var invalidCount = 0

  /// The scalars of a part of a text; invalid UTF-8 becomes U+FFFD, as Python's decoder has it.
  init(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    guard let base = text.baseAddress else { return }
    var position = range.lowerBound
    while position < range.upperBound {
      let (scalar, length) = UTF8Scan.decode(base, position, range.upperBound)
      if scalar == UTF8Scan.invalid { invalidCount += 1 }
      scalars.append(scalar == UTF8Scan.invalid ? 0xFFFD : scalar)
      sources.append(position..<(position + length))
      position += length
    }
  }

  /// Leaves out the scalars that `condition` holds for.
  mutating func remove(where condition: (UInt32) -> Bool) {
    var kept = 0
    for index in scalars.indices where !condition(scalars[index]) {
      scalars[kept] = scalars[index]
      sources[kept] = sources[index]
      kept += 1
    }
    scalars.removeLast(scalars.count - kept)
    sources.removeLast(sources.count - kept)
  }

  /// Puts any number of scalars in each one's place.
  mutating func replace(_ replacement: (UInt32) -> [UInt32]) {
    var result: [UInt32] = []
    var places: [Range<Int>] = []
    for index in scalars.indices {
      for scalar in replacement(scalars[index]) {
        result.append(scalar)
        places.append(sources[index])
      }
    }
    scalars = result
    sources = places
  }

  /// Canonical decomposition: each scalar in full, then marks in the order of their classes.
  mutating func decompose() {
    var result: [UInt32] = []
    var places: [Range<Int>] = []
    /// Marks in a row: class, scalar, and whether it stands for a scalar of its own.
    var marks: [(combiningClass: UInt8, scalar: UInt32, isOwn: Bool)] = []
    /// The sources of the scalars that the marks stand for, and that of the scalar before them.
    var own: [Range<Int>] = []
    var last = 0..<0
    func flush() {
      if marks.isEmpty { return }
      var next = 0
      // Swift's sort is stable, though it does not promise so: ties go by place.
      let order = marks.indices.sorted {
        (marks[$0].combiningClass, $0) < (marks[$1].combiningClass, $1)
      }
      for index in order {
        if marks[index].isOwn {
          last = own[next]
          next += 1
        }
        result.append(marks[index].scalar)
        places.append(last)
      }
      marks.removeAll(keepingCapacity: true)
      own.removeAll(keepingCapacity: true)
    }
    for index in scalars.indices {
      for (part, scalar) in ReferenceUnicode.decomposition(scalars[index]).enumerated() {
        let combiningClass = ReferenceUnicode.combiningClass(scalar)
        if combiningClass != 0 {
          marks.append((combiningClass, scalar, part == 0))
          if part == 0 { own.append(sources[index]) }
          continue
        }
        flush()
        last = sources[index]
        result.append(scalar)
        places.append(last)
      }
    }
    flush()
    scalars = result
    sources = places
  }

  /// The bytes of the text as given that a part stands for.
  func source(_ part: Range<Int>) -> Range<Int> {
    let lower = sources[part.lowerBound].lowerBound
    return lower..<max(lower, sources[part.upperBound - 1].upperBound)
  }

  /// The text's UTF-8, and for each byte which scalar it belongs to.
  func utf8() -> (bytes: [UInt8], scalars: [Int]) {
    var bytes: [UInt8] = []
    var owners: [Int] = []
    bytes.reserveCapacity(scalars.count)
    owners.reserveCapacity(scalars.count)
    for (index, scalar) in scalars.enumerated() {
      let (encoded, length) = UTF8Scan.encode(scalar)
      for byte in 0..<UInt32(length) {
        bytes.append(UInt8(truncatingIfNeeded: encoded >> (8 * byte)))
        owners.append(index)
      }
    }
    return (bytes, owners)
  }
}
