/// How near single precision must come to golden numbers, which are of double precision.
public enum GoldenTolerance {
  /// Nil if each element is within 2e-4 of itself or 2e-6 of the largest of `scale`, which is `expected` unless given;
  /// else the number of elements that are not, and the first of them.
  public static func difference(_ found: [Float], _ expected: [Float], scale: [Float]? = nil) -> String? {
    guard found.count == expected.count else { return "\(found.count) elements, expected \(expected.count)" }
    let largest = (scale ?? expected).reduce(0) { max($0, abs($1)) }
    // Written so that what is no number differs.
    let far = expected.indices.filter {
      !(abs(found[$0] - expected[$0]) <= max(2e-6 * largest, 2e-4 * abs(expected[$0])))
    }
    guard let first = far.first else { return nil }
    return
      "\(far.count) of \(found.count) differ, [\(first)] is \(found[first]), expected \(expected[first]) "
      + "where the largest is \(largest)"
  }
}
