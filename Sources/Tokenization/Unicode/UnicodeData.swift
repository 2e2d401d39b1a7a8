import CUtf8proc

/// What utf8proc says of one Unicode scalar: the only place that calls the C library.
enum UnicodeData {
  /// The general categories that matter to a tokenizer.
  enum Category {
    case other
    case control
    case nonspacingMark
    case punctuation
  }

  /// The general category, folded to what matters here.
  static func category(_ scalar: UInt32) -> Category {
    switch utf8proc_category(utf8proc_int32_t(scalar)) {
    case UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CF, UTF8PROC_CATEGORY_CO, UTF8PROC_CATEGORY_CS: .control
    case UTF8PROC_CATEGORY_MN: .nonspacingMark
    case UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PD, UTF8PROC_CATEGORY_PS, UTF8PROC_CATEGORY_PE,
      UTF8PROC_CATEGORY_PI, UTF8PROC_CATEGORY_PF, UTF8PROC_CATEGORY_PO:
      .punctuation
    default: .other
    }
  }

  /// Whether the scalar is a letter, a mark, a decimal digit, a letter-like number or a connector.
  static func isWordCharacter(_ scalar: UInt32) -> Bool {
    switch utf8proc_category(utf8proc_int32_t(scalar)) {
    case UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LL, UTF8PROC_CATEGORY_LT, UTF8PROC_CATEGORY_LM,
      UTF8PROC_CATEGORY_LO, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NL, UTF8PROC_CATEGORY_PC:
      true
    default: isMark(scalar)
    }
  }

  /// Whether the scalar is a mark of any kind.
  static func isMark(_ scalar: UInt32) -> Bool {
    switch utf8proc_category(utf8proc_int32_t(scalar)) {
    case UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_MC, UTF8PROC_CATEGORY_ME: true
    default: false
    }
  }

  /// Whether the library's version of Unicode has the scalar.
  static func isAssigned(_ scalar: UInt32) -> Bool {
    utf8proc_category(utf8proc_int32_t(scalar)) != UTF8PROC_CATEGORY_CN
  }

  /// The canonical combining class; 0 for scalars that marks do not move across.
  static func combiningClass(_ scalar: UInt32) -> UInt8 {
    UInt8(clamping: utf8proc_get_property(utf8proc_int32_t(scalar)).pointee.combining_class)
  }

  /// The full canonical decomposition; the scalar itself where it has none.
  static func decomposition(_ scalar: UInt32) -> [UInt32] {
    withUnsafeTemporaryAllocation(of: utf8proc_int32_t.self, capacity: 32) { buffer in
      var boundary: Int32 = 0
      let count = utf8proc_decompose_char(
        utf8proc_int32_t(scalar), buffer.baseAddress, 32, UTF8PROC_DECOMPOSE, &boundary)
      guard count > 0, count <= 32 else { return [scalar] }
      return buffer[..<count].map { UInt32(bitPattern: $0) }
    }
  }

  /// The simple lower-case mapping.
  static func lowercase(_ scalar: UInt32) -> UInt32 {
    UInt32(bitPattern: utf8proc_tolower(utf8proc_int32_t(scalar)))
  }

  /// The library's version and the version of Unicode that its tables follow.
  static var version: String {
    "utf8proc \(String(cString: utf8proc_version())), Unicode \(String(cString: utf8proc_unicode_version()))"
  }
}

extension Tokenizer {
  /// The versions of utf8proc and of the Unicode tables that decide how text is cleaned and split.
  public static var unicodeDescription: String { UnicodeData.version }
}
