/// Cuts bytes into lines and fields without looking at what they say.
struct TSVLines {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  /// The line read last, counted from 1.
  private(set) var line = 0
  /// Where that line begins.
  private(set) var start = 0

  /// Lines of text without a byte order mark.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Whether the last line was read.
  var isAtEnd: Bool { position >= bytes.count }

  /// Reads a line into the byte ranges of its fields; false at the end.
  mutating func next(_ fields: inout [Range<Int>]) -> Bool {
    if isAtEnd { return false }
    fields.removeAll(keepingCapacity: true)
    line += 1
    start = position
    var first = position
    while position < bytes.count, bytes[position] != 0x0A {
      if bytes[position] == 0x09 {
        fields.append(first..<position)
        first = position + 1
      }
      position += 1
    }
    var end = position
    if end > first, bytes[end - 1] == 0x0D { end -= 1 }
    fields.append(first..<end)
    position += 1
    return true
  }

  /// Leaves out the lines that a record takes beside the one read last, up to where it ends.
  mutating func skip(to end: Int, lines: Int) {
    position = end
    line += lines - 1
  }
}
