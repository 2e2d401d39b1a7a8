/// The members of a JSON object of small whole numbers, without memory of their own for each.
///
/// A vocabulary has tens of thousands of them.
struct JSONNumbers {
  /// All keys' UTF-8, end to end.
  var keys: [UInt8] = []
  /// Where each key ends in `keys`.
  var ends: [Int] = []
  var values: [Int32] = []

  var count: Int { values.count }

  /// Where a member's key stands in `keys`.
  func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  /// A member's key.
  func key(_ index: Int) -> String { String(decoding: keys[range(index)], as: UTF8.self) }

  /// The members as those of any object.
  var members: [(key: String, value: JSONText)] {
    values.indices.map { (key($0), .number(String(values[$0]))) }
  }
}
