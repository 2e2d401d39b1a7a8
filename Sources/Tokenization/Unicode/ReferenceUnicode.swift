/// Unicode as the reference sees it: utf8proc's tables, then what the reference says otherwise.
///
/// The reference (Hugging Face tokenizers) reads three tables of three ages: general categories of Unicode 8,
/// normalisation of Unicode 9 and lower-casing of Unicode 17. Scalars assigned later than a table are to it
/// unassigned: neither marks nor punctuation nor format characters, and without decomposition. The ranges below
/// state what the reference holds, so they change nothing where utf8proc's tables agree already, and cover
/// Unicode up to 17 whichever of those versions the installed utf8proc follows.
enum ReferenceUnicode {
  /// Scalars that the reference takes for letters without decomposition or combining class: younger than its tables.
  static let plain: [ClosedRange<UInt32>] = [
    0x5C8...0x5C9, 0x61D...0x61D, 0x7FD...0x7FD, 0x890...0x89F, 0x8CA...0x8D3, 0x8E2...0x8E2, 0x9FD...0x9FE,
    0xA76...0xA76, 0xAFA...0xAFF, 0xB53...0xB55, 0xC04...0xC04, 0xC3C...0xC3C, 0xC77...0xC77, 0xC84...0xC84,
    0xD00...0xD00, 0xD3B...0xD3C, 0xD81...0xD81, 0xEBA...0xEBA, 0xECE...0xECE, 0x1715...0x1715,
    0x180F...0x180F, 0x1885...0x1886, 0x1ABF...0x1AF0, 0x1B4E...0x1B4F, 0x1B7D...0x1B7F, 0x1DF6...0x1DFA,
    0x2E43...0x2E63, 0xA82C...0xA82C, 0xA8C5...0xA8C5, 0xA8FF...0xA8FF, 0xA9BD...0xA9BD, 0x105C9...0x105E4,
    0x10D24...0x10D27, 0x10D69...0x10D6E, 0x10EAB...0x10EFF, 0x10F46...0x10F59, 0x10F82...0x10F89,
    0x11070...0x11074, 0x110C2...0x110CD, 0x111CF...0x111CF, 0x1123E...0x11241, 0x1133B...0x1133B,
    0x11383...0x11391, 0x113BB...0x113E2, 0x11438...0x1143F, 0x11443...0x11444, 0x1144B...0x1145E,
    0x11660...0x1166C, 0x116B9...0x116B9, 0x1182F...0x1183B, 0x11938...0x11946, 0x119D4...0x11A0A,
    0x11A33...0x11A5B, 0x11A8A...0x11AA2, 0x11B00...0x11B09, 0x11B60...0x11B66, 0x11BE1...0x11BE1,
    0x11C30...0x11C3D, 0x11C41...0x11C45, 0x11C70...0x11CB6, 0x11D31...0x11D47, 0x11D90...0x11D97,
    0x11DF0...0x11DF0, 0x11EF3...0x11F01, 0x11F36...0x11F5A, 0x11FFF...0x11FFF, 0x12FF1...0x12FF2,
    0x13430...0x13455, 0x1611E...0x1612F, 0x16D68...0x16D6F, 0x16E97...0x16E9A, 0x16F4F...0x16F4F,
    0x16FE2...0x16FF1, 0x1CF00...0x1CF46, 0x1D127...0x1D128, 0x1D250...0x1D281, 0x1E08F...0x1E08F,
    0x1E130...0x1E136, 0x1E2AE...0x1E2AE, 0x1E2EC...0x1E2EF, 0x1E4EC...0x1E4EF, 0x1E5EE...0x1E5FF,
    0x1E6E3...0x1E6F5, 0x1E95E...0x1E95F,
  ]

  /// Marks that the reference orders by their combining class, but does not know as marks to strip.
  static let keptMarks: [ClosedRange<UInt32>] = [
    0x8D4...0x8E1, 0x1DFB...0x1DFB, 0x11442...0x11442, 0x11446...0x11446, 0x11C3F...0x11C3F,
    0x1E000...0x1E02A, 0x1E944...0x1E94A,
  ]

  /// Scalars that were punctuation in Unicode 8 and are not any more.
  static let punctuation: [ClosedRange<UInt32>] = [0x166D...0x166D, 0x111C9...0x111C9]

  /// Scalars that were nonspacing marks in Unicode 8 and are not any more.
  static let nonspacingMarks: [ClosedRange<UInt32>] = [0x1734...0x1734, 0x1171E...0x1171E]

  /// Lower-case mappings of Unicode 16 and 17, as distances.
  static let lowercase: [(ClosedRange<UInt32>, distance: Int32)] = [
    (0x1C89...0x1C89, 1), (0xA7CB...0xA7CB, -42343), (0xA7CC...0xA7CC, 1), (0xA7CE...0xA7CE, 1),
    (0xA7D2...0xA7D2, 1), (0xA7D4...0xA7D4, 1), (0xA7DA...0xA7DA, 1), (0xA7DC...0xA7DC, -42561),
    (0x10D50...0x10D65, 32), (0x16EA0...0x16EB8, 27),
  ]

  /// The CJK blocks that are split into single scalars; the reference's list starts Extension E 256 too late.
  static let chineseCharacters: [ClosedRange<UInt32>] = [
    0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B81F,
    0x2B920...0x2CEAF, 0x2F800...0x2FA1F,
  ]

  /// Scalars with the White_Space property, but for the controls that cleaning removes.
  static let spaces: [ClosedRange<UInt32>] = [
    0x9...0xA, 0xD...0xD, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
    0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
  ]

  /// Whether ranges in rising order hold `scalar`.
  static func contains(_ ranges: [ClosedRange<UInt32>], _ scalar: UInt32) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(scalar)
  }

  /// Whether text cleaning drops the scalar: controls, format characters, private use, U+FFFD.
  static func isRemoved(_ scalar: UInt32) -> Bool {
    if scalar == 0xFFFD { return true }
    if scalar == 9 || scalar == 10 || scalar == 13 || contains(plain, scalar) { return false }
    return UnicodeData.category(scalar) == .control
  }

  /// Whether the scalar separates words and is itself no word.
  static func isSpace(_ scalar: UInt32) -> Bool { contains(spaces, scalar) }

  /// Whether the scalar is a word of its own: all ASCII symbols, and Unicode punctuation.
  static func isPunctuation(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 {
      return (33...47).contains(scalar) || (58...64).contains(scalar) || (91...96).contains(scalar)
        || (123...126).contains(scalar)
    }
    if contains(punctuation, scalar) { return true }
    return UnicodeData.category(scalar) == .punctuation && !contains(plain, scalar)
  }

  /// Whether accent stripping drops the scalar.
  static func isNonspacingMark(_ scalar: UInt32) -> Bool {
    if contains(nonspacingMarks, scalar) { return true }
    if contains(plain, scalar) || contains(keptMarks, scalar) || contains(punctuation, scalar) {
      return false
    }
    return UnicodeData.category(scalar) == .nonspacingMark
  }

  /// The canonical combining class.
  static func combiningClass(_ scalar: UInt32) -> UInt8 {
    contains(plain, scalar) ? 0 : UnicodeData.combiningClass(scalar)
  }

  /// The full canonical decomposition.
  static func decomposition(_ scalar: UInt32) -> [UInt32] {
    contains(plain, scalar) ? [scalar] : UnicodeData.decomposition(scalar)
  }

  /// Lower case of one scalar by itself: no final sigma; İ becomes i and a dot above.
  static func lowercased(_ scalar: UInt32) -> [UInt32] {
    if scalar == 0x130 { return [0x69, 0x307] }
    for (range, distance) in lowercase where range.contains(scalar) {
      return [UInt32(bitPattern: Int32(bitPattern: scalar) + distance)]
    }
    return [UnicodeData.lowercase(scalar)]
  }

  /// Whether the scalar is split off as a Chinese character.
  static func isChineseCharacter(_ scalar: UInt32) -> Bool { contains(chineseCharacters, scalar) }
}
