/// What the head of a safetensors file says, checked in full before anything is believed.
///
/// Refused, as the format's specification and its reference implementation refuse them: a header above
/// 100 MB or beyond the file, one that is not JSON in UTF-8 or does not start with `{`, a name twice, a size
/// that is not shape times type or overflows, byte ranges that overlap, leave holes, leave the file or do not
/// reach its end. Nothing is allocated but what the header's own bytes fill.
struct SafetensorsHeader {
  struct Entry: Equatable {
    let name: String
    let type: SafetensorsType
    let shape: [Int]
    /// Where the elements lie, from the end of the header.
    let range: Range<Int>
  }

  /// The tensors in the order of their bytes.
  private(set) var entries: [Entry] = []
  /// The texts under `__metadata__`.
  private(set) var metadata: [String: String] = [:]
  /// Where the tensors' bytes start in the file.
  let dataStart: Int

  /// The largest header that is read, as in the reference implementation.
  static let sizeLimit = 100_000_000
  /// More dimensions than any tensor of an encoder has.
  private static let dimensionLimit = 8

  /// Reads the head of a file that is whole in memory; throws `ModelError` without a path.
  init(_ file: UnsafeRawBufferPointer) throws {
    func refuse(_ subject: String, _ expected: String, _ found: String) -> ModelError {
      ModelError(subject: subject, expected: expected, found: found)
    }
    if file.count < 8 { throw refuse("file", "at least 8 bytes", "\(file.count)") }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    if length > Self.sizeLimit {
      throw refuse("header length", "at most \(Self.sizeLimit) bytes", "\(length)")
    }
    if Int(length) > file.count - 8 {
      throw refuse("header length", "at most the \(file.count - 8) bytes that follow", "\(length)")
    }
    dataStart = 8 + Int(length)
    var json = StrictJSON(UnsafeRawBufferPointer(rebasing: file[8..<dataStart]))
    if !json.starts(with: "{") { throw refuse("header", "JSON that starts with '{'", "something else") }
    var names: Set<String> = []
    try json.object { name, json in
      if !names.insert(name).inserted { throw refuse("header", "different names", "'\(name)' twice") }
      if name == "__metadata__" {
        try json.object { key, json in
          let text = try json.string()
          if metadata.updateValue(text, forKey: key) != nil {
            throw refuse("__metadata__", "different keys", "'\(key)' twice")
          }
        }
      } else {
        entries.append(try Self.entry(name, &json))
      }
    }
    try json.end()
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for entry in entries {
      if entry.range.lowerBound != end {
        throw refuse(
          "tensor '\(entry.name)'", "data from byte \(end), where the one before ends",
          "\(entry.range.lowerBound)")
      }
      end = entry.range.upperBound
    }
    if end != file.count - dataStart {
      throw refuse("data", "the \(end) bytes that the tensors fill", "\(file.count - dataStart)")
    }
  }

  private static func entry(_ name: String, _ json: inout StrictJSON) throws -> Entry {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    func refuse(_ expected: String, _ found: String) -> ModelError {
      ModelError(subject: "tensor '\(name)'", expected: expected, found: found)
    }
    try json.object { key, json in
      let isNew: Bool
      switch key {
      case "dtype":
        isNew = type == nil
        type = try json.string()
      case "shape":
        isNew = shape == nil
        shape = try json.integers(limit: dimensionLimit)
      case "data_offsets":
        isNew = offsets == nil
        offsets = try json.integers(limit: 2)
      default: throw refuse("dtype, shape and data_offsets", "'\(key)'")
      }
      if !isNew { throw refuse("each key once", "'\(key)' twice") }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw refuse("dtype, shape and two data_offsets", "less")
    }
    guard let elementType = SafetensorsType(rawValue: type) else {
      throw refuse("a dtype such as F32, F16 or BF16", "'\(type)'")
    }
    if offsets[0] > offsets[1] { throw refuse("data_offsets in order", "\(offsets[0]), \(offsets[1])") }
    var size = elementType.size
    for dimension in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      if overflow { throw refuse("a size that can be counted", "shape \(shape)") }
      size = product
    }
    if size != offsets[1] - offsets[0] {
      throw refuse("\(size) bytes for \(type) \(shape)", "\(offsets[1] - offsets[0])")
    }
    return Entry(name: name, type: elementType, shape: shape, range: offsets[0]..<offsets[1])
  }
}
